import AzureLinux
import Incremental

/// What a request comes down to: its builds, who waits for whom, and which go first.
package struct Schedule: Sendable {
  package var goals: [SpecLocation]
  package var graph: BuildGraph
  package var extent: Extent
  /// The same for each spec of the graph, without what cannot be in its root.
  var extents: [String: Extent]
  package var circles: [BuildReport.Circle] = []
  /// Of specs on a circle that nothing breaks, or without a build root.
  package var failures: [String: any Error] = [:]
  /// Why each build is to be made; those that hold are not in it.
  package var reasons: [String: Staleness] = [:]
  package var order: BuildOrder

  /// How a spec of the graph is built.
  package func rule(_ spec: SpecLocation) -> Build {
    Build(spec: spec, extent: extents[spec.id] ?? (goals.contains(spec) ? extent : extent.inside(spec.id)))
  }
}

extension Session {
  /// Plans the roots of the goals and of what they need, from there to what needs nothing.
  package func schedule(
    _ goals: [SpecLocation], extent: Extent = Extent(), durations: Durations = Durations(),
    forced: Set<SpecLocation> = []
  ) async throws -> Schedule {
    var extent = extent
    var groups: [[String]] = []
    var found = try await roots(of: goals, extent)
    var whole = found.graph
    while case let circles = found.graph.circles, !circles.isEmpty {
      if groups.isEmpty { whole = found.graph }
      groups = Self.merged(groups + circles)
      extent.apart = Self.merged(extent.apart + circles)
      found = try await roots(of: goals, extent)
    }
    var schedule = Schedule(
      goals: goals, graph: found.graph, extent: extent, extents: found.extents,
      order: BuildOrder(found.graph, building: [], durations: durations))
    for group in groups {
      let isBroken = group.allSatisfy { found.failures[$0] == nil }
      let circle = try await describe(group, in: whole, isBroken: isBroken)
      schedule.circles.append(circle)
      for spec in group where found.failures[spec] != nil {
        schedule.failures[spec] = PipelineError.circle(circle)
      }
    }
    let byID = Dictionary(try await specs().map { ($0.id, $0) }) { first, _ in first }
    for spec in found.graph.specs.compactMap({ byID[$0] }) {
      if forced.contains(spec) { try await force(schedule.rule(spec)) }
      let staleness = try await engine.staleness(of: schedule.rule(spec))
      if staleness != .upToDate { schedule.reasons[spec.id] = staleness }
    }
    schedule.order = BuildOrder(
      found.graph, building: Set(schedule.reasons.keys), durations: durations)
    return schedule
  }

  /// Groups that share a member are one.
  private static func merged(_ groups: [[String]]) -> [[String]] {
    groups.reduce(into: [Set<String>]()) { merged, group in
      let touched = merged.filter { !$0.isDisjoint(with: group) }
      merged.removeAll { !$0.isDisjoint(with: group) }
      merged.append(touched.reduce(Set(group)) { $0.union($1) })
    }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }

  private func roots(
    of goals: [SpecLocation], _ extent: Extent
  ) async throws -> (graph: BuildGraph, extents: [String: Extent], failures: [String: any Error]) {
    let specs = try await specs()
    let byID = Dictionary(specs.map { ($0.id, $0) }) { first, _ in first }
    let own =
      extent.isFromScratch
      ? Set(byID.keys) : Set(try await changed().map(\.id)).union(extent.rebuilt.joined())
    var needs: [String: [String]] = [:]
    var failures: [String: any Error] = [:]
    var frontier: [PlannedRoot] = []
    for goal in goals {
      frontier.append(PlannedRoot(spec: goal, extent: try await narrowed(extent, for: goal)))
    }
    var extents: [String: Extent] = [:]
    while !frontier.isEmpty {
      // where nothing but published packages can stand in a root, there is nothing to plan
      for root in frontier {
        needs[root.spec.id] = []
        extents[root.spec.id] = root.extent
      }
      let open = frontier.filter { root in
        let unaware = extent.unaware(for: root.spec.id)
        return own.contains { !unaware.contains($0) }
      }
      frontier = []
      for (spec, result) in try await plans(open) {
        switch result {
        case .success(let local): needs[spec.id] = local
        case .failure(let error): failures[spec.id] = error
        }
      }
      for local in Set(needs.values.joined()).sorted() where needs[local] == nil {
        guard let spec = byID[local] else { continue }
        frontier.append(
          PlannedRoot(spec: spec, extent: try await narrowed(extent.inside(local), for: spec)))
      }
    }
    return (BuildGraph(needs: needs), extents, failures)
  }

  /// Specs that each root holds packages of.
  private func plans(
    _ roots: [PlannedRoot]
  ) async throws -> [(SpecLocation, Result<[String], any Error>)] {
    try await withThrowingTaskGroup(of: (SpecLocation, Result<[String], any Error>).self) { group in
      for root in roots {
        group.addTask { [engine] in
          do {
            return (root.spec, .success(try await engine.value(of: root).localSpecs))
          } catch let error where !(error is CancellationError) {
            return (root.spec, .failure(error))  // the build meets it again, and reports it with its place
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// The shortest circle of a group, with the lines that make it one.
  private func describe(
    _ group: [String], in graph: BuildGraph, isBroken: Bool
  ) async throws -> BuildReport.Circle {
    let specs = graph.shortestCircle(in: group)
    let pairs = Array(zip(specs, specs.dropFirst() + specs.prefix(1)))
    let steps = try await index.ask { index in
      pairs.flatMap { (try? index.why($0, needs: $1))?.path ?? [] }
    }
    return BuildReport.Circle(
      specs: group,
      path: steps.map {
        AffectedReport.Edge(
          from: $0.spec, to: $0.providerSpec, edge: $0.kind == .builds ? "build_requires" : "requires",
          via: $0.via, file: $0.file, line: $0.line)
      }, isBroken: isBroken)
  }
}
