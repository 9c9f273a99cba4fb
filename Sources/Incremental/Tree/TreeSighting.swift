import AzureLinux
import Glibc
import SystemPackage

/// What one look found, for whoever reads the tree after it: the tree may be another by then.
package struct TreeSighting: Sendable {
  /// Which looks came before: what moved since another sighting of the same inventory follows from both.
  struct Mark: Sendable {
    let inventory: ObjectIdentifier
    let moves: Int
  }

  let tree: FilePath
  let records: [String: DirectoryRecord]
  let mark: Mark
  /// Directories in the order in which they moved, as long as the inventory exists.
  let moves: [String]

  /// Directories that differ from what `earlier` saw, or were it and are again what they had been; nil when that one is
  /// of another inventory.
  func moved(since earlier: Mark) -> Set<String>? {
    guard earlier.inventory == mark.inventory, earlier.moves <= mark.moves else { return nil }
    return Set(moves[earlier.moves...])
  }

  func digest(of directory: String) -> Digest? { records[directory]?.digest }

  /// Of package directories and other folders that were there.
  package var digests: [String: Digest] { records.mapValues(\.digest) }

  /// Of these, the ones where something was written since, be it what had been there before.
  package func touched(among directories: Set<String>) -> Set<String> {
    let root = open(tree.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { return directories }
    defer { close(root) }
    return directories.filter { path in
      guard let record = records[path] else { return FileIdentity(path, in: root) != nil }
      return !record.isUntouched(in: root)
    }
  }
}
