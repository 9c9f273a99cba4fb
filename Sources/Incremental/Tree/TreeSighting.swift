import AzureLinux
import Glibc
import SystemPackage

/// What one look found, for whoever reads the tree after it: the tree may be another by then.
package struct TreeSighting: Sendable {
  let tree: FilePath
  let records: [String: DirectoryRecord]

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
