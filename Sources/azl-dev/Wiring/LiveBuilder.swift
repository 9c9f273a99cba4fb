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
  let roots: KeptRoots
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
      await roots.forget(spec, purpose: .packages)
      var built = found.built
      built.seconds = (ContinuousClock.now - clock) / .seconds(1)
      return built
    }
    let (output, seconds) = try await run(request, .packages, previous: previous)
    guard let srpm = output.srpm else { throw PackagesError.nothingBuilt(spec: spec, log: output.log) }
    try note(output.published, in: last)
    let built = BuiltPackage(
      spec: spec, key: key, srpm: srpm,
      rpms: try output.rpms.map {
        BuiltRPM(file: $0, content: try NormalisedDigest.of(rpm: FilePath($0.path)))
      },
      log: output.log, stages: output.phases.map { .init(name: $0.stage.rawValue, seconds: $0.seconds) },
      seconds: seconds, opened: output.opened)
    try BuildRecords(workspace).keep(built)
    return built
  }

  /// What is in `out/` of a spec, for the build that takes its place.
  private func note(_ published: [String], in file: FilePath) throws {
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    try AtomicFile.write(JSONEncoder().encode(published), to: file)
  }

  func trial(_ request: Pipeline.BuildRequest) async throws -> [PackageInterface.Package] {
    let (output, _) = try await run(request, .trial, previous: [])
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
    let (output, seconds) = try await run(request, .check, previous: [])
    var outcome = CheckOutcome(
      verdict: output.check, seconds: seconds, log: output.log,
      failure: output.checkFailure.map(BuildReport.Trouble.init))
    if output.check == .noMarker {
      outcome.failure = .init(
        stage: "check", message: "%check ended and gave no verdict", file: output.log,
        hint: "the markers around %check are those of macros.check; does the spec replace them?")
    }
    return outcome
  }

  /// The build, and its seconds with processors in hand.
  private func run(
    _ request: Pipeline.BuildRequest, _ purpose: Packages.BuildRequest.Purpose, previous: [String]
  ) async throws -> (output: BuildOutput, seconds: Double) {
    report(.step(subject: request.info.id, "fetch"))
    let ready = try await ready(request, purpose, previous: previous)
    report(.step(subject: request.info.id, "waits"))
    return try await cores.share(
      for: request.info.id, cores: ready.limits.processors, memory: ready.limits.memory ?? 0
    ) { processors in
      let clock = ContinuousClock.now
      report(.step(subject: request.info.id, "root"))
      var call = ready
      call.limits.processors = processors
      return (try await attempts(call, request), (ContinuousClock.now - clock) / .seconds(1))
    }
  }

  /// Tries a build that failed as often as the settings say.
  private func attempts(
    _ ready: Packages.BuildRequest, _ request: Pipeline.BuildRequest
  ) async throws -> BuildOutput {
    let isCheck = ready.purpose == .check
    let attempts = max(0, isCheck ? settings.build.checkRetries : settings.build.retries) + 1
    for attempt in 1..<attempts {
      let trouble: BuildFailure
      do {
        let output = try await packageBuilder.build(ready)
        guard let failure = output.checkFailure else { return output }
        trouble = failure
      } catch {
        // a limit that was met is met again
        guard case .buildFailed(let failure) = error else { throw error }
        trouble = failure
      }
      let key = isCheck ? "check_retries" : "retries"
      report(
        .notice(
          "\(trouble.spec): \(trouble.stage) failed (\(trouble.message)); attempt \(attempt + 1) of \(attempts), "
            + "[build] \(key)"))
    }
    do {
      var output = try await packageBuilder.build(ready)
      let advice = await advice(output.checkFailure?.hint, request)
      output.checkFailure?.advice = advice
      return output
    } catch {
      let advice = await advice(error.failure?.hint, request)
      throw error.with { $0.advice = advice }
    }
  }

  private func advice(_ hint: BuildHint?, _ request: Pipeline.BuildRequest) async -> String? {
    guard case .missing(let thing) = hint else { return nil }
    let path = workspace.tree.appending(request.info.path).string
    let names = request.root.base.map(\.nevra.name) + request.root.extra.map(\.name)
    return Advice(spec: request.info, text: (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
      .about(thing, found: await packages.whoBrings(thing, root: Set(names)))
  }

  var packageBuilder: PackageBuilder { PackageBuilder(layers: layers, roots: roots, report: report) }

  /// With everything fetched and verified that the build is made of.
  func ready(
    _ request: Pipeline.BuildRequest, _ purpose: Packages.BuildRequest.Purpose, previous: [String] = []
  ) async throws -> Packages.BuildRequest {
    let (base, extra) = try await rpms(of: request.files)
    var identity = request.identity
    identity.defines.merge(VersionMacros.definitions(request.versions, dist: identity.dist)) { _, version in
      version
    }
    let sources = try await sourceSet(request)
    var call = Packages.BuildRequest(
      spec: request.info, sources: sources, base: base, extra: extra, identity: identity,
      arch: settings.arch, key: try key(request), purpose: purpose,
      limits: BuildLimits(settings.build), previous: previous)
    call.repositories = try await packages.pinned()
    if request.isObserved {
      call.observer = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      call.rootContents = request.root.contents
    }
    return try await withCache(call, request.root)
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
    let records = BuildRecords(workspace)
    return (package.rpms.map(\.file) + [package.srpm]).allSatisfy(records.isPublished)
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
  private func key(_ request: Pipeline.BuildRequest) throws -> Digest {
    let identity = request.identity
    var facts = [
      // packages in the root are named by what they are compared by
      "azl-dev build 1 \(cutoff)", request.tree.hex, settings.arch, identity.dist, identity.releaseVersion,
      identity.buildNumber, "\(identity.sourceDateEpoch)",
    ]
    facts += request.sources.files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.hex)" }
    if let srpm = request.sources.srpm { facts.append(srpm.digest.hex) }
    // what it includes of other directories
    for path in request.info.inputs where !path.hasPrefix(request.location.directory + "/") {
      facts.append("\(path) \(try Digest.of(file: workspace.tree.appending(path)).hex)")
    }
    facts += request.root.base.map(\.digest.hex)
    facts += request.root.extra.map(\.identity)
    facts += identity.defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
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

extension BuildLimits {
  init(_ settings: Settings.Build) {
    func set(_ value: Int) -> Int? { value > 0 ? value : nil }
    self.init(
      seconds: set(settings.timeout), processors: set(settings.jobs),
      memory: set(settings.memory).map { Int64($0) << 20 }, processes: set(settings.pids),
      disk: set(settings.disk).map { Int64($0) << 20 })
  }
}

extension PackagesError: TroubleTelling {
  package var trouble: BuildReport.Trouble? {
    switch self {
    case .buildFailed(let failure), .limited(let failure, _): BuildReport.Trouble(failure)
    default: nil
    }
  }
  package var seconds: Double? {
    switch self {
    case .buildFailed(let failure), .limited(let failure, _): failure.seconds
    default: nil
    }
  }
}

extension BuildReport.Trouble {
  init(_ failure: BuildFailure) {
    self.init(
      stage: failure.stage.rawValue, message: failure.message, file: failure.log, line: failure.logLine,
      lines: failure.lines, look: failure.look,
      hint: failure.advice ?? failure.hint?.text)
  }
}
