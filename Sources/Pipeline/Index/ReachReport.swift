import AzureLinux

/// A reach as people and scripts read it.
extension DependencyIndex {
  /// - Parameter limit: direct ones at most, and as many of the others; all are counted in `Reach`.
  package func describe(_ reach: Reach, limit: Int = .max) -> [AffectedReport.Spec] {
    var places = [Int32](repeating: -1, count: specs.count)
    for (place, one) in reach.found.enumerated() { places[Int(one.spec)] = Int32(place) }
    let direct = reach.direct
    let named = reach.found[..<direct].prefix(limit) + reach.found[direct...].prefix(limit)
    return named.map { found in
      let way = way(to: found, in: reach, places)
      return AffectedReport.Spec(
        spec: id(ofSpec: found.spec), level: found.level == 1 ? .direct : .transitive,
        reason: Self.reason(way), path: way)
    }
  }

  private func way(to found: Reach.Found, in reach: Reach, _ places: [Int32])
    -> [AffectedReport.Edge]
  {
    var way: [AffectedReport.Edge] = []
    var next: Reach.Found? = found
    while let here = next {
      let maker = packages[Int(here.step.package)].spec
      way.append(edge("build_requires", from: maker, to: here.spec, here.step.use))
      var package = here.step.package
      // back along what requires what at run time
      while case let step = reach.steps[Int(package)], step.package >= 0 {
        let from = packages[Int(step.package)].spec
        let to = packages[Int(package)].spec
        if from != to { way.append(edge("requires", from: from, to: to, step.use)) }
        package = step.package
      }
      let place = here.level == 1 ? -1 : places[Int(packages[Int(package)].spec)]
      next = place < 0 ? nil : reach.found[Int(place)]
    }
    return way.reversed()
  }

  func edge(_ kind: String, from: Int32, to: Int32, _ use: NeedUse) -> AffectedReport.Edge {
    AffectedReport.Edge(
      from: id(ofSpec: from), to: id(ofSpec: to), edge: kind, via: text(need: use.need),
      file: path(ofSpec: to),
      line: use.line == 0 ? nil : Int(use.line))
  }

  static func reason(_ way: [AffectedReport.Edge]) -> String {
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
