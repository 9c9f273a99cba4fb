import AzureLinux

/// When each build would start if every one took as long as expected: of those that could start, the one with the
/// longest way to the end does.
package struct Timetable: Sendable, Hashable {
  package private(set) var starts: [String: Double] = [:]
  package private(set) var end = 0.0

  package init(_ graph: BuildGraph, _ order: BuildOrder, jobs: Int) {
    var waits = order.seconds.keys.reduce(into: [String: Set<String>]()) { waits, spec in
      waits[spec] = Set((graph.needs[spec] ?? []).filter { order.seconds[$0] != nil })
    }
    var running: [(spec: String, end: Double)] = []
    var now = 0.0
    while !waits.isEmpty || !running.isEmpty {
      let ready = waits.filter(\.value.isEmpty).keys.sorted {
        let (one, other) = (order.ranks[$0] ?? 0, order.ranks[$1] ?? 0)
        return one != other ? one > other : $0 < $1
      }
      for spec in ready.prefix(max(0, jobs - running.count)) {
        waits[spec] = nil
        starts[spec] = now
        running.append((spec, now + (order.seconds[spec] ?? 0)))
      }
      // what is left waits for itself: such a circle has no time
      guard let first = running.min(by: { ($0.end, $0.spec) < ($1.end, $1.spec) }) else { return }
      running.removeAll { $0.spec == first.spec }
      for spec in waits.keys { waits[spec]?.remove(first.spec) }
      now = first.end
      end = max(end, now)
    }
  }
}

extension BuildOrder {
  /// Those of `nearest`, in that order, which all end within the budget together with what they need.
  package func fitting(
    _ nearest: [String], of graph: BuildGraph, jobs: Int, budget: Double, durations: Durations
  ) -> Set<String> {
    var chosen: Set<String> = []
    for spec in nearest {
      let more = chosen.union(graph.closure(of: spec).union([spec]).filter { seconds[$0] != nil })
      let order = BuildOrder(graph, building: more, durations: durations)
      if Timetable(graph, order, jobs: jobs).end <= budget { chosen = more }
    }
    // what is not built at all always fits
    return chosen.union(nearest.filter { seconds[$0] == nil })
  }
}
