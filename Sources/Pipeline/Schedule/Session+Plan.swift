import AzureLinux
import Incremental

extension Session {
  /// What a build of these goals would do, without doing it.
  ///
  /// - Parameters:
  ///   - jobs: builds at once.
  ///   - budget: seconds; what does not end within them is queued, the nearest goes first.
  package func plan(
    _ goals: [SpecLocation], dependents: Dependents = .none, options: BuildOptions = BuildOptions(),
    jobs: Int, budget: Double? = nil
  ) async throws -> (report: PlanReport, schedule: Schedule) {
    var schedule = try await schedule(
      goals, extent: try await counting(goals, in: options.extent), durations: options.durations)
    let sure = Set(schedule.reasons.filter { if case .stale = $0.value { true } else { false } }.keys)
    var reasons: [String: String] = [:]
    let otherwise = try await builtOtherwise(schedule)
    for (spec, staleness) in schedule.reasons {
      let before = (schedule.graph.needs[spec] ?? []).filter { schedule.reasons[$0] != nil }
      reasons[spec] = Self.reason(staleness, before, isBuiltOtherwise: otherwise.contains(spec))
    }
    let reached = try await add(dependents, to: &schedule, &reasons)
    let graph = schedule.graph
    schedule.order = BuildOrder(graph, building: Set(reasons.keys), durations: options.durations)
    let nearest = graph.order.filter { !reached.contains($0) } + reached
    let chosen = budget.map {
      schedule.order.fitting(nearest, of: graph, jobs: jobs, budget: $0, durations: options.durations)
    }
    let order = BuildOrder(
      graph, building: Set(reasons.keys).intersection(chosen ?? Set(reasons.keys)),
      durations: options.durations)
    let times = Timetable(graph, order, jobs: jobs)
    let critical = Self.criticalPath(graph, order)
    let builds = reasons.map { spec, reason in
      PlanReport.Build(
        spec: spec, reason: reason, isCertain: sure.contains(spec),
        needs: (graph.needs[spec] ?? []).filter { reasons[$0] != nil }.sorted(),
        estimateSeconds: options.durations.known[spec] ?? options.durations.median,
        isMeasured: options.durations.known[spec] != nil, startSeconds: times.starts[spec] ?? 0,
        isCritical: critical.contains(spec), isQueued: chosen.map { !$0.contains(spec) } ?? false)
    }
    let positions = Dictionary(uniqueKeysWithValues: nearest.enumerated().map { ($1, $0) })
    let report = PlanReport(
      goals: goals.map(\.id),
      builds: builds.sorted { a, b in
        if a.isQueued != b.isQueued { return b.isQueued }
        if a.startSeconds != b.startSeconds { return a.startSeconds < b.startSeconds }
        return positions[a.spec] ?? 0 < positions[b.spec] ?? 0
      },
      upToDate: graph.specs.filter { reasons[$0] == nil && schedule.failures[$0] == nil }, jobs: jobs,
      seconds: times.end, criticalPathSeconds: order.criticalPath, workSeconds: order.work,
      budgetSeconds: budget, downloads: .init(), circles: schedule.circles,
      problems: schedule.failures.sorted { $0.key < $1.key }.map { spec, error in
        PlanReport.Problem(
          spec: spec, message: (error as? any Failure)?.message ?? String(describing: error))
      })
    return (report, schedule)
  }

  /// Of the specs that were never built as the schedule wants them, those that were with other packages of the tree in
  /// their roots.
  func builtOtherwise(_ schedule: Schedule) async throws -> Set<String> {
    let new = Set(
      schedule.reasons.filter { if case .stale(.neverBuilt) = $0.value { true } else { false } }.keys)
    guard !new.isEmpty else { return [] }
    let built = try await engine.remembered(kind: Build.kind).filter { $0.value != nil }
    return new.intersection(built.compactMap { PipelineRules.spec(of: $0.key)?.id })
  }

  private static func reason(
    _ staleness: Staleness, _ before: [String], isBuiltOtherwise: Bool
  ) -> String {
    switch staleness {
    case .upToDate: ""
    case .stale(let reason): ReasonText.of(reason, isBuiltOtherwise: isBuiltOtherwise)
    case .possiblyStale where before.isEmpty: "if its build root comes out different"
    case .possiblyStale: "if the packages of \(before.sorted().joined(separator: ", ")) change"
    }
  }

  /// Who would follow if outputs differ, nearest first.
  private func add(
    _ dependents: Dependents, to schedule: inout Schedule, _ reasons: inout [String: String]
  ) async throws -> [String] {
    guard dependents != .none else { return [] }
    let reached = try await affected(schedule.goals, levels: dependents.limit).specs.filter {
      schedule.graph.needs[$0.spec] == nil && !schedule.extent.ignored.contains($0.spec)
    }
    var known = Set(schedule.graph.specs)
    for step in reached {
      let way = Set(step.path.flatMap { [$0.from, $0.to] }).subtracting([step.spec])
      let before = way.filter { known.contains($0) }.sorted()
      schedule.graph.add(step.spec, needing: before)
      known.insert(step.spec)
      reasons[step.spec] = "if the packages of \(before.joined(separator: ", ")) change"
    }
    return reached.map(\.spec)
  }

  /// The builds of the longest way, from its first to its last.
  private static func criticalPath(_ graph: BuildGraph, _ order: BuildOrder) -> Set<String> {
    let rank = { (spec: String) in order.ranks[spec] ?? 0 }
    var users: [String: [String]] = [:]
    for (spec, needs) in graph.needs { for need in needs { users[need, default: []].append(spec) } }
    var path: Set<String> = []
    var next = order.ranks.keys.sorted().max { rank($0) < rank($1) }
    while let spec = next, path.insert(spec).inserted {
      next = (users[spec] ?? []).filter { order.ranks[$0] != nil }.sorted().max { rank($0) < rank($1) }
    }
    return path
  }
}
