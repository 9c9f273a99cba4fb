import AzureLinux
import Foundation
import Packages
import Pipeline
import RPM
import Sandbox
import Storage
import SystemPackage

/// Builds with the real stages: fetched RPMs, verified sources, a build root of layers, normalised results.
struct LiveBuilder: PackageBuilding {
  let workspace: Workspace
  let settings: Settings
  let packages: LivePackages
  let layers: RootLayers
  let report: ActivityReport

  func build(_ request: Pipeline.BuildRequest) async throws -> BuiltPackage {
    let spec = request.info.id
    let record = workspace.store.appending("published").appending(spec + ".json")
    let previous = FileManager.default.contents(atPath: record.string)
      .flatMap { try? JSONDecoder().decode([String].self, from: $0) }
    let output = try await run(request, .packages, previous: previous ?? [])
    guard let srpm = output.srpm else { throw PackagesError.nothingBuilt(spec: spec, log: output.log) }
    try FileManager.default.createDirectory(
      atPath: record.removingLastComponent().string, withIntermediateDirectories: true)
    try AtomicFile.write(JSONEncoder().encode(output.published), to: record)
    return BuiltPackage(
      spec: spec, key: key(request), srpm: srpm,
      rpms: try output.rpms.map {
        BuiltRPM(file: $0, content: try NormalisedDigest.of(rpm: FilePath($0.path)))
      },
      log: output.log, stages: output.phases.map { .init(name: $0.stage.rawValue, seconds: $0.seconds) },
      seconds: output.seconds, opened: output.opened)
  }

  func trial(_ request: Pipeline.BuildRequest) async throws -> [PackageInterface.Package] {
    let output = try await run(request, .trial, previous: [])
    let epochs = Dictionary(request.info.packages.map { ($0.nevra.name, $0.nevra.evr.epoch) }) { first, _ in
      first
    }
    return output.contents.compactMap { name, content -> PackageInterface.Package? in
      guard var nevra = NEVRA(fileName: name), !nevra.isDebug else { return nil }
      nevra.evr.epoch = epochs[nevra.name] ?? nil
      return PackageInterface.Package(nevra: nevra, path: "RPMS/\(nevra.arch)/\(name)", content: content)
    }.sorted { $0.path < $1.path }
  }

  func check(_ request: Pipeline.BuildRequest) async throws -> CheckOutcome {
    guard request.info.hasCheck else { return CheckOutcome(verdict: .notRun, seconds: 0, log: "") }
    let output = try await run(request, .check, previous: [])
    return CheckOutcome(
      verdict: output.check, seconds: output.seconds, log: output.log,
      failure: output.checkFailure.map(BuildReport.Trouble.init))
  }

  private func run(
    _ request: Pipeline.BuildRequest, _ purpose: Packages.BuildRequest.Purpose, previous: [String]
  ) async throws -> BuildOutput {
    report(.step(subject: request.info.id, "root"))
    let (base, extra) = try await rpms(of: request.files)
    var identity = request.identity
    identity.defines.merge(VersionMacros.definitions(request.versions, dist: identity.dist)) { _, version in
      version
    }
    let sources = try await sourceSet(request)
    let limits = BuildLimits(
      seconds: settings.build.timeout == 0 ? nil : settings.build.timeout,
      processors: settings.build.jobs == 0 ? nil : settings.build.jobs)
    var call = Packages.BuildRequest(
      spec: request.info, sources: sources, base: base, extra: extra, identity: identity,
      arch: settings.arch, key: key(request), purpose: purpose, limits: limits, previous: previous)
    call.repositories = try await packages.pinned()
    if request.isObserved {
      call.observer = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      call.rootContents = request.root.contents
    }
    return try await PackageBuilder(layers: layers, report: report).build(call)
  }

  func rpms(of root: SettledRoot) async throws -> (base: [RPMFile], extra: [RPMFile]) {
    let base = try await packages.fetch(root.base)
    let published = root.extra.compactMap { item -> RepositoryPackage? in
      if case .published(let package) = item { package } else { nil }
    }
    let fetched = Dictionary(
      zip(published, try await packages.fetch(published)).map { ($0.digest, $1) }
    ) { first, _ in first }
    let extra = try root.extra.map { item -> RPMFile in
      switch item {
      case .published(let package):
        guard let file = fetched[package.digest] else {
          throw TreeError.unreadable(package.location, "not fetched")
        }
        return file
      case .built(let package):
        return try local(package)
      }
    }
    return (base, extra)
  }

  private func local(_ package: PackageInterface.Package) throws -> RPMFile {
    let path = workspace.out.appending(package.path)
    var facts = stat()
    guard stat(path.string, &facts) == 0 else { throw TreeError.unreadable(path.string, "not there") }
    return RPMFile(
      nevra: package.nevra, path: path.string, digest: try Digest.of(file: path), size: Int64(facts.st_size))
  }

  func isIntact(_ package: BuiltPackage) async -> Bool {
    (package.rpms.map(\.file) + [package.srpm]).allSatisfy { file in
      var facts = stat()
      return stat(file.path, &facts) == 0 && Int64(facts.st_size) == file.size
    }
  }

  func published(_ spec: SpecInfo, isInterface: Bool) async throws -> PackageInterface? {
    let found = try await packages.exact(spec.packages.map(\.nevra).filter { !$0.isDebug })
    guard !found.isEmpty else { return nil }
    let files = try await packages.fetch(found)
    return PackageInterface(
      packages: try files.map { file in
        let path = FilePath(file.path)
        return PackageInterface.Package(
          nevra: file.nevra, path: "RPMS/\(file.nevra.arch)/\(file.nevra.fileName)",
          content: try isInterface ? InterfaceDigest.of(rpm: path) : NormalisedDigest.of(rpm: path))
      }.sorted { $0.path < $1.path })
  }

  /// All that a build can see, and no path of this machine.
  private func key(_ request: Pipeline.BuildRequest) -> Digest {
    let identity = request.identity
    var facts = [
      // packages in the root are named by what they are compared by
      "azl-dev build 1 \(cutoff)", request.tree.hex, settings.arch, identity.dist, identity.releaseVersion,
      identity.buildNumber,
      "\(identity.sourceDateEpoch)",
    ]
    facts += request.sources.files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.hex)" }
    if let srpm = request.sources.srpm { facts.append(srpm.digest.hex) }
    facts += request.root.base.map(\.digest.hex)
    facts += request.root.extra.map(\.identity)
    facts += request.versions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return Digest.of(facts.joined(separator: "\n"))
  }
}

extension SettledRoot {
  /// Of each package on top of the base.
  var contents: [Digest] { extra.map { Digest.of($0.identity) } }
}

extension SettledRoot.Item {
  fileprivate var identity: String {
    switch self {
    case .published(let package): package.digest.hex
    case .built(let package): "\(package.nevra) \(package.content.hex)"
    }
  }
}

extension PackagesError: TroubleTelling {
  package var trouble: BuildReport.Trouble? {
    switch self {
    case .buildFailed(let failure), .timedOut(let failure, _): BuildReport.Trouble(failure)
    default: nil
    }
  }
}

extension BuildReport.Trouble {
  fileprivate init(_ failure: BuildFailure) {
    self.init(
      stage: failure.stage.rawValue, message: failure.message, file: failure.log, line: failure.logLine,
      lines: failure.lines, hint: failure.hint?.text)
  }
}
