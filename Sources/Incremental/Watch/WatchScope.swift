import AzureLinux
import Glibc

/// Which paths of the tree are worth hearing of.
package struct WatchScope: Hashable, Sendable {
  /// Folders (everything below them counts) and files, relative to the tree; they need not exist yet.
  package var roots: [String]
  /// Shell patterns, matched against the whole path and against the last name.
  package var ignore: [String]

  package init(roots: [String], ignore: [String] = []) {
    self.roots = roots
    self.ignore = ignore
  }

  enum Place { case inside, root, above, outside }

  /// `above`: a folder in which a root lies or may appear.
  func place(of path: String) -> Place {
    if path.isEmpty { return roots.contains("") ? .root : .above }
    var place = Place.outside
    for root in roots {
      if root == path { return .root }
      if root.isEmpty || path.hasPrefix(root + "/") { place = .inside }
      if place == .outside, root.hasPrefix(path + "/") { place = .above }
    }
    return place
  }

  /// Where `path` lies once editors' files, private folders and ignored patterns are left out.
  func visiblePlace(of path: String, name: String) -> Place {
    let place = place(of: path)
    guard place == .inside else { return place }
    if EditorFiles.isOne(name) || EditorFiles.isPrivateFolder(name) { return .outside }
    return ignore.contains { fnmatch($0, path, 0) == 0 || fnmatch($0, name, 0) == 0 } ? .outside : .inside
  }

  func roots(below path: String) -> [String] {
    path.isEmpty ? roots : roots.filter { $0.hasPrefix(path + "/") }
  }
}
