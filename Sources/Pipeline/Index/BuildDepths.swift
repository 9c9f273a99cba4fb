import AzureLinux

extension DependencyIndex {
  /// For an order in which each spec is built after those that its build root may hold: how many of these come before it,
  /// one after the other. Specs that need each other have the same depth.
  package func depths(of ids: Set<String>) -> [String: Int] {
    guard ids.count > 1 else { return Dictionary(uniqueKeysWithValues: ids.map { ($0, 0) }) }
    let graph = NeedGraph(self)
    let wanted = Set(ids.compactMap { number(ofSpec: $0) }.map(graph.node(ofSpec:)))
    // what a component needs is found before it
    let components = graph.components()
    var component = [Int](repeating: 0, count: Int(graph.count))
    for (number, nodes) in components.enumerated() { for node in nodes { component[Int(node)] = number } }
    var depths = [Int](repeating: 0, count: components.count)
    var holds = [Int](repeating: 0, count: components.count)
    var found: [String: Int] = [:]
    for (number, nodes) in components.enumerated() {
      for node in nodes {
        for edge in graph.edges(of: node) {
          let below = component[Int(edge.to)]
          if below != number { depths[number] = max(depths[number], depths[below] + holds[below]) }
        }
      }
      for node in nodes where wanted.contains(node) {
        holds[number] = 1
        found[id(ofSpec: graph.spec(node))] = depths[number]
      }
    }
    return found
  }

  /// The same as steps, the first first; sorted within.
  package func steps(of ids: Set<String>) -> [[String]] {
    Dictionary(grouping: depths(of: ids), by: \.value).sorted { $0.key < $1.key }.map {
      $0.value.map(\.key).sorted()
    }
  }

  /// Specs that these reach.
  func reached(from ids: [String], levels: Int = .max) -> Set<String> {
    Set(reach(from: ids, levels: levels).found.map { id(ofSpec: $0.spec) })
  }

  /// Those of `others` that build with one of these, nearest first, with the ways.
  func builders(with ids: [String], among others: Set<String>) -> [AffectedReport.Spec] {
    var near = reach(from: ids, levels: 1)
    near.found.removeAll { !others.contains(id(ofSpec: $0.spec)) }
    return describe(near)
  }
}
