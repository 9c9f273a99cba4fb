import AzureLinux

/// Which specs a set of changed specs reaches, nearest first, each with the shortest way there.
///
/// *Direct*: the build root holds a package of a changed spec, itself or through what the packages in it
/// require at run time. *Transitive*: only through specs that would be built again themselves.
package struct Affected: Sendable {
  private let graph: PackageGraph
  private let paths: [String: String]
  /// Packages that require this one, with the dependency that says so.
  private var requirers: [String: [(package: String, via: Dependency)]] = [:]
  /// Specs that build with this package.
  private var builders: [String: [(spec: String, via: Dependency)]] = [:]
  private var packagesOf: [String: [String]] = [:]

  /// - Parameter paths: spec file by spec id, for the edges' places.
  package init(graph: PackageGraph, paths: [String: String]) {
    self.graph = graph
    self.paths = paths
    for (name, package) in graph.packages.sorted(by: { $0.key < $1.key }) {
      if let spec = package.spec { packagesOf[spec, default: []].append(name) }
      for need in package.requires {
        for provider in need.providers { requirers[provider, default: []].append((name, need.dependency)) }
      }
    }
    for (spec, needs) in graph.buildRequires.sorted(by: { $0.key < $1.key }) {
      for need in needs {
        for provider in need.providers { builders[provider, default: []].append((spec, need.dependency)) }
      }
    }
  }

  /// All but the changed ones; `levels` limits how far (1: direct only).
  package func reached(from changed: [String], levels: Int = .max) -> [AffectedReport.Spec] {
    var ways: [String: [AffectedReport.Edge]] = Dictionary(changed.map { ($0, []) }) { first, _ in first }
    var result: [AffectedReport.Spec] = []
    var frontier = changed
    var level = 0
    while !frontier.isEmpty && level < levels {
      level += 1
      let found = dependents(of: frontier, ways: ways).filter { ways[$0.key] == nil }
      for (spec, way) in found.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
        ways[spec] = way
        result.append(
          AffectedReport.Spec(
            spec: spec, level: level == 1 ? .direct : .transitive, reason: Self.reason(way), path: way))
      }
      frontier = found.keys.sorted()
    }
    return result
  }

  /// Specs whose build root holds a package of one of `specs`, each with its way.
  private func dependents(
    of specs: [String], ways: [String: [AffectedReport.Edge]]
  ) -> [String: [AffectedReport.Edge]] {
    // breadth first over packages, so that each is met by its shortest way
    var wayTo: [String: [AffectedReport.Edge]] = [:]
    var queue: [String] = []
    for spec in specs {
      for package in packagesOf[spec] ?? [] where wayTo[package] == nil {
        wayTo[package] = ways[spec] ?? []
        queue.append(package)
      }
    }
    queue.sort { (wayTo[$0]?.count ?? 0, $0) < (wayTo[$1]?.count ?? 0, $1) }
    var next = 0
    while next < queue.count {
      let package = queue[next]
      next += 1
      for (requirer, via) in requirers[package] ?? [] where wayTo[requirer] == nil {
        let from = graph.packages[package]?.spec ?? package
        let to = graph.packages[requirer]?.spec ?? requirer
        let step = AffectedReport.Edge(
          from: from, to: to, edge: "requires", via: via.text, file: paths[to], line: via.line)
        wayTo[requirer] = (wayTo[package] ?? []) + (from == to ? [] : [step])
        queue.append(requirer)
      }
    }
    var found: [String: [AffectedReport.Edge]] = [:]
    for package in queue {
      for (spec, via) in builders[package] ?? [] {
        let from = graph.packages[package]?.spec ?? package
        guard from != spec else { continue }
        let way =
          (wayTo[package] ?? []) + [
            AffectedReport.Edge(
              from: from, to: spec, edge: "build_requires", via: via.text, file: paths[spec], line: via.line)
          ]
        if (found[spec]?.count ?? .max) > way.count { found[spec] = way }
      }
    }
    return found
  }

  private static func reason(_ way: [AffectedReport.Edge]) -> String {
    guard let last = way.last else { return "changed" }
    let place = last.file.map { file in last.line.map { "\(file):\($0)" } ?? file }
    let through =
      way.dropLast().isEmpty
      ? ""
      : ", which "
        + way.dropLast().reversed().map {
          "\($0.edge == "requires" ? "requires" : "builds with") \($0.via) (\($0.from))"
        }.joined(separator: ", which ")
    return "builds with \(last.via) of \(last.from)\(through)" + (place.map { "  \($0)" } ?? "")
  }
}
