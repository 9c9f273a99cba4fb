import AzureLinux
import CSolv

extension Universe {
  /// What rpm found in the files of the newest published packages with these names.
  ///
  /// - Parameters:
  ///   - known: what was asked before, of the same metadata; the answer covers that too.
  ///   - names: capabilities that somebody needs; of what packages provide, others are left out.
  package func facts(
    extending known: PublishedFacts, packages wanted: Set<String>, names: Set<String>
  ) -> PublishedFacts {
    var facts = PublishedFacts(
      askedPackages: known.askedPackages.union(wanted), asked: known.asked.union(names))
    var found: [(name: String, id: Id)] = []
    for name in facts.askedPackages.sorted() {
      guard let newest = packages.named(name).first(where: isPublished) else { continue }
      found.append((name, newest))
      let requires = packages.dependencies(packages[newest].pointee.requires, of: newest).filter(
        \.isGenerated)
      facts.packages[name] = .init(evr: packages.nevra(newest).evr, provides: [], requires: requires)
      for dependency in requires where !dependency.isRich { facts.asked.insert(dependency.name) }
    }
    for (name, id) in found {
      facts.packages[name]?.provides = packages.dependencies(packages[id].pointee.provides, of: id)
        .filter { facts.asked.contains($0.name) && $0.name != name }
    }
    addPaths(to: &facts, of: found)
    return facts
  }

  private func isPublished(_ id: Id) -> Bool { replacements?.origins[id] == nil }

  /// Paths are in no list of provides: the index of the pool knows who has those that somebody requires.
  private func addPaths(to facts: inout PublishedFacts, of found: [(name: String, id: Id)]) {
    let names = Dictionary(found.map { ($0.id, $0.name) }) { first, _ in first }
    let paths = facts.asked.filter { $0.hasPrefix("/") }
    know(paths.map { Dependency(text: $0, name: $0) })
    for path in paths.sorted() {
      for id in packages.providers(packages.id(path)) {
        guard let name = names[id] else { continue }
        facts.packages[name]?.provides.append(Dependency(text: path, name: path))
      }
    }
  }
}
