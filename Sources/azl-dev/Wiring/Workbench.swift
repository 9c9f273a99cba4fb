import AzureLinux
import Foundation
import Incremental
import Packages
import Pipeline
import Sandbox
import Solver
import Storage
import SystemPackage

/// An opened workspace with the real stages behind it.
struct Workbench: Sendable {
  enum Access: Sendable { case read, write }

  let workspace: Workspace
  let settings: Settings
  let lock: BaselineLock
  let session: Session
  let tree: LiveTree
  let baseline: LiveBaseline
  let packages: LivePackages
  let specs: LiveSpecs
  let layers: RootLayers
  let builder: LiveBuilder
  let history: History
  /// Held as long as this is.
  private let writing: WorkspaceLock?
  private let state: StateLock?

  static func open(
    _ options: CommonOptions, access: Access, progress: BuildProgress, strictBaseline: Bool = false,
    indexed: Bool = false, builds: Int? = nil, adjust: (inout Settings) -> Void = { _ in }
  ) async throws -> Workbench {
    let workspace = Workspace(tree: try Tree.find(options.tree))
    var settings = try SettingsFiles.read(workspace, set: options.settings)
    if options.offline { settings.offline = true }
    adjust(&settings)
    var lock = try lock(of: workspace)
    lock.identity.follow(settings.identity)
    lock.identity.defines.merge(settings.build.definitions) { _, own in own }
    let writing = access == .write ? try WorkspaceLock(workspace.lock) : nil
    // a question beside a watch works on a copy of what that remembers
    let state = try StateLock(workspace.stateLock, waits: writing != nil)
    let layers = RootLayers(workspace: workspace) { Digest.of($0) }
    let roots = KeptRoots(layers: layers, budget: Int64(settings.disk.roots) << 20)
    if writing != nil {
      await layers.removeLeftovers()
      await roots.removeAbandoned()
      ControlGroups.find().removeAbandoned()
    }
    let tree = try LiveTree(workspace: workspace, settings: settings)
    // the longest part of it: everything else is opened meanwhile
    let look = Task { try await tree.look(at: nil) }
    let report: ActivityReport = { progress.activity($0) }
    if writing != nil, settings.sources.signatures == .skip {
      report(.notice("sources are not compared with their signatures ([sources] signatures is skip)"))
    }
    if writing != nil, let notice = LiveBuilder.notice(settings.build.dependents, layers.privilege) {
      report(.notice(notice))
    }
    let packages = LivePackages(
      workspace: workspace, settings: settings, strict: strictBaseline, report: report)
    let baseline = try LiveBaseline(workspace: workspace, settings: settings, lock: lock, tree: tree)
    let specs = LiveSpecs(
      workspace: workspace, settings: settings, identity: lock.identity, packages: packages, tree: tree)
    let builder = LiveBuilder(
      workspace: workspace, settings: settings, packages: packages, layers: layers, roots: roots,
      cores: CorePool(
        cores: ProcessInfo.processInfo.activeProcessorCount, builds: builds,
        memory: Int64(ProcessInfo.processInfo.physicalMemory)),
      renewed: Renewals(),
      report: report)
    let session = Session(
      world: World(
        tree: tree, specs: specs, baseline: baseline, packages: packages, builder: builder,
        matching: VersionRules()),
      store: state == nil ? try TraceStore.copy(of: workspace.state) : try TraceStore(path: workspace.state),
      index: IndexFile(path: workspace.index, isWritable: state != nil), report: { progress.session($0) })
    try await session.open(indexed: indexed, after: look)
    return Workbench(
      workspace: workspace, settings: settings, lock: lock, session: session, tree: tree, baseline: baseline,
      packages: packages, specs: specs, layers: layers, builder: builder, history: History(workspace.history),
      writing: writing,
      state: state)
  }

  static func lock(of workspace: Workspace) throws -> BaselineLock {
    guard let data = FileManager.default.contents(atPath: workspace.baselineLock.string) else {
      throw TreeError.notInitialised(workspace.tree.string)
    }
    do { return try JSONDecoder.snake.decode(BaselineLock.self, from: data) } catch {
      throw TreeError.unreadable(workspace.baselineLock.string, "\(error)")
    }
  }

  /// Durations of what was really built.
  func record(_ report: BuildReport) throws {
    for build in report.builds where build.result == .built || build.result == .failed {
      try history.append(
        History.Entry(
          kind: "build", subject: build.spec, result: build.result.rawValue, seconds: build.seconds))
    }
  }

