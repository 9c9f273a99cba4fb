import AzureLinux
import Incremental

/// How far reverse dependencies are followed.
package enum Dependents: Sendable, Hashable {
  case none
  case levels(Int)
  case all

  var limit: Int {
    switch self {
    case .none: 0
    case .levels(let count): count
    case .all: .max
    }
  }
}

extension Session {
  /// The extent in which goals see each other: those that nobody edited, but that are built with what somebody did, are
  /// to the others what they become, and not what is published.
  func counting(_ goals: [SpecLocation], in extent: Extent) async throws -> Extent {
    guard !extent.isFromScratch else { return extent }
    let changed = try await changed().map(\.id)
    let open = Set(goals.map(\.id)).subtracting(changed + extent.ignored)
    guard !changed.isEmpty, !open.isEmpty else { return extent }
    var extent = extent
    extent.rebuilt += try await index.ask { index in
      index.steps(of: index.reached(from: changed).intersection(open))
    }
    return extent
  }

  /// Each dependent is built when all that it may be built with has come out: what several ways lead to is built once,
  /// with the end of all of them.
  ///
  /// - Returns: the builds that were found to be needless.
  func buildDependents(
    of done: Schedule, _ dependents: Dependents, _ limit: Int, _ options: BuildOptions,
    since start: ContinuousClock.Instant
  ) async throws -> [Build] {
    book.follow(try await engine.value(of: Cutoff()))
    let byID = Dictionary(try await specs().map { ($0.id, $0) }) { first, _ in first }
    let changed = Set(try await engine.value(of: ChangedSpecs()))
    var extent = done.extent
    var frontier = done.goals.map(\.id)
    let ignored = Set(extent.ignored + frontier)
    let (far, depths) = try await index.ask { [frontier] index in
      let far = index.reached(from: frontier, levels: dependents.limit).subtracting(ignored)
      return (far, index.depths(of: far))
    }
    let before = try await builtBefore()
    /// Those that something leads to, nearest first, and those that it does not lead to any more.
    var waiting: [AffectedReport.Spec] = []
    var open = far
    var left: [Build] = []
    var count = 0
    while true {
      let known = Set(waiting.map(\.spec))
      waiting += try await index.ask { [frontier, open] in
        $0.builders(with: frontier, among: open.subtracting(known))
      }
      guard let depth = waiting.map({ depths[$0.spec] ?? 0 }).min() else { return left }
      let turn = waiting.filter { depths[$0.spec] ?? 0 == depth }
      waiting.removeAll { depths[$0.spec] ?? 0 == depth }
      open.subtract(turn.map(\.spec))
      var next: [SpecLocation] = []
      for step in turn {
        guard let spec = byID[step.spec] else { continue }
        let rule = Build(spec: spec, extent: try await narrowed(extent, for: spec))
        if !changed.contains(spec), !before.contains(step.spec), let because = try await reasonToStay(rule) {
          book.cutOff(spec: step.spec, because: because)
          left.append(rule)
        } else if count >= limit {
          book.cutOff(spec: step.spec, because: "not queued: \(limit) builds at most after one change")
        } else {
          count += 1
          book.because(step.spec, step.reason)
          next.append(spec)
        }
      }
      var schedule = try await schedule(next, extent: extent, durations: options.durations)
      if options.budget != nil {
        next = fitting(schedule, nearest: next.map(\.id), options, since: start)
        schedule = try await self.schedule(next, extent: extent, durations: options.durations)
      }
      try await run(schedule, stopsOnFailure: options.stopsOnFailure)
      extent = schedule.extent
      let rules = next.map(schedule.rule).filter { !book.hasFailed($0.spec.id) }
      left += rules.filter { !book.wasBuilt($0.spec.id) }
      frontier = []
      var moved: [String] = []
      for rule in rules {
        let users = try await index.ask { [open] in
          $0.reached(from: [rule.spec.id], levels: 1).intersection(open)
        }
        guard !users.isEmpty else { continue }
        let differs = try await isUnlikePublished(rule)
        if differs { moved.append(rule.spec.id) }
        // what was built with another state of it must not be left as it is
        if differs || !users.isDisjoint(with: before) { frontier.append(rule.spec.id) }
      }
      if !moved.isEmpty { extent.rebuilt.append(moved.sorted()) }
    }
  }

