import AzureLinux
import Foundation
import Incremental
import Synchronization

/// Collects what the engine says about builds into the report of one request.
final class BuildBook: Sendable {
  private struct State {
    var builds: [String: BuildReport.Build] = [:]
    var order: [String] = []
    var cutOff: [BuildReport.CutOff] = []
    var reasons: [String: String] = [:]
    var cutoff: CutoffMode?
    var verified: [BuildReport.Verified]?
    var circles: [BuildReport.Circle] = []
    /// Specs whose sources are taken in another way than the last time.
    var handledAnew: Set<String> = []
    /// Options that a command which repeats one of these builds needs.
    var again: [String] = []
    /// Specs whose packages stand in the root of each.
    var needs: [String: [String]] = [:]

    /// What a spec waited for in vain, if it did.
    func blockers(of spec: String) -> [String] {
      (needs[spec] ?? []).filter { [.failed, .blocked].contains(builds[$0]?.result) }.sorted()
    }
  }
  private let state = Mutex(State())
  private let report: @Sendable (SessionEvent) -> Void

  init(report: @escaping @Sendable (SessionEvent) -> Void) { self.report = report }

  func begin(again: [String] = []) {
    state.withLock { state in
      state = State()
      state.again = again
    }
  }

  /// A reason told before the engine finds its own.
  func because(_ spec: String, _ reason: String) { state.withLock { $0.reasons[spec] = reason } }

  /// Who waits for whom in what is built next.
  func expect(_ schedule: Schedule) {
    state.withLock { state in
      state.needs.merge(schedule.graph.needs) { _, new in new }
      state.circles += schedule.circles
    }
    for circle in schedule.circles { report(.circle(circle)) }
  }

  func hasFailed(_ spec: String) -> Bool {
    state.withLock { [.failed, .blocked].contains($0.builds[spec]?.result) }
  }
  var hasFailed: Bool {
    state.withLock { $0.builds.values.contains { [.failed, .blocked].contains($0.result) } }
  }
  func wasBuilt(_ spec: String) -> Bool { state.withLock { $0.builds[spec]?.result == .built } }

  func note(_ event: EngineEvent) {
    switch event {
    case .started(let key, .inputChanged(let input)) where key.kind == Sources.kind:
      guard input.kind == SourceHandling.kind, let spec = PipelineRules.spec(of: key)?.id else { return }
      state.withLock { _ = $0.handledAnew.insert(spec) }
    case .started(let key, let reason):
      guard let spec = Self.spec(key) else { return }
      let text = state.withLock { state in
        let told = state.reasons[spec]
        let isHandling = reason.inputKind == Sources.kind && state.handledAnew.contains(spec)
        let found = isHandling ? ReasonText.handling : ReasonText.of(reason)
        // the way to the change says more than that there was one
        let isVague = reason == .neverBuilt || reason.inputKind == PlannedRoot.kind
        let text = told.map { isVague ? $0 : "\(found); \($0)" } ?? found
        state.reasons[spec] = text
        return text
      }
      report(.started(spec: spec, reason: text))
    case .finished(let key, let value, _, _):
      guard let spec = Self.spec(key), let package = try? JSONDecoder().decode(BuiltPackage.self, from: value)
      else { return }
      state.withLock { state in
        // built and at once found again under another key: it was built
        guard !package.isRestored || state.builds[spec]?.result != .built else { return }
        state.builds[spec] = Self.entry(
          spec, package.isRestored ? .restored : .built, state.reasons[spec], package.seconds)
      }
      finish(package)
    case .failed(let key, let error, let seconds):
      guard let spec = Self.spec(key), !(error is EngineError) else { return }
      fail(spec, error, seconds)
    case .upToDate: break
    }
  }

  private static func entry(
    _ spec: String, _ result: BuildReport.Result, _ reason: String?, _ seconds: Double
  )
    -> BuildReport.Build
  {
    BuildReport.Build(spec: spec, reason: reason ?? "", result: result, seconds: seconds)
  }

  /// The value that a goal has now, built or not.
  func holds(_ package: BuiltPackage) { finish(package) }

