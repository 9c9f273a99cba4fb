import AzureLinux

/// Who needs and who offers what in the whole tree, kept up to date spec by spec.
///
/// Declared dependencies come from the parsed specs; what rpm finds in built files (sonames, `pkgconfig()`, paths) from
/// the published packages of the same name. Everything is numbered: a walk over three thousand specs touches no text,
/// and the whole is a few arrays that are written to a file and read from it as they are. Belongs to one actor.
package final class DependencyIndex {
  /// A name with a range of versions. Needed by somebody, or offered by a package.
  struct Term: Hashable, Sendable, BitwiseCopyable {
    /// For a rich dependency: its text.
    var name: Int32
    /// See `Operators`.
    var op: Int32
    /// 0 where there is no version.
    var evr: Int32
  }
  /// One who has a need, and the line of the spec that says so (0: none does).
  struct Use: Hashable, Sendable, BitwiseCopyable {
    var owner: Int32
    var line: Int32
  }
  struct NeedUse: Hashable, Sendable, BitwiseCopyable {
    var need: Int32
    var line: Int32
  }
  struct PackageRow: Sendable, BitwiseCopyable {
    var name: Int32
    /// -1 for a number that is free.
    var spec: Int32
    /// The text of its version and release.
    var evr: Int32
  }
  struct SpecRow: Sendable, BitwiseCopyable {
    var id: Int32
    var path: Int32
    /// 0 or 1.
    var there: Int32
    /// 0 or 1, see `SpecInfo`.
    var looksAround: Int32
    var isThere: Bool { there != 0 }
  }

  let matching: any DependencyMatching
  /// About published packages; nil until they are needed.
  package private(set) var facts: PublishedFacts?

  var texts = Interner()
  var needs: [Term] = []
  /// By need.
  var requirers = Lists<Use>()
  var builders = Lists<Use>()
  /// By name: the needs that a package with such an offer may meet, and rich ones by their text.
  var needsOfName = Lists<Int32>()
  /// By name: packages with such an offer.
  var offerersOfName = Lists<Int32>()

  var packages: [PackageRow] = []
  /// By package.
  var offers = Lists<Term>()
  var requires = Lists<NeedUse>()
  var freePackages: [Int32] = []

  var specs: [SpecRow] = []
  /// By spec.
  var packagesOfSpec = Lists<Int32>()
  var buildRequires = Lists<NeedUse>()
  /// Texts of the paths that its parse read besides it.
  var inputs = Lists<Int32>()
  /// By the number of their ids' texts.
  var specNumbers: [Int32: Int32] = [:]

  var memo = MatchMemo()
  /// Numbered since the facts were asked.
  private var new: (packages: Set<Int32>, names: Set<Int32>) = ([], [])
  /// Specs that were read since it was last written or read as a whole.
  package internal(set) var updates = 0

  package init(matching: any DependencyMatching, facts: PublishedFacts? = nil) {
    self.matching = matching
    self.facts = facts
  }

  // MARK: one spec

  /// Takes what a spec says now in the place of what it said before. Facts must have been given.
  package func update(_ info: SpecInfo) {
    remove(spec: info.id)
    updates += 1
    let id = name(info.id)
    let number = specNumbers[id] ?? Int32(specs.count)
    specNumbers[id] = number
    let row = SpecRow(id: id, path: name(info.path), there: 1, looksAround: info.looksAround ? 1 : 0)
    if number == specs.count { specs.append(row) } else { specs[Int(number)] = row }
    let isRead = info.status == .ok
    let builds = isRead ? info.buildRequires.map { use($0) } : []
    buildRequires.set(number, to: builds)
    for use in builds { builders.add(Use(owner: number, line: use.line), to: use.need) }
    let packages = isRead ? info.packages.map { add($0, of: number, among: info.packages) } : []
    packagesOfSpec.set(number, to: packages)
    inputs.set(number, to: info.inputs.map { name($0) })
  }

  /// Forgets a spec that is no longer in the tree.
  ///
  /// - Parameter path: only if it was there; a spec of the same name may stand elsewhere by now.
  package func remove(spec id: String, at path: String? = nil) {
    guard let number = number(ofSpec: id) else { return }
    if let path, self.path(ofSpec: number) != path { return }
    for use in buildRequires[number] { builders.remove(from: use.need) { $0.owner == number } }
    buildRequires.set(number, to: [])
    for package in packagesOfSpec[number] {
      for use in requires[package] { requirers.remove(from: use.need) { $0.owner == package } }
      for offer in offers[package] { offerersOfName.remove(from: offer.name) { $0 == package } }
      requires.set(package, to: [])
      offers.set(package, to: [])
      packages[Int(package)].spec = -1
      freePackages.append(package)
    }
    packagesOfSpec.set(number, to: [])
    specs[Int(number)].there = 0
    updates += 1
    memo.providers = [:]
  }

  private func add(_ package: BinaryPackage, of spec: Int32, among siblings: [BinaryPackage]) -> Int32 {
    let name = name(package.nevra.name)
    new.packages.insert(name)
    let number = freePackages.popLast() ?? Int32(packages.count)
    let row = PackageRow(name: name, spec: spec, evr: self.name(package.nevra.evr.description))
    var provides = package.provides
    var needed = package.requires
    if let published = facts?.packages[package.nevra.name] {
      let declared = Set(provides.map(\.name) + [package.nevra.name])
      provides += published.provides.filter { !declared.contains($0.name) }
        .map { $0.following(from: published.evr, to: package.nevra.evr) }
      let named = Set(needed.map(\.name))
      let names = Set(siblings.map(\.nevra.name))
      needed += published.requires.filter { !named.contains($0.name) && !names.contains($0.bareName) }
    }
    // rpm adds this to what the spec says
    var offers = [Term(name: name, op: Operators.code("="), evr: row.evr)]
    for dependency in provides where !dependency.isRich {
      let offer = term(dependency)
      if !offers.contains(offer) { offers.append(offer) }
    }
    for offer in offers where offerersOfName[offer.name].last != number {
      offerersOfName.add(number, to: offer.name)
    }
    let uses = needed.map { use($0) }
    for use in uses { requirers.add(Use(owner: number, line: use.line), to: use.need) }
    if number == packages.count { packages.append(row) } else { packages[Int(number)] = row }
    self.offers.set(number, to: offers)
    requires.set(number, to: uses)
    return number
  }

  // MARK: numbers

  private func name(_ text: String) -> Int32 {
    let number = texts.number(text)
    while needsOfName.count < texts.count {
      needsOfName.append()
      offerersOfName.append()
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
    guard dependency.isRich else { return need(term(dependency)).number }
    let rich = matching.parts(ofRich: dependency.text)
    // one that rpm does not read stands for its text
    let term = Term(name: name(dependency.text), op: rich == nil ? 0 : Operators.rich, evr: 0)
    let (number, isNew) = need(term)
    guard isNew, let rich else { return number }
    // walks number nothing: what they will look for has its number
    for name in Set(rich.plain.map { self.term($0).name }) {
      new.names.insert(name)
      needsOfName.add(number, to: name)
    }
    return number
  }

  private func need(_ term: Term) -> (number: Int32, isNew: Bool) {
    if let known = needsOfName[term.name].first(where: { needs[Int($0)] == term }) { return (known, false) }
    let number = Int32(needs.count)
    needs.append(term)
    requirers.append()
    builders.append()
    needsOfName.add(number, to: term.name)
    if term.op != Operators.rich { new.names.insert(term.name) }
    return (number, true)
  }

  /// As rpm prints it.
  func text(need number: Int32) -> String {
    let term = needs[Int(number)]
    return term.op == 0 || term.op == Operators.rich
      ? texts[term.name] : "\(texts[term.name]) \(Operators.text(term.op)) \(texts[term.evr])"
  }

  func name(ofPackage number: Int32) -> String { texts[packages[Int(number)].name] }
  func id(ofSpec number: Int32) -> String { texts[specs[Int(number)].id] }
  func path(ofSpec number: Int32) -> String { texts[specs[Int(number)].path] }

  /// Nil for one that is not there.
  func number(ofSpec id: String) -> Int32? {
    guard let text = texts.known(id), let number = specNumbers[text], specs[Int(number)].isThere else {
      return nil
    }
    return number
  }

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
      if old?.packages[name] != found.packages[name] { touched.insert(package.spec) }
    }
    return touched.map { path(ofSpec: $0) }.sorted()
  }

  /// The facts that its rows were made with.
  package func take(_ facts: PublishedFacts) { self.facts = facts }

  /// Names of packages and of needs that the published metadata were never asked about.
  package var unasked: (packages: Set<String>, names: Set<String>) {
    func unasked(_ numbers: Set<Int32>, _ asked: Set<String>) -> Set<String> {
      Set(numbers.lazy.map { self.texts[$0] }.filter { !asked.contains($0) })
    }
    return (
      unasked(new.packages, facts?.askedPackages ?? []), unasked(new.names, facts?.asked ?? [])
    )
  }

  /// Everything numbered so far is covered by the facts.
  func allAsked() { new = ([], []) }

  /// Files of the tree besides specs that were read for what is here, and directories of which any file may have been.
  package var reads: (files: Set<String>, directories: Set<String>) {
    var reads: (files: Set<String>, directories: Set<String>) = ([], [])
    for (number, spec) in specs.enumerated() where spec.isThere {
      inputs.forEach(Int32(number)) { reads.files.insert(texts[$0]) }
      if spec.looksAround != 0 { reads.directories.insert(SpecLocation(path: texts[spec.path]).directory) }
    }
    return reads
  }

  /// Of all specs that are there.
  package var paths: [String] { specs.lazy.filter(\.isThere).map { self.texts[$0.path] } }
}

/// The comparisons of a dependency as numbers.
enum Operators {
  private static let all = ["", "=", "<", "<=", ">", ">="]
  /// Of a need that is a rich dependency.
  static let rich = Int32(all.count)
  static func code(_ op: String) -> Int32 { Int32(all.firstIndex(of: op) ?? 0) }
  static func text(_ code: Int32) -> String { all[Int(code)] }
}

/// Answers about versions and rich dependencies, kept because walks ask them again and again.
struct MatchMemo: Sendable {
  struct Pair: Hashable, Sendable {
    var offer: UInt64
    var need: UInt64
  }
  var overlaps: [Pair: Bool] = [:]
  /// By rich need.
  var parts: [Int32: RichDependency] = [:]
  var providers: [Int32: Set<Int32>] = [:]
}
