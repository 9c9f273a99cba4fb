import AzureLinux
import Foundation
import Incremental

/// Why a package is stale, or was built: asked of traces. Nothing is built for it.
extension Session {
  package func explain(_ spec: SpecLocation, as name: String, kind: ExplainReport.Kind = .package)
    async throws
    -> ExplainReport
  {
    let changed = try await changed()
    let standing = try await standingBuild(of: spec)
    let (rule, trace, staleness) = (standing.rule, standing.trace, standing.staleness)
    var report = ExplainReport(
      kind: kind, name: name, spec: spec.id, state: Self.state(staleness), reason: "")
    let isChanged = changed.contains(spec)
    if !isChanged { report.path = try await path(to: spec, from: changed) }
    let plan: BuildRootPlan?
    do {
      plan = try await engine.value(of: PlannedRoot(spec: spec, extent: rule.extent))
    } catch let error where !(error is CancellationError) {
      // what a build would meet too
      plan = nil
      let message = (error as? any Failure)?.message ?? String(describing: error)
      if !report.path.isEmpty {
        report.stops = ["no build root can be planned for it: \(message.prefix { $0 != "\n" })"]
      }
    }
    if report.state != .upToDate, trace != nil {
      let cause = try await engine.causeOfStaleness(of: rule)
      report.way = cause.steps.map { KeyText.link($0.key, of: spec) }
      if let plan, report.way.contains(where: { [BuildRoot.kind, PlannedRoot.kind].contains($0.kind) }) {
        report.differences = try await differences(rule, plan)
      }
    }
    if let trace {
      let cause = try await engine.causeOfLastRun(rule)
      let isRestored = standing.built?.isRestored ?? false
      report.last = ExplainReport.Run(
        reason: ReasonText.ofLast(trace.reason, isRestored: isRestored),
        way: cause.steps.map { KeyText.link($0.key, of: spec) },
        // as the build itself said it: without waiting for processors and for other builds
        seconds: standing.built?.seconds ?? trace.seconds, at: nil)
      report.failure = trace.failure
    }
    if !report.path.isEmpty, let plan { report.stops = try await stops(plan, report.path) }
    report.reason = Self.reason(staleness, report, isChanged: isChanged)
    let edited = Self.edited(report, plan, isChanged: isChanged, changed: changed)
    report.edits = edited.map { ExplainReport.Edit(spec: $0, facts: []) }
    report.next = Self.next(report, isChanged: isChanged)
    return report
  }

  /// How a build was made that failed and that nothing has replaced; as `try` makes it where none is known.
  package func extentOfFailedBuild(of spec: SpecLocation) async throws -> Extent {
    let failed = try await engine.remembered(kind: Build.kind)
      .filter { $0.failure != nil && PipelineRules.spec(of: $0.key) == spec }
      .compactMap { try? Build.restored(from: $0.key.parameters).extent }
    return failed.contains(Extent()) ? Extent() : failed.first ?? Extent()
  }

  private static func state(_ staleness: Staleness) -> ExplainReport.State {
    switch staleness {
    case .upToDate: .upToDate
    case .stale(.neverBuilt): .neverBuilt
    case .stale(.failedLastTime): .failed
    case .stale: .stale
    case .possiblyStale: .possiblyStale
    }
  }

  private func path(to spec: SpecLocation, from changed: [SpecLocation]) async throws
    -> [AffectedReport.Edge]
  {
    try await affected(changed).specs.first { $0.spec == spec.id }?.path ?? []
  }

  /// The root of the last build against the one that is planned now.
  private func differences(_ rule: Build, _ plan: BuildRootPlan) async throws -> [ExplainReport.Difference] {
    let root = BuildRoot(spec: rule.spec, extent: rule.extent)
    guard let value = try await engine.remembered(root)?.value, let old = try? BuildRoot.decode(value) else {
      return []
    }
    let locals = try await specs().filter { plan.localSpecs.contains($0.id) }
    let made = try await parsed(locals).flatMap(\.packages).map { ($0.nevra.name, $0.nevra) }
    return RootDifference.between(old, plan, local: Dictionary(made) { first, _ in first })
  }