  private func finish(_ package: BuiltPackage) {
    let (build, isNew) = state.withLock { state in
      let known = state.builds[package.spec]
      var build = known ?? Self.entry(package.spec, .upToDate, ReasonText.toStay(package, state.cutoff), 0)
      build.key = package.key
      build.log = package.log
      build.stages = package.stages
      build.srpm = Self.rpm(package.srpm, folder: "SRPMS")
      build.rpms = package.rpms.map { Self.rpm($0.file, folder: "RPMS/\($0.file.nevra.arch)") }
      state.builds[package.spec] = build
      return (build, !state.order.contains(package.spec))
    }
    guard isNew else { return }
    state.withLock { $0.order.append(package.spec) }
    report(.finished(build))
  }

  private static func rpm(_ file: RPMFile, folder: String) -> BuildReport.RPM {
    BuildReport.RPM(
      path:
        ".azldev/out/\(folder)/\(file.path.split(separator: "/").last.map(String.init) ?? file.nevra.fileName)",
      nevra: file.nevra.description, sha256: file.digest, size: file.size)
  }

  /// What `%check` of a built goal said.
  func checked(_ spec: String, _ outcome: CheckOutcome, isRemembered: Bool) {
    state.withLock { state in
      state.builds[spec]?.check = outcome.verdict
      guard [.failed, .noMarker].contains(outcome.verdict) else { return }
      state.builds[spec]?.result = .failed
      state.builds[spec]?.failure = outcome.failure
    }
    report(.checked(spec: spec, outcome, isRemembered: isRemembered))
  }

  func failed(_ spec: String, _ error: any Error) { fail(spec, error, 0) }

  func tell(_ event: SessionEvent) { report(event) }

  /// What the book has of a failure, told now or before.
  func fail(_ spec: String, _ error: any Error) -> BuildReport.Build? {
    fail(spec, error, 0)
    return state.withLock { $0.builds[spec] }
  }

  private func fail(_ spec: String, _ error: any Error, _ seconds: Double) {
    let build: BuildReport.Build? = state.withLock { state in
      guard state.builds[spec]?.result != .failed, state.builds[spec]?.result != .blocked else { return nil }
      let blockers = state.blockers(of: spec)
      var build = Self.entry(
        spec, blockers.isEmpty ? .failed : .blocked, state.reasons[spec],
        (error as? any TroubleTelling)?.seconds ?? seconds)
      if blockers.isEmpty {
        build.failure = Self.trouble(error)
      } else {
        build.block(by: blockers, "needs \(blockers.joined(separator: ", "))")
      }
      build.reproduce += state.again
      state.builds[spec] = build
      state.order.append(spec)
      return build
    }
    if let build { report(.failed(build, error)) }
  }

  /// What was not started because something else failed.
  func stopped(_ specs: [String]) {
    let left: [BuildReport.Build] = state.withLock { state in
      let failed = state.builds.filter { $0.value.result == .failed }.keys.sorted()
      guard !failed.isEmpty else { return [] }
      return specs.filter { state.builds[$0] == nil }.map { spec in
        var build = Self.entry(spec, .blocked, state.reasons[spec], 0)
        build.block(by: failed, "not started: \(failed.joined(separator: ", ")) failed")
        state.builds[spec] = build
        state.order.append(spec)
        return build
      }
    }
    for build in left { report(.failed(build, CancellationError())) }
  }

  static func trouble(_ error: any Error) -> BuildReport.Trouble {
    if let told = error as? any TroubleTelling, let trouble = told.trouble { return trouble }
    let failure = error as? any Failure
    return BuildReport.Trouble(
      stage: "plan", message: failure?.message ?? String(describing: error), hint: failure?.nextStep)
  }

  func cutOff(spec: String, because: String) {
    let cut = BuildReport.CutOff(spec: spec, because: because)
    state.withLock { $0.cutOff.append(cut) }
    report(.cutOff(cut))
  }

  /// From here on dependents are looked at.
  func follow(_ cutoff: CutoffMode) { state.withLock { $0.cutoff = cutoff } }

  func verified(_ one: BuildReport.Verified) {
    state.withLock { $0.verified = ($0.verified ?? []) + [one] }
    report(.verified(one))
  }

