import AzureLinux
import Foundation
import Packages
import Pipeline
import RPM
import Sandbox
import Storage
import Synchronization
import SystemPackage

/// Builds with the real stages: fetched RPMs, verified sources, a build root of layers, normalised results.
struct LiveBuilder: PackageBuilding {
  let workspace: Workspace
  let settings: Settings
  let packages: LivePackages
  let layers: RootLayers
  let cores: CorePool
  /// Specs that are built again even where an earlier build of the same key is at hand, once.
  let renewed: Renewals
  let report: ActivityReport

  func expect(_ order: BuildOrder) async { await cores.expect(order.seconds, ranks: order.ranks) }

  func stop() async { await cores.stop() }

  func renew(_ specs: [String]) async { renewed.withLock { $0.formUnion(specs) } }

  func build(_ request: Pipeline.BuildRequest) async throws -> BuiltPackage {
    let clock = ContinuousClock.now
    let (spec, key) = (request.info.id, try key(request))
    let last = workspace.store.appending("published").appending(spec + ".json")
    let previous =
      FileManager.default.contents(atPath: last.string)
      .flatMap { try? JSONDecoder().decode([String].self, from: $0) } ?? []
    if renewed.withLock({ $0.remove(spec) }) == nil,
      let found = try BuildRecords(workspace).restore(key, of: request.info, previous: previous)
    {
      try note(found.published, in: last)
      var built = found.built
      built.seconds = (ContinuousClock.now - clock) / .seconds(1)
      return built
    }
    let (output, seconds) = try await run(request, key, .packages, previous: previous)
    guard let srpm = output.srpm else { throw PackagesError.nothingBuilt(spec: spec, log: output.log) }
    try note(output.published, in: last)
    let built = BuiltPackage(
      spec: spec, key: key, srpm: srpm,
      rpms: try output.rpms.map {
        BuiltRPM(file: $0, content: try NormalisedDigest.of(rpm: FilePath($0.path)))
      },
      log: output.log, stages: output.phases.map { .init(name: $0.stage.rawValue, seconds: $0.seconds) },
      seconds: seconds)
    try BuildRecords(workspace).keep(built)
    return built
  }

  /// What is in `out/` of a spec, for the build that takes its place.
  private func note(_ published: [String], in file: FilePath) throws {
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    try AtomicFile.write(JSONEncoder().encode(published), to: file)
  }

  func check(_ request: Pipeline.BuildRequest) async throws -> CheckOutcome {
    guard request.info.hasCheck else { return CheckOutcome(verdict: .notRun, seconds: 0, log: "") }
    let (output, seconds) = try await run(request, try key(request), .check, previous: [])
    return CheckOutcome(
      verdict: output.check, seconds: seconds, log: output.log,
      failure: output.checkFailure.map(BuildReport.Trouble.init))
  }

  /// The build, and its seconds with processors in hand.
  private func run(
    _ request: Pipeline.BuildRequest, _ key: Digest, _ purpose: Packages.BuildRequest.Purpose,
    previous: [String]
  ) async throws -> (output: BuildOutput, seconds: Double) {
    report(.step(subject: request.info.id, "fetch"))
    let base = try await packages.fetch(request.root.base)
    let published = request.root.extra.compactMap { item -> RepositoryPackage? in
      if case .published(let package) = item { package } else { nil }
    }
    let fetched = Dictionary(
      zip(published, try await packages.fetch(published)).map { ($0.digest, $1) }
    ) { first, _ in first }
    let extra = try request.root.extra.map { item -> RPMFile in
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
    let identity = request.identity.defining(versions: request.versions)
    let signatures = try Signatures.read(workspace: workspace, spec: request.location)
    let sources = try await SourceSet.resolve(
      request.info, signatures: signatures, workspace: workspace, fetch: packages.fetchSource)
    report(.step(subject: request.info.id, "waits"))
    return try await cores.share(
      for: request.info.id, cores: settings.build.jobs == 0 ? nil : settings.build.jobs,
      memory: Int64(settings.build.memory) << 20
    ) { processors in
      let clock = ContinuousClock.now
      report(.step(subject: request.info.id, "root"))
      let limits = BuildLimits(
        seconds: settings.build.timeout == 0 ? nil : settings.build.timeout, processors: processors)
      let output = try await PackageBuilder(layers: layers, report: report).build(
        Packages.BuildRequest(
          spec: request.info, sources: sources, base: base, extra: extra, identity: identity,
          arch: settings.arch, key: key, purpose: purpose, limits: limits,
          previous: previous))
      return (output, (ContinuousClock.now - clock) / .seconds(1))
    }
  }

  private func local(_ package: PackageInterface.Package) throws -> RPMFile {
    let path = workspace.out.appending(package.path)
    var facts = stat()
    guard stat(path.string, &facts) == 0 else { throw TreeError.unreadable(path.string, "not there") }
    return RPMFile(
      nevra: package.nevra, path: path.string, digest: try Digest.of(file: path), size: Int64(facts.st_size))
  }

  func isIntact(_ package: BuiltPackage) async -> Bool {
    let records = BuildRecords(workspace)
    return (package.rpms.map(\.file) + [package.srpm]).allSatisfy(records.isPublished)
  }

  func published(_ spec: SpecInfo) async throws -> PackageInterface? {
    let found = try await packages.exact(spec.packages.map(\.nevra).filter { !$0.isDebug })
    guard !found.isEmpty else { return nil }
    let files = try await packages.fetch(found)
    return PackageInterface(
      packages: try files.map { file in
        PackageInterface.Package(
          nevra: file.nevra, path: "RPMS/\(file.nevra.arch)/\(file.nevra.fileName)",
          content: try NormalisedDigest.of(rpm: FilePath(file.path)))
      }.sorted { $0.path < $1.path })
  }

  /// All that a build can see, and no path of this machine.
  private func key(_ request: Pipeline.BuildRequest) throws -> Digest {
    let identity = request.identity
    var facts = [
      "azl-dev build 1", request.tree.hex, settings.arch, identity.dist, identity.releaseVersion,
      identity.buildNumber, "\(identity.sourceDateEpoch)",
    ]
    facts += identity.defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    // what it includes of other directories
    for path in request.info.inputs where !path.hasPrefix(request.location.directory + "/") {
      facts.append("\(path) \(try Digest.of(file: workspace.tree.appending(path)).hex)")
    }
    facts += request.root.base.map(\.digest.hex)
    facts += request.root.extra.map { item in
      switch item {
      case .published(let package): package.digest.hex
      case .built(let package): "\(package.nevra) \(package.content.hex)"
      }
    }
    facts += request.versions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return Digest.of(facts.joined(separator: "\n"))
  }
}

/// Names shared by copies of a value.
final class Renewals: Sendable {
  private let specs = Mutex<Set<String>>([])
  func withLock<Result: Sendable>(_ body: (inout sending Set<String>) -> sending Result) -> Result {
    specs.withLock(body)
  }
}

extension BuildIdentity {
  fileprivate func defining(versions: [String: EVR]) -> BuildIdentity {
    var identity = self
    identity.defines.merge(VersionMacros.definitions(versions, dist: dist)) { _, version in version }
    return identity
  }
}

extension PackagesError: TroubleTelling {
  package var trouble: BuildReport.Trouble? {
    switch self {
    case .buildFailed(let failure), .timedOut(let failure, _): BuildReport.Trouble(failure)
    default: nil
    }
  }
  package var seconds: Double? {
    switch self {
    case .buildFailed(let failure), .timedOut(let failure, _): failure.seconds
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
