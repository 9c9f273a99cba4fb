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
  /// - Returns: the builds that were found to be needless.
  func buildDependents(
    of done: Schedule, _ dependents: Dependents, _ limit: Int, _ options: BuildOptions,
    since start: ContinuousClock.Instant
  ) async throws -> [Build] {
    book.follow(try await engine.value(of: Cutoff()))
    let goals = done.goals
    let specs = try await specs()
    let byID = Dictionary(specs.map { ($0.id, $0) }) { first, _ in first }
    try await index.bringUpToDate()
    let changed = Set(try await engine.value(of: ChangedSpecs()))
    var seen = Set(goals.map(\.id))
    var extent = done.extent
    let ignored = Set(extent.ignored)
    var frontier = goals.map(\.id)
    var left: [Build] = []
    var level = 0
    var count = 0
    while !frontier.isEmpty && level < dependents.limit {
      level += 1
      let reached = await index.reach(from: frontier, levels: 1).specs.filter {
        seen.insert($0.spec).inserted && !ignored.contains($0.spec)
      }
      var next: [SpecLocation] = []
      for step in reached {
        guard let spec = byID[step.spec] else { continue }
        let rule = Build(spec: spec, extent: try await narrowed(extent, for: spec))
        if let because = try await reasonToStay(rule, isChanged: changed.contains(spec)) {
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
      guard level < dependents.limit else { break }
      for rule in rules where try await goesOn(rule, seen) { frontier.append(rule.spec.id) }
      if !frontier.isEmpty { extent.rebuilt.append(frontier.sorted()) }
    }
    return left
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

  /// Whether those that build with a dependent have to be looked at: they are there, and it is not what is published.
  private func goesOn(_ rule: Build, _ seen: Set<String>) async throws -> Bool {
    let users = await index.reach(from: [rule.spec.id], levels: 1).specs
    guard users.contains(where: { !seen.contains($0.spec) }) else { return false }
    let published = try await engine.value(of: PublishedInterface(spec: rule.spec))
    return published != (try await engine.value(of: Interface(spec: rule.spec, extent: rule.extent)))
  }

  /// Why a dependent that was never built here need not be: all packages built here that its root would hold are
  /// equal to published ones, with which the published dependent was built.
  private func reasonToStay(_ rule: Build, isChanged: Bool) async throws -> String? {
    guard !isChanged, try await engine.remembered(rule)?.value == nil else { return nil }
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