  func beginVerifying() { state.withLock { $0.verified = [] } }

  func report(goals: [String], seconds: Double) -> BuildReport {
    state.withLock { state in
      let builds = state.order.compactMap { state.builds[$0] }
      let result: BuildReport.Result =
        if builds.contains(where: { $0.result == .failed }) {
          .failed
        } else if builds.contains(where: { $0.result == .blocked }) {
          .blocked
        } else if builds.contains(where: { [.built, .restored].contains($0.result) }) {
          .built
        } else { .upToDate }
      var report = BuildReport(
        goals: goals, result: result, seconds: seconds, builds: builds, cutOff: state.cutOff)
      report.cutoff = state.cutoff
      report.verified = state.verified
      if !state.circles.isEmpty { report.circles = state.circles }
      return report
    }
  }

  private static func spec(_ key: Key) -> String? {
    guard key.kind == Build.kind else { return nil }
    return PipelineRules.spec(of: key)?.id
  }
}

/// An error that knows where a build went wrong.
package protocol TroubleTelling: Error {
  var trouble: BuildReport.Trouble? { get }
  /// From the start of the build; nil when it did not start.
  var seconds: Double? { get }
}

extension BuildReport.Build {
  fileprivate mutating func block(by others: [String], _ message: String) {
    blockedBy = others
    failure = BuildReport.Trouble(stage: "plan", message: message)
  }
}

extension RunReason {
  fileprivate var inputKind: String? {
    if case .inputChanged(let key) = self { key.kind } else { nil }
  }
}

/// Reasons as people read them.
package enum ReasonText {
  /// Why a package is not built again.
  static func toStay(_ package: BuiltPackage, _ cutoff: CutoffMode?) -> String {
    switch (cutoff, package.opened) {
    case (.observed, let opened?): "none of the \(opened.count) files that its build opened has changed"
    case (.interface, _): "nothing that it can see of its root has changed"
    default: "nothing that it read has changed"
    }
  }

  package static func of(_ reason: RunReason) -> String {
    switch reason {
    case .neverBuilt: "never built here"
    case .ruleChanged: "azl-dev builds differently since the last time"
    case .artifactMissing: "its packages are not in .azldev/out any more, or were replaced there"
    case .failedLastTime: "it failed the last time"
    case .forced: "asked for"
    case .inputChanged(let key): changed(key)
    }
  }

  /// As `of`, where builds of a spec are known whose roots hold other packages of the tree.
  static func of(_ reason: RunReason, isBuiltOtherwise: Bool) -> String {
    reason == .neverBuilt && isBuiltOtherwise ? otherwise : of(reason)
  }
  static let otherwise = "built here, but with other packages in its root"

  /// They may be the same: the way to them is another.
  static let handling = "its sources are taken in another way ([sources] signatures, download_srpms)"

  /// Why what is there now was made.
  static func ofLast(_ reason: RunReason, isRestored: Bool) -> String {
    switch reason {
    case _ where isRestored: "taken from an earlier build of the same inputs"
    case .neverBuilt: "there was none before with such a root"
    default: of(reason)
    }
  }

  private static func changed(_ key: Key) -> String {
    let spec = PipelineRules.spec(of: key)
    return switch key.kind {
    case SpecTree.kind: "\(spec?.directory ?? "its files") changed"
    case ParsedSpec.kind: "what \(spec?.path ?? "its spec") says changed"
    case Interface.kind: "the packages of \(spec?.id ?? "a dependency") changed"
    case PlannedRoot.kind, BuildRoot.kind: "its build root changed"
    case Sources.kind: "its sources changed"
    case SourceHandling.kind: handling
    case Cutoff.kind, Observing.kind:
      "what decides for dependents is another mode now (--cutoff, [build] dependents)"
    case RootNames.kind: "other files are in its build root"
    case OpenedFiles.kind: "a file that its last build opened changed"
    case Identity.kind: "the baseline's identity changed"
    case MacroSet.kind: "the macros changed"
    case IncludedFile.kind: "a file that it includes changed"
    default: "\(key.kind) changed"
    }
  }
}
