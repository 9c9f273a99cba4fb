import AzureLinux

/// How long builds are expected to take.
package struct Durations: Sendable, Hashable {
  /// Of the last success of each spec.
  package var known: [String: Double]
  package init(_ known: [String: Double] = [:]) { self.known = known }

  /// Stands for a build that was never seen; nil when none was.
  package var median: Double? {
    let sorted = known.values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  package subscript(spec: String) -> Double { known[spec] ?? median ?? 1 }
}

/// Which of the builds that could start now should: the one from which the way to the end is longest.
package struct BuildOrder: Sendable, Hashable {
  /// Expected seconds of each build that is to be made.
  package var seconds: [String: Double]
  /// Seconds from the start of a build to the end of the last that waits for it.
  package var ranks: [String: Double]

  /// - Parameter specs: those of the graph that are to be built; the others take no time.
  package init(_ graph: BuildGraph, building specs: Set<String>, durations: Durations) {
    seconds = specs.reduce(into: [:]) { $0[$1] = durations[$1] }
    ranks = [:]
    var users: [String: [String]] = [:]
    for (spec, needs) in graph.needs { for need in needs { users[need, default: []].append(spec) } }
    for spec in graph.order.reversed() {
      ranks[spec] = (seconds[spec] ?? 0) + ((users[spec] ?? []).compactMap { ranks[$0] }.max() ?? 0)
    }
    ranks = ranks.filter { specs.contains($0.key) }
  }

  /// Of the longest way.
  package var criticalPath: Double { ranks.values.max() ?? 0 }
  package var work: Double { seconds.values.reduce(0, +) }
}
