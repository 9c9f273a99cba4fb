import AzureLinux

/// Who needs and who offers what in the whole tree, kept up to date spec by spec.
///
/// Declared dependencies come from the parsed specs; what rpm finds in built files (sonames, `pkgconfig()`, paths) from
/// the published packages of the same name. Everything is numbered: a walk over three thousand specs touches no text.
/// Belongs to one actor.
package final class DependencyIndex {
  /// A name with a range of versions. Needed by somebody, or offered by a package.
  struct Term: Hashable, Sendable {
    var name: Int32
    /// 0: any version.
    var op: UInt8
    var evr: Int32
  }
  /// A need that somebody has: a term, or a rich dependency that stands for several.
  struct Need: Sendable {
    var term: Term
    var rich: RichDependency?
  }
  /// One who has a need, and the line of the spec that says so (0: none does).
  struct Use: Hashable, Sendable {
    var owner: Int32
    var line: Int32
  }
  struct NeedUse: Hashable, Sendable {
    var need: Int32
    var line: Int32
  }
  struct PackageRow: Sendable {
    var name: Int32
    var spec: Int32
    var evr: String
    var offers: [Term] = []
    var requires: [NeedUse] = []
  }
  struct SpecRow: Sendable {
    var id: String
    var path: String
    var packages: [Int32] = []
    var buildRequires: [NeedUse] = []
    /// Specs, as macros spell them, whose version it reads.
    var reads: [String] = []
    var isThere = true
  }

  let matching: any DependencyMatching
  package private(set) var facts: PublishedFacts

  var texts = Interner()
  var needs: [Need] = []
  private var needNumbers: [Term: Int32] = [:]
  private var richNumbers: [String: Int32] = [:]
  /// By name: the needs that a package with such an offer may meet.
  var needsOfName: [[Int32]] = []
  /// By name: packages with such an offer.
  var offerersOfName: [[Int32]] = []

  var packages: [PackageRow] = []
  var specs: [SpecRow] = []
  var specNumbers: [String: Int32] = [:]
  /// By need.
  var requirers: [[Use]] = []
  var builders: [[Use]] = []
  private var freePackages: [Int32] = []
  var memo = MatchMemo()
  /// Numbered since the facts were asked.
  private var new: (packages: Set<String>, names: Set<String>) = ([], [])

  package init(matching: any DependencyMatching, facts: PublishedFacts) {
    self.matching = matching
    self.facts = facts
  }

  // MARK: one spec

  /// Takes what a spec says now in the place of what it said before.
  package func update(_ info: SpecInfo) {
    remove(spec: info.id)
    let number = specNumbers[info.id] ?? Int32(specs.count)
    if number == specs.count { specs.append(SpecRow(id: info.id, path: info.path)) }
    specNumbers[info.id] = number
    var row = SpecRow(id: info.id, path: info.path)
    row.reads = info.reads
    if info.status == .ok {
      for dependency in info.buildRequires {
        let use = use(dependency)
        row.buildRequires.append(use)
        builders[Int(use.need)].append(Use(owner: number, line: use.line))
      }
      row.packages = info.packages.map { add($0, of: number, among: info.packages) }
    }
    specs[Int(number)] = row
  }

  /// Forgets a spec that is no longer in the tree.
  ///
  /// - Parameter path: only if it was there; a spec of the same name may stand elsewhere by now.
  package func remove(spec id: String, at path: String? = nil) {
    guard let number = specNumbers[id], specs[Int(number)].isThere else { return }
    if let path, specs[Int(number)].path != path { return }
    let row = specs[Int(number)]
    for use in row.buildRequires { builders[Int(use.need)].removeAll { $0.owner == number } }
    for package in row.packages {
      let old = packages[Int(package)]
      for use in old.requires { requirers[Int(use.need)].removeAll { $0.owner == package } }
      for offer in old.offers { offerersOfName[Int(offer.name)].removeAll { $0 == package } }
      packages[Int(package)] = PackageRow(name: old.name, spec: -1, evr: "")
      freePackages.append(package)
    }
    specs[Int(number)] = SpecRow(id: id, path: row.path, isThere: false)
    memo.providers = [:]
  }

  private func add(_ package: BinaryPackage, of spec: Int32, among siblings: [BinaryPackage]) -> Int32 {
    let name = name(package.nevra.name)
    new.packages.insert(package.nevra.name)
    let number = freePackages.popLast() ?? Int32(packages.count)
    var row = PackageRow(name: name, spec: spec, evr: package.nevra.evr.description)
    var provides = package.provides
    var requires = package.requires
    if let published = facts.packages[package.nevra.name] {
      let declared = Set(provides.map(\.name) + [package.nevra.name])
      provides += published.provides.filter { !declared.contains($0.name) }
        .map { $0.following(from: published.evr, to: package.nevra.evr) }
      let needed = Set(requires.map(\.name))
      let names = Set(siblings.map(\.nevra.name))
      requires += published.requires.filter { !needed.contains($0.name) && !names.contains($0.bareName) }
    }
    // rpm adds this to what the spec says
    row.offers = [Term(name: name, op: Operators.code("="), evr: self.name(row.evr))]
    for dependency in provides where !dependency.isRich {
      let offer = term(dependency)
      if !row.offers.contains(offer) { row.offers.append(offer) }
    }
    for offer in row.offers where offerersOfName[Int(offer.name)].last != number {
      offerersOfName[Int(offer.name)].append(number)
    }
    for dependency in requires {
      let use = use(dependency)
      row.requires.append(use)
      requirers[Int(use.need)].append(Use(owner: number, line: use.line))
    }
    if number == packages.count { packages.append(row) } else { packages[Int(number)] = row }
    return number
  }

  // MARK: numbers

  private func name(_ text: String) -> Int32 {
    let number = texts.number(text)
    while needsOfName.count < texts.count {
      needsOfName.append([])
      offerersOfName.append([])
    }
    return number
  }

  private func term(_ dependency: Dependency) -> Term {
    let op = Operators.code(dependency.op)
    return Term(name: name(dependency.name), op: op, evr: op == 0 ? 0 : name(dependency.evr))
  }

  private func use(_ dependency: Dependency) -> NeedUse {
    NeedUse(need: need(dependency), line: Int32(dependency.line ?? 0))
  }

  private func need(_ dependency: Dependency) -> Int32 {
    if dependency.isRich, let known = richNumbers[dependency.text] { return known }
    let rich = dependency.isRich ? matching.parts(ofRich: dependency.text) : nil
    let term =
      dependency.isRich ? Term(name: name(dependency.text), op: 0, evr: 0) : self.term(dependency)
    if rich == nil, let known = needNumbers[term] { return known }
    let number = Int32(needs.count)
    needs.append(Need(term: term, rich: rich))
    requirers.append([])
    builders.append([])
    if let rich {
      richNumbers[dependency.text] = number
      new.names.formUnion(rich.plain.map(\.name))
      for name in Set(rich.plain.map(\.name)) { needsOfName[Int(self.name(name))].append(number) }
    } else {
      needNumbers[term] = number
      new.names.insert(texts[term.name])
      needsOfName[Int(term.name)].append(number)
    }
    return number
  }

  /// As rpm prints it.
  func text(_ term: Term) -> String {
    term.op == 0
      ? texts[term.name] : "\(texts[term.name]) \(Operators.text(term.op)) \(texts[term.evr])"
  }

  func text(need number: Int32) -> String { text(needs[Int(number)].term) }

  // MARK: what the facts must cover

  /// Takes new facts.
  /// - Returns: specs whose rows were made without what is known now; they are to be updated again.
  package func adopt(_ found: PublishedFacts) -> [String] {
    let old = facts
    facts = found
    new = ([], [])
    var touched: Set<Int32> = []
    for package in packages where package.spec >= 0 {
      let name = texts[package.name]
      if old.packages[name] != found.packages[name] { touched.insert(package.spec) }
    }
    return touched.map { specs[Int($0)].id }.sorted()
  }

  /// Names of packages and of needs that the published metadata were never asked about.
  package var unasked: (packages: Set<String>, names: Set<String>) {
    (new.packages.subtracting(facts.askedPackages), new.names.subtracting(facts.asked))
  }

  /// Everything numbered so far is covered by the facts.
  func allAsked() { new = ([], []) }

  /// Of all specs that are there.
  package var paths: [String] { specs.lazy.filter(\.isThere).map(\.path) }
}

/// The comparisons of a dependency as one byte.
enum Operators {
  private static let all = ["", "=", "<", "<=", ">", ">="]
  static func code(_ op: String) -> UInt8 { UInt8(all.firstIndex(of: op) ?? 0) }
  static func text(_ code: UInt8) -> String { all[Int(code)] }
}

/// Answers about versions and rich dependencies, kept because walks ask them again and again.
struct MatchMemo: Sendable {
  struct Pair: Hashable, Sendable {
    var offer: UInt64
    var need: UInt64
  }
  var overlaps: [Pair: Bool] = [:]
  /// By rich need.
  var providers: [Int32: Set<Int32>] = [:]
}