  /// What becomes of each change on the way: whether its packages differ from the published ones, as far as they
  /// are built.
  private func stops(_ plan: BuildRootPlan, _ path: [AffectedReport.Edge]) async throws -> [String] {
    guard !plan.localSpecs.isEmpty else {
      return [Stops.withoutLocal(path, base: Set(plan.base.map(\.sourceName)))]
    }
    let byID = Dictionary(try await specs().map { ($0.id, $0) }) { first, _ in first }
    var stops: [String] = []
    for id in plan.localSpecs {
      guard let spec = byID[id] else { continue }
      let standing = try await standingBuild(of: spec)
      guard standing.staleness == .upToDate, let built = standing.built else {
        stops.append("\(id) is to be built first: what its packages are like decides")
        continue
      }
      guard let value = try await engine.remembered(PublishedInterface(spec: spec))?.value else {
        stops.append("\(id) was built; its packages were not compared with the published ones yet")
        continue
      }
      guard let interface = try await interface(standing.rule, built) else {
        stops.append("\(id) was built; its packages were not compared with the published ones yet")
        continue
      }
      stops.append(
        try PublishedInterface.decode(value) == interface
          ? "\(id) was built, its packages are the same as published: the change stops here"
          : "\(id) was built, its packages differ from the published ones")
    }
    return stops
  }

  /// What dependents see of a build; nil where that was not looked at yet.
  private func interface(_ rule: Build, _ built: BuiltPackage) async throws -> PackageInterface? {
    switch try await engine.value(of: Cutoff()) {
    case .exact, .observed: return PackageInterface(of: built)
    case .interface, .names:
      let interface = Interface(spec: rule.spec, extent: rule.extent)
      guard try await engine.staleness(of: interface) == .upToDate else { return nil }
      return try await engine.remembered(interface)?.value.map(Interface.decode)
    }
  }

  private static func reason(_ staleness: Staleness, _ report: ExplainReport, isChanged: Bool) -> String {
    switch staleness {
    case .upToDate: "nothing that it read has changed"
    case .stale(.failedLastTime):
      report.way.isEmpty
        ? "its last build failed, and nothing that it read has changed since"
        : "its last build failed; since then \(report.way.last?.what ?? "what it read") changed"
    case .stale(.neverBuilt) where isChanged: "it differs from the baseline and was never built here"
    case .stale(.neverBuilt) where report.path.isEmpty:
      "no change reaches it: the published packages stand for it"
    case .stale(.neverBuilt):
      "a change reaches it, and it was never built here"
    case .stale(let reason): ReasonText.of(reason)
    case .possiblyStale(let key): possibly(key, report)
    }
  }

  private static func possibly(_ key: Key, _ report: ExplainReport) -> String {
    let builds = report.way.filter { $0.kind == Build.kind && $0.spec != report.spec }.compactMap(\.spec)
    if let spec = builds.first {
      return "its build root holds packages of \(spec), which is to be built again"
    }
    return ReasonText.of(.inputChanged(key))
  }

  /// Specs whose differences from the baseline are at the end of the way.
  private static func edited(
    _ report: ExplainReport, _ plan: BuildRootPlan?, isChanged: Bool, changed: [SpecLocation]
  ) -> [String] {
    let ids = Set(changed.map(\.id))
    var found: [String] = []
    func add(_ id: String?) { if let id, !found.contains(id) { found.append(id) } }
    if isChanged { add(report.spec) }
    for link in report.way where [SpecTree.kind, ParsedSpec.kind].contains(link.kind) { add(link.spec) }
    for id in plan?.localSpecs ?? [] where ids.contains(id) { add(id) }
    if let first = report.path.first?.from, ids.contains(first) { add(first) }
    return found
  }

  private static func next(_ report: ExplainReport, isChanged: Bool) -> String? {
    switch report.state {
    case .upToDate: nil
    case .neverBuilt where !isChanged && report.path.isEmpty: nil
    case .neverBuilt where !isChanged: report.path.first.map { "azl-dev try \($0.from) --dependents" }
    case .failed, .stale, .possiblyStale, .neverBuilt: report.spec.map { "azl-dev try \($0)" }
    }
  }
}
