import AzureLinux

/// Specs that cannot all be built from the tree alone, since each needs what another makes.
package struct CyclesAnswer: Sendable, Codable, Hashable {
  package struct Component: Sendable, Codable, Hashable {
    package var size: Int
    package var members: [String]
    /// The shortest circle in it: each step ends where the next begins, the last where the first does.
    package var shortest: [WhyAnswer.Step]
    /// Builds in that circle.
    package var builds: Int
    /// Specs whose build root holds their own packages.
    package var selves: [String]

    package init(size: Int, members: [String], shortest: [WhyAnswer.Step], builds: Int, selves: [String]) {
      self.size = size
      self.members = members
      self.shortest = shortest
      self.builds = builds
      self.selves = selves
    }
  }
  package var subject: Subject?
  /// Largest first.
  package var components: [Component]

  package init(subject: Subject?, components: [Component]) {
    self.subject = subject
    self.components = components
  }
}

extension DependencyIndex {
  /// Strongly connected components of builds and packages that hold a build.
  ///
  /// - Parameter name: only the component of this spec, and the shortest circle through it.
  package func cycles(of name: String? = nil) throws(PipelineError) -> CyclesAnswer {
    var subject: Subject?
    if let name { subject = try self.subject(name) }
    let graph = NeedGraph(self)
    let wanted = subject.map { Set($0.rows.specs.map(graph.node(ofSpec:))) }
    let components = graph.components().filter { component in
      component.count > 1 && component.contains(where: graph.isBuild)
        && (wanted.map { !$0.isDisjoint(with: component) } ?? true)
    }
    return CyclesAnswer(
      subject: subject,
      components: components.map { graph.describe($0, through: wanted) }
        .sorted { ($1.size, $0.members.first ?? "") < ($0.size, $1.members.first ?? "") })
  }
}

extension NeedGraph {
  /// Tarjan's, without recursion: a chain of needs is as long as the tree likes.
  func components() -> [[Node]] {
    var number = [Int32](repeating: -1, count: Int(count))
    var low = number
    var isOpen = [Bool](repeating: false, count: Int(count))
    var open: [Node] = []
    var calls: [(node: Node, edges: [Edge], position: Int)] = []
    var found: [[Node]] = []
    var next: Int32 = 0

    func enter(_ node: Node) {
      number[Int(node)] = next
      low[Int(node)] = next
      next += 1
      open.append(node)
      isOpen[Int(node)] = true
      calls.append((node, edges(of: node), 0))
    }
    for start in 0..<count where number[Int(start)] < 0 {
      enter(start)
      while let call = calls.last {
        if call.position < call.edges.count {
          calls[calls.count - 1].position += 1
          let to = call.edges[call.position].to
          if number[Int(to)] < 0 {
            enter(to)
          } else if isOpen[Int(to)] {
            low[Int(call.node)] = min(low[Int(call.node)], number[Int(to)])
          }
          continue
        }
        calls.removeLast()
        if let parent = calls.last?.node { low[Int(parent)] = min(low[Int(parent)], low[Int(call.node)]) }
        guard low[Int(call.node)] == number[Int(call.node)] else { continue }
        let first = open.lastIndex(of: call.node) ?? 0
        let component = Array(open[first...])
        open.removeSubrange(first...)
        for node in component { isOpen[Int(node)] = false }
        found.append(component)
      }
    }
    return found
  }

  func describe(_ component: [Node], through wanted: Set<Node>?) -> CyclesAnswer.Component {
    let inside = Set(component)
    let builds = component.filter(isBuild).sorted { name($0) < name($1) }
    let selves = builds.filter { circle(through: $0, builds: 0...0, inside) != nil }
    // what a spec needs of itself is listed apart; a circle of several says more
    let least = builds.count > 1 ? 1 : 0
    var best: [Link]?
    var bound = Int.max
    for build in builds where wanted?.contains(build) != false {
      guard bound >= least, let found = circle(through: build, builds: least...bound, inside) else {
        continue
      }
      let (old, new) = (best.map { (self.builds(in: $0), $0.count) }, (self.builds(in: found), found.count))
      if let old, old <= new { continue }
      best = found
      bound = new.0
    }
    let steps = steps(best ?? [])
    return CyclesAnswer.Component(
      size: builds.count, members: builds.map { name($0).0 }, shortest: steps,
      builds: best.map { self.builds(in: $0) + 1 } ?? 0, selves: selves.map { name($0).0 })
  }

  private func circle(through build: Node, builds: ClosedRange<Int>, _ inside: Set<Node>) -> [Link]? {
    let own = Set(index.packagesOfSpec[spec(build)])
    return path(from: [build], to: own, builds: builds, inside: inside)
  }
}
