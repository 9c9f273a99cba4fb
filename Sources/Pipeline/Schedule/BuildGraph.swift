import AzureLinux

/// The builds of one request, by spec, and which of them wait for which: exact, since it is made of planned roots.
package struct BuildGraph: Sendable, Hashable {
  /// Specs whose packages stand in the build root of each.
  package private(set) var needs: [String: [String]]

  package init(needs: [String: [String]]) { self.needs = needs }

  mutating func add(_ spec: String, needing others: [String]) { needs[spec] = others }

  package var specs: [String] { needs.keys.sorted() }

  /// What each needs comes before it; by name where that does not decide. Members of a circle come last.
  package var order: [String] {
    var open = needs.mapValues { Set($0.filter { needs[$0] != nil }) }
    var order: [String] = []
    while true {
      let ready = open.filter(\.value.isEmpty).keys.sorted()
      guard !ready.isEmpty else { return order + open.keys.sorted() }
      for spec in ready { open[spec] = nil }
      for (spec, waits) in open { open[spec] = waits.subtracting(ready) }
      order += ready
    }
  }

  /// All that a spec waits for; itself only on a circle.
  package func closure(of spec: String) -> Set<String> {
    var found: Set<String> = []
    var queue = needs[spec] ?? []
    while let next = queue.popLast() {
      if found.insert(next).inserted { queue += needs[next] ?? [] }
    }
    return found
  }

  /// Groups whose members need each other, largest first: those whom a search along the needs finds together again
  /// when it goes back (Kosaraju's way).
  package var circles: [[String]] {
    var users: [String: [String]] = [:]
    for (spec, needs) in needs { for need in needs { users[need, default: []].append(spec) } }
    var known: Set<String> = []
    var ended: [String] = []
    for spec in specs { ended += Self.search(from: spec, along: needs, &known) }
    known = []
    var circles: [[String]] = []
    for spec in ended.reversed() where needs[spec] != nil {
      let group = Self.search(from: spec, along: users, &known)
      if group.count > 1 { circles.append(group.sorted()) }
    }
    return circles.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
  }

  /// What is met from there for the first time, in the order in which it is left again.
  private static func search(
    from start: String, along edges: [String: [String]], _ known: inout Set<String>
  ) -> [String] {
    guard known.insert(start).inserted else { return [] }
    var ended: [String] = []
    var open = [(spec: start, next: (edges[start] ?? []).sorted()[...])]
    while let last = open.last {
      guard let next = last.next.first else {
        ended.append(last.spec)
        open.removeLast()
        continue
      }
      open[open.count - 1].next.removeFirst()
      if known.insert(next).inserted { open.append((next, (edges[next] ?? []).sorted()[...])) }
    }
    return ended
  }

  /// The fewest specs of a group that need each other in turn: each the next, the last the first.
  package func shortestCircle(in group: [String]) -> [String] {
    var best: [String] = []
    for start in group.sorted() {
      var before: [String: String] = [:]
      var queue = [start]
      var position = 0
      search: while position < queue.count {
        let spec = queue[position]
        position += 1
        for next in (needs[spec] ?? []).sorted() where group.contains(next) {
          if next == start {
            var way = [spec]
            while let previous = way.last.flatMap({ before[$0] }) { way.append(previous) }
            if best.isEmpty || way.count < best.count { best = way.reversed() }
            break search
          }
          guard before[next] == nil else { continue }
          before[next] = spec
          queue.append(next)
        }
      }
    }
    return best
  }
}
