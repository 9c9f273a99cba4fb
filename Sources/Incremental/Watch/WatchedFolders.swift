/// Which kernel watch stands for which folder of the tree.
struct WatchedFolders {
  private struct Folder {
    var watch: Int32
    var children: Set<String> = []
  }

  private var folders: [String: Folder] = [:]
  private var paths: [Int32: String] = [:]

  var count: Int { folders.count }

  func path(of watch: Int32) -> String? { paths[watch] }
  func contains(_ path: String) -> Bool { folders[path] != nil }

  mutating func insert(_ path: String, watch: Int32) {
    // the kernel gives an inode that is watched already its old number: it has moved here
    if let old = paths[watch], old != path { folders[old] = nil }
    folders[path, default: Folder(watch: watch)].watch = watch
    paths[watch] = path
    if let parent = WatchedFolders.parent(of: path) { folders[parent]?.children.insert(path) }
  }

  /// Forgets a folder and everything below it; the watches that stood for them.
  mutating func remove(_ path: String) -> [Int32] {
    guard let folder = folders.removeValue(forKey: path) else { return [] }
    if let parent = WatchedFolders.parent(of: path) { folders[parent]?.children.remove(path) }
    if paths[folder.watch] == path { paths[folder.watch] = nil }
    return [folder.watch] + folder.children.flatMap { remove($0) }
  }

  /// The kernel dropped this watch.
  mutating func dropped(_ watch: Int32) {
    guard let path = paths.removeValue(forKey: watch), folders[path]?.watch == watch else { return }
    _ = remove(path)
  }

  private static func parent(of path: String) -> String? {
    if path.isEmpty { return nil }
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }
}