  /// Signature entries of a spec's sources, and which of them lie in its folder.
  func signatures(_ info: SpecInfo) -> (digests: [String: Digest], local: Set<String>) {
    let location = SpecLocation(id: info.id, path: info.path)
    let digests = (try? Signatures.read(workspace: workspace, spec: location)) ?? [:]
    let folder = workspace.tree.appending(location.directory)
    let names = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
    return (digests, Set(names.compactMap { $0.split(separator: "/").last.map(String.init) }))
  }

  /// The report of `affected`, and for each changed spec what differs in it.
  /// - Parameter limit: reached specs that are described; all are counted.
  func affected(base: String?, head: String?, limit: Int = .max) async throws -> (
    AffectedReport, [String: [String]]
  ) {
    let from = try await base.asyncMap { try await baseline.git.commit($0) }
    let to = try await head.asyncMap { try await baseline.git.commit($0) }
    let commit = from?.id ?? lock.commit
    let changes =
      from == nil && to == nil
      ? try await baseline.changes() : try await baseline.changes(base: commit, head: to?.id)
    let all = try await session.specs()
    let byDirectory = Dictionary(grouping: all, by: \.directory)
    let changed = changedSpecs(changes, byDirectory)
    let readers = try await session.readers(of: changed)
    let roots = Set(changed + readers).sorted()
    let expected = history.expected(kind: "build")
    var places: [String: [String]] = [:]
    var affected: [AffectedReport.Spec] = []
    for spec in roots {
      var facts = try await baseline.facts(changes, spec: spec, base: commit)
      if readers.contains(spec) {
        facts.append("reads the version of \(changed.map(\.id).joined(separator: ", "))")
      }
      places[spec.id] = facts
      affected.append(
        AffectedReport.Spec(
          spec: spec.id, level: .changed, reason: facts.first ?? "changed", path: [],
          estimateSeconds: expected[spec.id]))
    }
    let (reach, reached) = try await session.affected(roots, described: limit)
    affected += reached.map { step in
      var step = step
      step.estimateSeconds = expected[step.spec]
      return step
    }
    let report = AffectedReport(
      base: .init(ref: from?.ref ?? lock.ref, commit: commit),
      head: .init(ref: to?.ref ?? "working tree", commit: to?.id ?? "", worktree: to == nil),
      changes: changes.map { change in
        AffectedReport.Change(
          path: change.path, oldPath: change.oldPath, status: change.status, kind: Self.kind(change.path),
          specs: (byDirectory[PackageDirectory.of(change.path)] ?? []).map(\.id))
      }, affected: affected,
      images: ImageReach(tree: workspace.tree).images(
        holding: await session.index.packages(of: reach), changes: changes),
      counts: .init(changed: roots.count, direct: reach.direct, transitive: reach.transitive))
    return (report, places)
  }

  private func changedSpecs(_ changes: [TreeChange], _ byDirectory: [String: [SpecLocation]])
    -> [SpecLocation]
  {
    let directories = Set(changes.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(PackageDirectory.of))
    return directories.flatMap { byDirectory[$0] ?? [] }.sorted()
  }

  private static func kind(_ path: String) -> String {
    if path.hasSuffix(".spec") { return "spec" }
    if path.hasSuffix(".patch") { return "patch" }
    if path.hasSuffix(".signatures.json") { return "signatures" }
    if path.contains("imageconfigs/") { return "image" }
    if path.hasPrefix("toolkit/") { return "toolkit" }
    return "source"
  }
}

extension Optional {
  /// `map` for a closure that waits.
  func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
    if let self { try await transform(self) } else { nil }
  }
}

extension BuildIdentity {
  /// What the configuration says holds, what it leaves open stays as the baseline's commit has it.
  mutating func follow(_ settings: Settings.Identity) {
    dist = settings.dist
    if !settings.releaseVersion.isEmpty { releaseVersion = settings.releaseVersion }
    if !settings.buildNumber.isEmpty { buildNumber = settings.buildNumber }
  }
}

/// The configuration of a workspace, from its files, the environment and the call.
enum SettingsFiles {
  /// - Parameters:
  ///   - local: text that stands for `config.local.toml`.
  ///   - set: what the call sets, `key=value`.
  static func read(_ workspace: Workspace, local: String? = nil, set: [String] = []) throws -> Settings {
    var files: [(name: String, text: String)] = []
    for path in [workspace.configuration, workspace.localConfiguration] {
      let given = path == workspace.localConfiguration ? local : nil
      guard let text = given ?? (try? String(contentsOfFile: path.string, encoding: .utf8)) else { continue }
      files.append((".azldev/\(path.lastComponent?.string ?? "")", text))
    }
    var settings = try Settings(
      files: files, environment: ProcessInfo.processInfo.environment, set: set)
    settings.repository = try RepositoryList.of(settings, workspace)
    return settings
  }
}
