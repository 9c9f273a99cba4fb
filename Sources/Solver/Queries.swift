import AzureLinux
import CSolv
import Foundation

extension Universe {
  /// Who provides each of these, changed specs' packages in the place of what they replace.
  package func providers(
    of dependencies: [Dependency], unaware: Set<String> = [], replacing specs: [ReplacedSpec]? = nil
  ) -> [[ResolvedPackage]] {
    if let specs { replace(specs) }
    know(dependencies)
    let visibility = visibility(unaware: unaware)
    return dependencies.map { dependency in
      let id = packages.id(dependency)
      return id == 0 ? [] : packages.providers(id).filter(visibility.shows).map(resolved)
    }
  }

  /// Published packages that provide it, replaced or not.
  package func provider(of dependency: Dependency) -> [RepositoryPackage] {
    know([dependency])
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
    // by folder, of which there are few: libsolv's own search for a prefix puts each path together first
    var folders: [Folder: Match] = [:]
    var iterator = Dataiterator()
    dataiterator_init(&iterator, packages.pool, nil, 0, Key.fileList, nil, 0)
    defer { dataiterator_free(&iterator) }
    while dataiterator_step(&iterator) != 0 {
      let folder = Folder(data: iterator.data, id: iterator.kv.id)
      let match = folders[folder] ?? Match(folder.path, prefix: pathPrefix)
      folders[folder] = match
      switch match {
      case .none: continue
      case .whole: break
      case .names(let start): if strncmp(iterator.kv.str, start, start.utf8.count) != 0 { continue }
      }
      found.insert(iterator.solvid)
      dataiterator_skip_solvable(&iterator)
    }
    return found.sorted().filter(isFromRepository).map(packages.published)
  }

  /// Published packages with a file of this name in any folder, with its whole path, sorted by path.
  package func files(named name: String) -> [(package: RepositoryPackage, path: String)] {
    var found: [(id: Id, path: String)] = []
    var iterator = Dataiterator()
    dataiterator_init(
      &iterator, packages.pool, nil, 0, Key.fileList, name, SEARCH_STRING)
    defer { dataiterator_free(&iterator) }
    while dataiterator_step(&iterator) != 0 {
      let folder = Folder(data: iterator.data, id: iterator.kv.id).path
      found.append((iterator.solvid, folder + String(cString: iterator.kv.str)))
    }
    return found.filter { isFromRepository($0.id) }.map { (packages.published($0.id), $0.path) }
      .sorted { ($0.path, $0.package.nevra.fileName) < ($1.path, $1.package.nevra.fileName) }
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

  func isFromRepository(_ id: Id) -> Bool { replacements?.origins[id] == nil }
}

/// A folder as a file list names it.
private struct Folder: Hashable {
  var data: UnsafeMutablePointer<Repodata>
  var id: Id

  /// With a slash at the end.
  var path: String {
    let path = repodata_dir2str(data, id, nil).map { String(cString: $0) } ?? ""
    return path.hasSuffix("/") ? path : path + "/"
  }
}

/// What of a folder lies under a path prefix.
private enum Match {
  case none
  case whole
  /// Files whose names start so.
  case names(String)

  init(_ folder: String, prefix: String) {
    if folder.hasPrefix(prefix) {
      self = .whole
    } else if prefix.hasPrefix(folder), !prefix.dropFirst(folder.count).contains("/") {
      self = .names(String(prefix.dropFirst(folder.count)))
    } else {
      self = .none
    }
  }
}

extension Universe {
  /// Published packages that provide what a person names: a capability with or without a version, a path, `*/` and
  /// the end of a path, or a soname.
  package func publishedProviders(of wanted: Dependency) -> [RepositoryPackage] {
    if wanted.name.hasPrefix("*/") { return packagesOwning(pathSuffix: String(wanted.name.dropFirst())) }
    var found = provider(of: wanted)
    // rpm notes the word size beside the soname
    if found.isEmpty, wanted.name.contains(".so"), !wanted.name.hasSuffix(")") {
      found =
        ["()(64bit)", "()"].lazy.map { suffix in
          let name = wanted.name + suffix
          return self.provider(of: Dependency(text: name, name: name))
        }.first { !$0.isEmpty } ?? []
    }
    return found
  }

  /// Published packages with a file whose path ends so.
  package func packagesOwning(pathSuffix: String) -> [RepositoryPackage] {
    var found: Set<Id> = []
    var iterator = Dataiterator()
    dataiterator_init(
      &iterator, packages.pool, nil, 0, Key.fileList, pathSuffix, SEARCH_STRINGEND | SEARCH_FILES)
    defer { dataiterator_free(&iterator) }
    while dataiterator_step(&iterator) != 0 {
      found.insert(iterator.solvid)
      dataiterator_skip_solvable(&iterator)
    }
    return found.sorted().filter(isFromRepository).map(packages.published)
  }

  /// Names of published packages, of what they provide, and for a path of what lies in its folder, that are most like
  /// this one.
  package func nearestCapabilities(to name: String) -> [String] {
    var ids: Set<Id> = []
    for solvable in packages.solvables
    where packages[solvable].pointee.repo != nil && isFromRepository(solvable) {
      ids.formUnion(provided(by: solvable))
    }
    // of hundreds of thousands only those are looked at as texts that could be like it
    let (length, bound) = (name.utf8.count, max(2, name.count / 3))
    let names = ids.compactMap { id -> String? in
      guard let text = pool_id2str(packages.pool, id) else { return nil }
      let isNear = abs(strlen(text) - length) <= bound || strstr(text, name) != nil
      return isNear ? String(cString: text) : nil
    }
    return AzureLinux.nearestNames(to: name, in: Set(names).union(neighbours(of: name)))
  }

  /// Published files of the folder that a path is in.
  private func neighbours(of path: String) -> [String] {
    guard path.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return [] }
    let folder = String(path[...slash])
    var found: [String] = []
    var iterator = Dataiterator()
    dataiterator_init(
      &iterator, packages.pool, nil, 0, Key.fileList, folder, SEARCH_STRINGSTART | SEARCH_FILES)
    defer { dataiterator_free(&iterator) }
    while dataiterator_step(&iterator) != 0 {
      let file = String(cString: iterator.kv.str)
      if file.hasPrefix(folder), !file.dropFirst(folder.count).contains("/") { found.append(file) }
    }
    return found
  }

  /// Ids of names, without versions.
  func provided(by solvable: Id) -> [Id] {
    let s = packages[solvable].pointee
    return [s.name] + names(s, at: s.provides)
  }

  func required(by solvable: Id) -> [Id] {
    let s = packages[solvable].pointee
    return names(s, at: s.requires)
  }

  private func names(_ s: Solvable, at offset: Offset) -> [Id] {
    guard offset != 0, let ids = s.repo.pointee.idarraydata else { return [] }
    var names: [Id] = []
    var next = ids + Int(offset)
    while next.pointee != 0 {
      var id = next.pointee
      while packages.isRelation(id) { id = packages.relation(id).name }
      // libsolv's own marks are no names
      if id != Key.fileMarker, id != Key.prerequisiteMarker { names.append(id) }
      next += 1
    }
    return names
  }
}
