import AzureLinux
import CSolv

extension Universe {
  /// Who provides each of these, changed specs' packages in the place of what they replace.
  package func providers(of dependencies: [Dependency], unaware: Set<String> = []) -> [[ResolvedPackage]] {
    let visibility = visibility(unaware: unaware)
    return dependencies.map { dependency in
      let id = packages.id(dependency)
      return id == 0 ? [] : packages.providers(id).filter(visibility.shows).map(resolved)
    }
  }

  /// Published packages that provide it, replaced or not.
  package func provider(of dependency: Dependency) -> [RepositoryPackage] {
    let id = packages.id(dependency)
    return id == 0 ? [] : packages.providers(id).filter(isFromRepository).map(packages.published)
  }

  package func package(_ nevra: NEVRA) -> RepositoryPackage? {
    packages.named(nevra.name).first { isFromRepository($0) && packages.nevra($0) == nevra }.map(
      packages.published)
  }

  /// Newest of the repositories of highest priority that have it.
  package func newest(name: String) -> RepositoryPackage? {
    newestPublished(name).map(packages.published)
  }

  /// Every published version, newest first.
  package func packages(named name: String) -> [RepositoryPackage] {
    packages.named(name).filter(isFromRepository).map(packages.published)
  }

  package func packages(builtFrom source: String) -> [RepositoryPackage] {
    published(ofSource: source).map(packages.published).sorted { $0.nevra.fileName < $1.nevra.fileName }
  }

  /// Published packages with a file whose path starts so.
  package func packagesOwning(pathPrefix: String) -> [RepositoryPackage] {
    var found: Set<Id> = []
    var iterator = Dataiterator()
    dataiterator_init(
      &iterator, packages.pool, nil, 0, Key.fileList, pathPrefix, SEARCH_STRINGSTART | SEARCH_FILES)
    defer { dataiterator_free(&iterator) }
    while dataiterator_step(&iterator) != 0 {
      found.insert(iterator.solvid)
      dataiterator_skip_solvable(&iterator)
    }
    return found.sorted().filter(isFromRepository).map(packages.published)
  }

  /// Published names most like this one.
  package func nearestNames(to name: String) -> [String] { nearest(to: name, visibility()) }

  /// The packages of a manifest of RPM file names; where a release is not published, the newest of that name.
  package func resolveManifest(_ fileNames: [String]) throws(SolverError) -> [ManifestEntry] {
    var missing: [String: [String]] = [:]
    var entries: [ManifestEntry] = []
    for file in fileNames {
      guard let wanted = NEVRA(fileName: file) else {
        missing[file] = []
        continue
      }
      let candidates = packages.named(wanted.name).filter(isFromRepository)
      // a file name has no epoch
      if let exact = candidates.map(packages.nevra).firstIndex(where: { $0.fileName == wanted.fileName }) {
        entries.append(
          ManifestEntry(requested: file, package: packages.published(candidates[exact]), isExact: true))
      } else if let newest = newestPublished(wanted.name) {
        entries.append(ManifestEntry(requested: file, package: packages.published(newest), isExact: false))
      } else {
        missing[file] = nearestNames(to: wanted.name)
      }
    }
    guard missing.isEmpty else { throw .missingFromManifest(missing) }
    return entries
  }

  private func newestPublished(_ name: String) -> Id? {
    let candidates = packages.named(name).filter(isFromRepository)
    let best = candidates.map { packages.repository($0).pointee.priority }.max()
    return candidates.first { packages.repository($0).pointee.priority == best }
  }

  private func isFromRepository(_ id: Id) -> Bool { replacements?.origins[id] == nil }
}
