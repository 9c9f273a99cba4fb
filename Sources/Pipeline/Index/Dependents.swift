import AzureLinux

/// Who needs something of a subject, nearest first.
package struct DependentsAnswer: Sendable, Codable, Hashable {
  package enum Kind: String, Sendable, Codable {
    /// A build root holds it.
    case builds
    /// A package asks for it at run time.
    case requires
  }
  package struct Dependent: Sendable, Codable, Hashable {
    /// 1: by a line of its own.
    package var level: Int
    package var kind: Kind
    package var spec: String
    /// Whose run-time requirement it is.
    package var package: String?
    package var via: String
    /// The package that meets it.
    package var of: String
    package var file: String
    /// Of the spec; none where rpm found the dependency in built files.
    package var line: Int?

    package init(
      level: Int, kind: Kind, spec: String, package: String?, via: String, of: String, file: String,
      line: Int?
    ) {
      self.level = level
      self.kind = kind
      self.spec = spec
      self.package = package
      self.via = via
      self.of = of
      self.file = file
      self.line = line
    }
  }
  package struct Level: Sendable, Codable, Hashable {
    package var level: Int
    /// Specs that build with it.
    package var builds: Int
    /// Packages that require it.
    package var requires: Int

    package init(level: Int, builds: Int, requires: Int) {
      self.level = level
      self.builds = builds
      self.requires = requires
    }
  }
  package var subject: Subject
  package var levels: [Level]
  /// Specs met at all, each once.
  package var specs: Int
  package var dependents: [Dependent]

  package init(subject: Subject, levels: [Level], specs: Int, dependents: [Dependent]) {
    self.subject = subject
    self.levels = levels
    self.specs = specs
    self.dependents = dependents
  }
}

extension DependencyIndex {
  /// A step goes from a package to the specs that build with it and to the packages that require it; the packages of
  /// such specs take the next one. What a spec's packages need of each other is no dependent.
  ///
  /// - Parameter levels: steps at most.
  package func dependents(of name: String, levels: Int) throws(PipelineError) -> DependentsAnswer {
    let subject = try subject(name)
    var isKnown = (
      packages: [Bool](repeating: false, count: packages.count),
      specs: [Bool](repeating: false, count: specs.count)
    )
    let own = Set(subject.kind == .spec ? subject.rows.specs : [])
    for package in subject.rows.packages { isKnown.packages[Int(package)] = true }
    for spec in own { isKnown.specs[Int(spec)] = true }
    var answer = DependentsAnswer(subject: subject, levels: [], specs: 0, dependents: [])
    var frontier = subject.rows.packages
    var level = 0
    while !frontier.isEmpty && level < levels {
      level += 1
      let met = uses(
        ofPackages: frontier,
        only: level == 1 && subject.kind == .capability ? texts.known(subject.bareName) : nil)
      var next: Set<Int32> = []
      var found: [DependentsAnswer.Dependent] = []
      for (spec, use) in met.builds where !isKnown.specs[Int(spec)] {
        isKnown.specs[Int(spec)] = true
        found.append(dependent(.builds, spec, nil, use, level))
        next.formUnion(packagesOfSpec[spec])
      }
      for (package, use) in met.requires where !isKnown.packages[Int(package)] {
        let spec = packages[Int(package)].spec
        found.append(dependent(.requires, spec, package, use, level))
        next.insert(package)
      }
      frontier = next.filter { !isKnown.packages[Int($0)] }.sorted()
      for package in frontier { isKnown.packages[Int(package)] = true }
      found.sort {
        ($0.kind.rawValue, $0.spec, $0.package ?? "") < ($1.kind.rawValue, $1.spec, $1.package ?? "")
      }
      guard !found.isEmpty else { continue }
      answer.levels.append(
        .init(
          level: level, builds: found.count { $0.kind == .builds },
          requires: found.count { $0.kind == .requires }))
      answer.dependents += found
    }
    answer.specs = Set(answer.dependents.map(\.spec)).subtracting(subject.specs).count
    return answer
  }

  /// Who needs one of these packages, each with its first way by name: the answer does not depend on the order of edits.
  ///
  /// - Parameter capability: leaves out needs that do not name it.
  private func uses(ofPackages frontier: [Int32], only capability: Int32?) -> (
    builds: [Int32: Way], requires: [Int32: Way]
  ) {
    var builds: [Int32: Way] = [:]
    var requires: [Int32: Way] = [:]
    for package in frontier.sorted(by: { name(ofPackage: $0) < name(ofPackage: $1) }) {
      forEachNeed(metBy: package, of: builders) { need in
        if let capability, !needsOfName[capability].contains(need) { return }
        for use in builders[need] {
          keep(Way(package: package, use: NeedUse(need: need, line: use.line)), of: use.owner, in: &builds)
        }
      }
      forEachNeed(metBy: package, of: requirers) { need in
        if let capability, !needsOfName[capability].contains(need) { return }
        for use in requirers[need] where use.owner != package {
          keep(Way(package: package, use: NeedUse(need: need, line: use.line)), of: use.owner, in: &requires)
        }
      }
    }
    return (builds, requires)
  }

  private func keep(_ way: Way, of owner: Int32, in ways: inout [Int32: Way]) {
    guard let old = ways[owner] else {
      ways[owner] = way
      return
    }
    if order(way) < order(old) { ways[owner] = way }
  }

  private func dependent(
    _ kind: DependentsAnswer.Kind, _ spec: Int32, _ package: Int32?, _ way: Way, _ level: Int
  ) -> DependentsAnswer.Dependent {
    .init(
      level: level, kind: kind, spec: id(ofSpec: spec), package: package.map { name(ofPackage: $0) },
      via: text(need: way.use.need), of: name(ofPackage: way.package), file: path(ofSpec: spec),
      line: way.use.line == 0 ? nil : Int(way.use.line))
  }
}

/// One need and the package that meets it.
struct Way: Hashable, Sendable {
  var package: Int32
  var use: DependencyIndex.NeedUse
}

extension DependencyIndex {
  /// Among ways of one length the first counts: a line of a spec before what rpm found, then by name.
  func order(_ way: Way) -> (Int, String, String, Int32) {
    (way.use.line == 0 ? 1 : 0, name(ofPackage: way.package), text(need: way.use.need), way.use.line)
  }
}
