import AzureLinux

/// Needs as edges between packages and the builds that make them: a build needs what stands in its root, a package
/// what it requires there, and the build that makes it. Of a need that several packages meet each is an edge: which
/// one a root takes is the solver's choice. Belongs to one question.
final class NeedGraph {
  /// A package by its number; the build of a spec by its number after all packages.
  typealias Node = Int32
  struct Edge {
    var to: Node
    /// Nil for the build that makes a package.
    var use: DependencyIndex.NeedUse?
  }
  struct Link {
    var from: Node
    var edge: Edge
  }

  let index: DependencyIndex
  let packages: Int32
  var count: Int32 { packages + Int32(index.specs.count) }
  private var providers: [Int32: [Int32]] = [:]
  private var known: [Node: [Edge]] = [:]

  init(_ index: DependencyIndex) {
    self.index = index
    packages = Int32(index.packages.count)
  }

  func node(ofSpec number: Int32) -> Node { packages + number }
  func isBuild(_ node: Node) -> Bool { node >= packages }
  /// The spec that a build is of, or that makes a package.
  func spec(_ node: Node) -> Int32 { isBuild(node) ? node - packages : index.packages[Int(node)].spec }

  /// In the order of the lines that make them; what rpm found in built files comes last.
  func edges(of node: Node) -> [Edge] {
    if let found = known[node] { return found }
    guard spec(node) >= 0 else { return [] }
    let uses =
      isBuild(node)
      ? index.buildRequires[node - packages] : index.requires[node]
    var edges: [Edge] = []
    for use in uses.sorted(by: isBefore) {
      for package in meeting(use.need) where package != node { edges.append(Edge(to: package, use: use)) }
    }
    if !isBuild(node) { edges.append(Edge(to: self.node(ofSpec: spec(node)), use: nil)) }
    known[node] = edges
    return edges
  }

  private func isBefore(_ a: DependencyIndex.NeedUse, _ b: DependencyIndex.NeedUse) -> Bool {
    if a.line != b.line { return a.line != 0 && (b.line == 0 || a.line < b.line) }
    return index.text(need: a.need) < index.text(need: b.need)
  }

  private func meeting(_ need: Int32) -> [Int32] {
    if let found = providers[need] { return found }
    let found = index.providers(of: need).sorted { name($0) < name($1) }
    providers[need] = found
    return found
  }

  /// By which nodes are ordered: numbers depend on the order of edits.
  func name(_ node: Node) -> (String, String) {
    let spec = index.id(ofSpec: spec(node))
    return isBuild(node) ? (spec, "") : (index.name(ofPackage: node), spec)
  }

  // MARK: ways

  /// The shortest way from one of `starts` to one of `goals`: fewest other builds, then fewest steps.
  ///
  /// - Parameters:
  ///   - builds: other builds at least and at most.
  ///   - inside: nodes that it may touch; nil for all.
  func path(
    from starts: [Node], to goals: Set<Node>, builds: ClosedRange<Int> = 0...Int.max, inside: Set<Node>? = nil
  ) -> [Link]? {
    var links: [Node: Link] = [:]
    let isStart = Set(starts)
    var frontier = starts
    var level = 0
    while !frontier.isEmpty && level <= builds.upperBound {
      var makers: [Node: Link] = [:]
      while !frontier.isEmpty {
        var next: [Node] = []
        for node in frontier {
          for edge in edges(of: node) where inside?.contains(edge.to) != false {
            let link = Link(from: node, edge: edge)
            if isBuild(edge.to) {
              if links[edge.to] == nil, makers[edge.to] == nil, !isStart.contains(edge.to) {
                makers[edge.to] = link
              }
            } else if goals.contains(edge.to) {
              guard level >= builds.lowerBound else { continue }
              return way(to: link, links, isStart)
            } else if links[edge.to] == nil, !isStart.contains(edge.to) {
              links[edge.to] = link
              next.append(edge.to)
            }
          }
        }
        frontier = next
      }
      level += 1
      links.merge(makers) { old, _ in old }
      frontier = makers.keys.sorted { name($0) < name($1) }
    }
    return nil
  }

  private func way(to last: Link, _ links: [Node: Link], _ starts: Set<Node>) -> [Link] {
    var way = [last]
    while let from = way.last?.from, !starts.contains(from), let link = links[from] { way.append(link) }
    return way.reversed()
  }

  /// Builds that a way goes into.
  func builds(in path: [Link]) -> Int { path.count { isBuild($0.edge.to) } }

  func steps(_ path: [Link]) -> [WhyAnswer.Step] {
    path.compactMap { link in
      guard let use = link.edge.use else { return nil }
      let spec = spec(link.from)
      return WhyAnswer.Step(
        kind: isBuild(link.from) ? .builds : .requires, spec: index.id(ofSpec: spec),
        package: isBuild(link.from) ? nil : index.name(ofPackage: link.from), via: index.text(need: use.need),
        provider: index.name(ofPackage: link.edge.to),
        providerSpec: index.id(ofSpec: self.spec(link.edge.to)), file: index.path(ofSpec: spec),
        line: use.line == 0 ? nil : Int(use.line))
    }
  }
}
