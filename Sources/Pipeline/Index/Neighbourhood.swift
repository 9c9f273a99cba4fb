import AzureLinux

/// Specs around a subject and what they need of each other, for export.
package struct NeighbourhoodAnswer: Sendable, Codable, Hashable {
  package struct Node: Sendable, Codable, Hashable {
    package var spec: String
    package var path: String
    /// Steps to the subject; 0 for itself, and for everything where there is none.
    package var distance: Int
  }
  package struct Edge: Sendable, Codable, Hashable {
    package var from: String
    package var to: String
    package var kind: DependentsAnswer.Kind
    /// All needs that make it one; the first with its line.
    package var via: [String]
    package var file: String
    package var line: Int?
  }
  package var subject: Subject?
  package var nodes: [Node]
  package var edges: [Edge]

  /// As graphviz reads it.
  package var dot: String {
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    var lines = [
      "digraph needs {", "  rankdir=LR;", "  node [shape=box, fontname=\"sans-serif\", fontsize=10];",
    ]
    lines.append("  edge [fontname=\"sans-serif\", fontsize=8];")
    for node in nodes {
      let mark = subject != nil && node.distance == 0 ? ", style=bold" : ""
      lines.append("  \(quoted(node.spec)) [tooltip=\(quoted(node.path))\(mark)];")
    }
    for edge in edges {
      let place = edge.line.map { "\(edge.file):\($0)" } ?? edge.file
      let more = edge.via.count > 1 ? " +\(edge.via.count - 1)" : ""
      let dashed = edge.kind == .requires ? ", style=dashed" : ""
      lines.append(
        "  \(quoted(edge.from)) -> \(quoted(edge.to)) [label=\(quoted((edge.via.first ?? "") + more)), "
          + "tooltip=\(quoted(place))\(dashed)];")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }
}

extension DependencyIndex {
  /// - Parameters:
  ///   - name: nil for the whole tree.
  ///   - radius: steps in both directions.
  package func neighbourhood(of name: String?, radius: Int) throws(PipelineError) -> NeighbourhoodAnswer {
    var subject: Subject?
    if let name { subject = try self.subject(name) }
    let graph = NeedGraph(self)
    let edges = specEdges(graph)
    var distances: [Int32: Int] = [:]
    if let subject {
      var neighbours: [Int32: Set<Int32>] = [:]
      for edge in edges.keys {
        neighbours[edge.from, default: []].insert(edge.to)
        neighbours[edge.to, default: []].insert(edge.from)
      }
      var frontier = Set(subject.rows.specs)
      for distance in 0...max(0, radius) {
        for spec in frontier { distances[spec] = distance }
        frontier = Set(frontier.flatMap { neighbours[$0] ?? [] }).filter { distances[$0] == nil }
      }
    } else {
      for spec in specs.indices where specs[spec].isThere { distances[Int32(spec)] = 0 }
    }
    let nodes = distances.map { spec, distance in
      NeighbourhoodAnswer.Node(
        spec: id(ofSpec: spec), path: path(ofSpec: spec), distance: distance)
    }
    return NeighbourhoodAnswer(
      subject: subject, nodes: nodes.sorted { ($0.distance, $0.spec) < ($1.distance, $1.spec) },
      edges: edges.compactMap { ends, uses in
        guard distances[ends.from] != nil, distances[ends.to] != nil else { return nil }
        return edge(ends, uses)
      }.sorted { ($0.from, $0.to, $0.kind.rawValue) < ($1.from, $1.to, $1.kind.rawValue) })
  }

  private struct Ends: Hashable {
    var from: Int32
    var to: Int32
    var kind: DependentsAnswer.Kind
  }

  /// What each spec's build and its packages need of other specs, by these.
  private func specEdges(_ graph: NeedGraph) -> [Ends: [NeedUse]] {
    var edges: [Ends: [NeedUse]] = [:]
    for number in specs.indices where specs[number].isThere {
      let spec = Int32(number)
      for node in [graph.node(ofSpec: spec)] + packagesOfSpec[spec] {
        for edge in graph.edges(of: node) {
          guard let use = edge.use, graph.spec(edge.to) != spec else { continue }
          edges[
            Ends(from: spec, to: graph.spec(edge.to), kind: graph.isBuild(node) ? .builds : .requires),
            default: []
          ].append(use)
        }
      }
    }
    return edges
  }

  private func edge(_ ends: Ends, _ uses: [NeedUse]) -> NeighbourhoodAnswer.Edge {
    let uses = uses.sorted { a, b in
      (a.line == 0 ? .max : a.line, text(need: a.need)) < (b.line == 0 ? .max : b.line, text(need: b.need))
    }
    var via: [String] = []
    for use in uses {
      let text = text(need: use.need)
      if !via.contains(text) { via.append(text) }
    }
    let line = uses.first.flatMap { $0.line == 0 ? nil : Int($0.line) }
    return NeighbourhoodAnswer.Edge(
      from: id(ofSpec: ends.from), to: id(ofSpec: ends.to), kind: ends.kind, via: via,
      file: path(ofSpec: ends.from), line: line)
  }
}
