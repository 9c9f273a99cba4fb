import AzureLinux

/// What a name of a question stands for.
package struct Subject: Sendable, Hashable, Codable {
  package enum Kind: String, Sendable, Codable { case spec, package, capability }
  package var kind: Kind
  package var name: String
  /// Specs of the tree that it stands for: one, or all that make a package with this capability.
  package var specs: [String]
  /// The packages that are meant.
  package var packages: [String]

  /// Numbers of `packages` and `specs`; they hold until the index is updated.
  var rows: (packages: [Int32], specs: [Int32]) = ([], [])

  /// A capability without its condition.
  var bareName: String { String(name.prefix { $0 != " " }) }

  private enum CodingKeys: CodingKey { case kind, name, specs, packages }
  package static func == (a: Subject, b: Subject) -> Bool {
    a.kind == b.kind && a.name == b.name && a.specs == b.specs && a.packages == b.packages
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }

  package init(kind: Kind, name: String, specs: [String], packages: [String]) {
    self.kind = kind
    self.name = name
    self.specs = specs
    self.packages = packages
  }
}

extension DependencyIndex {
  /// A spec by its id, else a package by its name, else whatever offers a capability.
  package func subject(_ name: String) throws(PipelineError) -> Subject {
    if let spec = number(ofSpec: name) {
      return subject(.spec, name, Array(packagesOfSpec[spec]), [spec])
    }
    let text = name.split(separator: " ").map(String.init)
    let offerers = texts.known(text.first ?? name).map { Array(offerersOfName[$0]) } ?? []
    let named = offerers.filter { texts[packages[Int($0)].name] == name }
    if !named.isEmpty { return subject(.package, name, named) }
    let range =
      text.count == 3
      ? offerers.filter { package in offers[package].contains { accepts($0, text) } } : offerers
    if !range.isEmpty { return subject(.capability, name, range) }
    let known =
      specs.filter(\.isThere).map { texts[$0.id] } + packages.filter { $0.spec >= 0 }.map { texts[$0.name] }
    throw .unknownSpec(name, nearest: nearestNames(to: name, in: Set(known)))
  }

  /// Whether an offer meets `name op evr`.
  private func accepts(_ offer: Term, _ words: [String]) -> Bool {
    guard texts[offer.name] == words[0] else { return false }
    guard offer.op != 0 else { return true }
    return matching.overlap(
      offer: VersionRange(op: Operators.text(offer.op), evr: texts[offer.evr]),
      need: VersionRange(op: words[1], evr: words[2]))
  }

  private func subject(_ kind: Subject.Kind, _ name: String, _ packages: [Int32], _ specs: [Int32]? = nil)
    -> Subject
  {
    let packages = Set(packages).sorted { self.name(ofPackage: $0) < self.name(ofPackage: $1) }
    let specs = (specs ?? Array(Set(packages.map { self.packages[Int($0)].spec }))).sorted {
      id(ofSpec: $0) < id(ofSpec: $1)
    }
    var subject = Subject(
      kind: kind, name: name, specs: specs.map { id(ofSpec: $0) },
      packages: packages.map { self.name(ofPackage: $0) })
    subject.rows = (packages, specs)
    return subject
  }
}
