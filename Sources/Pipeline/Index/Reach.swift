import AzureLinux

/// What a set of changed specs reaches.
///
/// *Direct*: the build root holds a package of a changed spec, itself or through what the packages in it require at
/// run time. *Transitive*: only through specs that would be built again themselves.
package struct Reach: Sendable {
  /// How a spec or package was met: through whom, and by which need of whom.
  struct Step: Hashable, Sendable {
    /// Package that brings the change; -1 for a changed spec's own package.
    var package: Int32
    var use: DependencyIndex.NeedUse
  }
  /// Specs, nearest first, then by name; `level` 1 is direct.
  struct Found: Sendable {
    var spec: Int32
    var level: Int
    var step: Step
  }
  var found: [Found] = []
  /// How each package was met, by level and package.
  var steps: [[Int32: Step]] = []
  /// Names of all packages that hold or require a changed one at run time, for images.
  package var packages: Set<String> = []

  package var direct: Int { found.count { $0.level == 1 } }
  package var transitive: Int { found.count - direct }
}

extension DependencyIndex {
  /// - Parameter levels: how far (1: direct only).
  package func reach(from changed: [String], levels: Int = .max) -> Reach {
    var reach = Reach()
    var frontier = changed.compactMap { number(ofSpec: $0) }
    var isKnown = [Bool](repeating: false, count: specs.count)
    for spec in frontier { isKnown[Int(spec)] = true }
    var level = 0
    while !frontier.isEmpty && level < levels {
      level += 1
      let steps = packagesHolding(frontier)
      var met: [Int32: (step: Step, distance: Int32)] = [:]
      for (package, way) in steps {
        forEachNeed(metBy: package) { need in
          for use in builders[need] where !isKnown[Int(use.owner)] {
            let step = Step(package: package, use: NeedUse(need: need, line: use.line))
            if let old = met[use.owner], !isNearer((step, way.distance), than: old) { continue }
            met[use.owner] = (step, way.distance)
          }
        }
      }
      reach.steps.append(steps.mapValues(\.step))
      if level == 1 { reach.packages = Set(steps.keys.map { texts[packages[Int($0)].name] }) }
      let found = met.map { (spec: $0.key, step: $0.value.step, distance: $0.value.distance) }.sorted {
        ($0.distance, id(ofSpec: $0.spec)) < ($1.distance, id(ofSpec: $1.spec))
      }
      for one in found {
        isKnown[Int(one.spec)] = true
        reach.found.append(Reach.Found(spec: one.spec, level: level, step: one.step))
      }
      frontier = found.map(\.spec)
    }
    return reach
  }

  typealias Step = Reach.Step

  /// The packages of these specs and all that require them at run time, each with its nearest way.
  private func packagesHolding(_ specs: [Int32]) -> [Int32: (step: Step, distance: Int32)] {
    var ways: [Int32: (step: Step, distance: Int32)] = [:]
    var frontier: [Int32] = []
    let origin = Step(package: -1, use: NeedUse(need: -1, line: 0))
    for spec in specs {
      for package in packagesOfSpec[spec] where ways[package] == nil {
        ways[package] = (origin, 0)
        frontier.append(package)
      }
    }
    var distance: Int32 = 0
    while !frontier.isEmpty {
      distance += 1
      var next: [Int32] = []
      for package in frontier {
        forEachNeed(metBy: package) { need in
          for use in requirers[need] {
            let step = Step(package: package, use: NeedUse(need: need, line: use.line))
            if let old = ways[use.owner] {
              guard old.distance == distance, isNearer((step, distance), than: old) else { continue }
            } else {
              next.append(use.owner)
            }
            ways[use.owner] = (step, distance)
          }
        }
      }
      frontier = next
    }
    return ways
  }

  /// Among ways of one length that of the first name: the answer does not depend on the order of edits.
  private func isNearer(_ a: (step: Step, distance: Int32), than b: (step: Step, distance: Int32)) -> Bool {
    if a.distance != b.distance { return a.distance < b.distance }
    if a.step.package != b.step.package {
      let (one, other) = (packages[Int(a.step.package)], packages[Int(b.step.package)])
      if one.name != other.name { return texts[one.name] < texts[other.name] }
      // two specs may make a package of one name
      if one.spec != other.spec { return id(ofSpec: one.spec) < id(ofSpec: other.spec) }
      return texts[one.evr] < texts[other.evr]
    }
    if a.step.use.need != b.step.use.need {
      return text(need: a.step.use.need) < text(need: b.step.use.need)
    }
    return a.step.use.line < b.step.use.line
  }
}