  /// Specs with a build of whatever extent, which `out` may hold.
  private func builtBefore() async throws -> Set<String> {
    let built = try await engine.digests(kind: Build.kind).filter { $0.value != nil }
    return Set(built.keys.compactMap { PipelineRules.spec(of: Key(kind: Build.kind, parameters: $0))?.id })
  }

  /// An extent without what makes no difference to the root of this spec. Nothing is left where no root can be planned:
  /// the build meets the same error and reports it with its place.
  func narrowed(_ wide: Extent, for spec: SpecLocation) async throws -> Extent {
    var extent = wide
    if !extent.ignored.isEmpty && !extent.isFromScratch {
      // what is as published stays as published in any case
      let own = Set(try await changed().map(\.id)).union(extent.rebuilt.joined())
      extent.ignored.removeAll { !own.contains($0) }
    }
    guard !extent.rebuilt.isEmpty else { return extent }
    do {
      return extent.keeping(try await engine.value(of: RebuiltBelow(spec: spec, extent: extent)))
    } catch let error where !(error is CancellationError) {
      return extent.keeping([])
    }
  }

  /// Whether those that build with it see something else than what is published.
  private func isUnlikePublished(_ rule: Build) async throws -> Bool {
    let published = try await engine.value(of: PublishedInterface(spec: rule.spec))
    return published != (try await engine.value(of: Interface(spec: rule.spec, extent: rule.extent)))
  }

  /// Why a dependent that was never built here need not be: all packages built here that its root would hold are
  /// equal to published ones, with which the published dependent was built.
  private func reasonToStay(_ rule: Build) async throws -> String? {
    let plan: BuildRootPlan
    let root: SettledRoot
    do {
      plan = try await engine.value(of: PlannedRoot(spec: rule.spec, extent: rule.extent))
      root = try await engine.value(of: BuildRoot(spec: rule.spec, extent: rule.extent))
    } catch let error where !(error is CancellationError) {
      return nil  // the build meets the same error and reports it with its place
    }
    guard !root.extra.contains(where: { if case .built = $0 { true } else { false } }) else { return nil }
    let names = plan.localSpecs.joined(separator: ", ")
    if names.isEmpty { return "its build root holds nothing that was built here" }
    return try await engine.value(of: Cutoff()) == .interface
      ? "\(names): to other builds the same as published" : "\(names): same as published"
  }

  /// Builds what was left as it is once more, and compares what comes out with what stands for it.
  func verify(_ left: [Build]) async throws {
    book.beginVerifying()
    for rule in left.sorted(by: { $0.spec.id < $1.spec.id }) {
      let kept = try await kept(rule)
      do {
        let now = try await engine.value(of: Trial(spec: rule.spec, extent: rule.extent))
        let contents = Dictionary(now.map { ($0.nevra, $0.content) }) { first, _ in first }
        let differs = Set(kept.keys).union(contents.keys).filter { kept[$0] != contents[$0] }
        book.verified(.init(spec: rule.spec.id, differs: differs.map(\.description).sorted()))
      } catch let error where !(error is CancellationError) {
        book.verified(.init(spec: rule.spec.id, failure: BuildBook.trouble(error)))
      }
      try Task.checkCancellation()
    }
  }

  /// The packages that stand for a dependent: those last built here, or the published ones.
  private func kept(_ rule: Build) async throws -> [NEVRA: Digest] {
    var packages = try await engine.value(of: PublishedInterface(spec: rule.spec, isExact: true))?.packages
    if let value = try await engine.remembered(rule)?.value {
      packages = PackageInterface(of: try Build.decode(value)).packages
    }
    return Dictionary((packages ?? []).map { ($0.nevra, $0.content) }) { first, _ in first }
  }
}
