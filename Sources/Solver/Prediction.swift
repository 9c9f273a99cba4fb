import AzureLinux
import CSolv

/// A spec says little of what its packages will offer: sonames, `pkgconfig()` and the like are found in the built
/// files. Until they are built, those of the published package of the same name stand in.
extension PackagePool {
  func complete(_ package: BinaryPackage, siblings: Set<String>) -> LocalPackage {
    var completed = LocalPackage(
      file: RPMFile(
        nevra: package.nevra, path: "", digest: Digest(bytes: [UInt8](repeating: 0, count: 32)), size: 0),
      sourceRPM: "", provides: package.provides, requires: package.requires)
    guard let published = named(package.nevra.name).first
    else { return completed }
    let old = nevra(published).evr

    let declared = Set(package.provides.map(\.name)).union([package.nevra.name])
    for dependency in dependencies(self[published].pointee.provides, of: published)
    where !declared.contains(dependency.name) {
      completed.provides.append(dependency.following(from: old, to: package.nevra.evr))
    }
    let needed = Set(package.requires.map(\.name))
    for dependency in dependencies(self[published].pointee.requires, of: published)
    where dependency.isGenerated && !needed.contains(dependency.name)
      && !siblings.contains(dependency.bareName)
    {
      completed.requires.append(dependency)
    }
    completed.conflicts = dependencies(self[published].pointee.conflicts, of: published)
    completed.obsoletes = dependencies(self[published].pointee.obsoletes, of: published)
    completed.files = files(published)
    return completed
  }

  /// A list of a solvable as values; provided files, which follow the marker, are left to the file list.
  func dependencies(_ offset: Offset, of solvable: Id) -> [Dependency] {
    guard offset != 0 else { return [] }
    var found: [Dependency] = []
    var next = repository(solvable).pointee.idarraydata + Int(offset)
    while next.pointee != 0, next.pointee != Key.fileMarker {
      if next.pointee != Key.prerequisiteMarker { found.append(dependency(next.pointee)) }
      next += 1
    }
    return found
  }

  func dependency(_ id: Id) -> Dependency {
    let text = dependencyText(id)
    // `name op evr`; rich ones are in parentheses and keep their text alone
    let words = text.split(separator: " ")
    guard !text.hasPrefix("("), words.count == 3 else {
      return Dependency(text: text, name: text.hasPrefix("(") ? "" : text)
    }
    return Dependency(text: text, name: String(words[0]), op: String(words[1]), evr: String(words[2]))
  }
}
