import AzureLinux
import CSolv

extension Universe {
  /// What the newest published package of a name offers, without versions; nil where there is none.
  package func offers(ofPackage name: String) -> (package: RepositoryPackage, names: Set<String>)? {
    guard let newest = newest(name: name),
      let id = packages.named(name).first(where: {
        isFromRepository($0) && packages.nevra($0) == newest.nevra
      })
    else { return nil }
    return (newest, Set(provided(by: id).map(packages.text)))
  }

  /// The newest published package of each name that requires one of these capabilities, and which of them. What stands
  /// inside of a rich dependency counts by its first name alone.
  package func requirers(of names: Set<String>) -> [(package: RepositoryPackage, requires: Set<String>)] {
    let wanted = Set(names.map(packages.known)).subtracting([0])
    guard !wanted.isEmpty else { return [] }
    var found: [(package: RepositoryPackage, requires: Set<String>)] = []
    for id in packages.solvables where packages[id].pointee.repo != nil && isFromRepository(id) {
      let required = wanted.intersection(required(by: id))
      guard !required.isEmpty else { continue }
      let package = packages.published(id)
      guard newest(name: package.nevra.name)?.nevra == package.nevra else { continue }
      found.append((package, Set(required.map(packages.text))))
    }
    return found.sorted { $0.package.nevra.fileName < $1.package.nevra.fileName }
  }
}
