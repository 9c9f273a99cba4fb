import AzureLinux

/// What a set of changed specs reaches.
///
/// *Direct*: the build root holds a package of a changed spec, itself or through what the packages in it require at
/// run time. *Transitive*: only through specs that would be built again themselves.
package struct Reach: Sendable {
  /// How a spec or package was met: through whom, and by which need of whom.
  struct Step: Sendable, BitwiseCopyable {
    /// Package that brings the change; -1 for a changed spec's own package.
    var package: Int32
    var use: DependencyIndex.NeedUse
    /// Packages away, counted on from one level to the next.
    var distance: Int32

    static let none = Step(package: -1, use: .init(need: -1, line: 0), distance: .max)
    static func origin(_ distance: Int32) -> Step { Step(package: -1, use: none.use, distance: distance) }
    var isMet: Bool { distance != .max }
  }
  /// Specs, nearest first, then by name; `level` 1 is direct.
  struct Found: Sendable {
    var spec: Int32
    var level: Int
    var step: Step
  }
  var found: [Found] = []
  /// How each package was met, by package.
  var steps: [Step] = []
  /// Packages that hold or require a changed one at run time.
  var holders: [Int32] = []

  package var direct: Int { found.count { $0.level == 1 } }
  package var transitive: Int { found.count - direct }
}

extension DependencyIndex {
  /// Each package is met once: what needs one that was met on an earlier level was found there.
  ///
  /// - Parameter levels: how far (1: direct only).
  package func reach(from changed: [String], levels: Int = .max) -> Reach {
    var reach = Reach()
    reach.steps = [Reach.Step](repeating: .none, count: packages.count)
    var frontier = changed.compactMap { number(ofSpec: $0) }
    var isKnown = [Bool](repeating: false, count: specs.count)
    for spec in frontier { isKnown[Int(spec)] = true }
    var level = 0
    var distance: Int32 = 0
    while !frontier.isEmpty && level < levels {
      level += 1
      let holders = packagesHolding(frontier, &reach.steps, &distance)
      if level == 1 { reach.holders = holders }
      let found = builders(with: holders, reach.steps, isKnown)
      for one in found {
        isKnown[Int(one.spec)] = true
        reach.found.append(Reach.Found(spec: one.spec, level: level, step: one.step))
      }
      frontier = found.map(\.spec)
    }
    return reach
  }

  /// Names of all packages that hold or require a changed one at run time, for images.
  package func packages(of reach: Reach) -> Set<String> { Set(reach.holders.map { name(ofPackage: $0) }) }

  /// The packages of these specs and all that require them at run time, less those that were met before; each takes
  /// its nearest way.
  private func packagesHolding(
    _ specs: [Int32], _ steps: inout [Reach.Step], _ distance: inout Int32
  ) -> [Int32] {
    var all: [Int32] = []
    for spec in specs {
      for package in packagesOfSpec[spec] where !steps[Int(package)].isMet {
        steps[Int(package)] = .origin(distance)
        all.append(package)
      }
    }
    let users = requirers
    var start = 0
    while start < all.count {
      distance += 1
      let distance = distance
      let frontier = all[start...]
      start = all.count
      for package in frontier {
        forEachNeed(metBy: package, of: users) { need in
          users.forEach(need) { use in
            let step = Reach.Step(
              package: package, use: NeedUse(need: need, line: use.line), distance: distance)
            let old = steps[Int(use.owner)]
            if old.isMet {
              guard old.distance == distance, isNearer(step, than: old) else { return }
            } else {
              all.append(use.owner)
            }
            steps[Int(use.owner)] = step
          }
        }
      }
    }
    return all
  }

  /// Specs that build with one of these packages, nearest first, then by name.
  private func builders(
    with packages: [Int32], _ steps: [Reach.Step], _ isKnown: [Bool]
  ) -> [(spec: Int32, step: Reach.Step)] {
    var met = [Reach.Step](repeating: .none, count: specs.count)
    var found: [Int32] = []
    let users = builders
    for package in packages {
      let distance = steps[Int(package)].distance
      forEachNeed(metBy: package, of: users) { need in
        users.forEach(need) { use in
          guard !isKnown[Int(use.owner)] else { return }
          let step = Reach.Step(
            package: package, use: NeedUse(need: need, line: use.line), distance: distance)
          let old = met[Int(use.owner)]
          if !old.isMet { found.append(use.owner) } else if !isNearer(step, than: old) { return }
          met[Int(use.owner)] = step
        }
      }
    }
    let ids = specs.map(\.id)
    return found.sorted { a, b in
      let (one, other) = (met[Int(a)].distance, met[Int(b)].distance)
      return one != other ? one < other : texts.isBefore(ids[Int(a)], ids[Int(b)])
    }.map { ($0, met[Int($0)]) }
  }

  /// Among ways of one length that of the first name: the answer does not depend on the order of edits.
  private func isNearer(_ a: Reach.Step, than b: Reach.Step) -> Bool {
    if a.distance != b.distance { return a.distance < b.distance }
    if a.package != b.package {
      let (one, other) = (packages[Int(a.package)], packages[Int(b.package)])
      if one.name != other.name { return texts.isBefore(one.name, other.name) }
      // two specs may make a package of one name
      if one.spec != other.spec { return texts.isBefore(specs[Int(one.spec)].id, specs[Int(other.spec)].id) }
      return texts.isBefore(one.evr, other.evr)
    }
    if a.use.need != b.use.need { return isBefore(need: a.use.need, b.use.need) }
    return a.use.line < b.use.line
  }

  /// As their texts would be ordered.
  private func isBefore(need a: Int32, _ b: Int32) -> Bool {
    let (one, other) = (needs[Int(a)], needs[Int(b)])
    if one.name != other.name { return texts.isBefore(one.name, other.name) }
    if one.op != other.op { return one.op < other.op }
    return texts.isBefore(one.evr, other.evr)
  }
}
