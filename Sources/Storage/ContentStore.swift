import AzureLinux
import Foundation
import SystemPackage

/// The workspace's artifacts, named by their SHA-256. A file that is there is whole: it was written elsewhere on the
/// same file system, synced, and renamed into place.
package struct ContentStore: Sendable {
  private let files: FilePath
  package init(_ workspace: Workspace) { files = workspace.files }

  package func path(_ digest: Digest) -> FilePath {
    files.appending(String(digest.hex.prefix(2))).appending(digest.hex)
  }

  package func contains(_ digest: Digest) -> Bool { access(path(digest).string, F_OK) == 0 }

  /// Takes a finished file whose digest the caller has computed. Throws `Errno`.
  package func adopt(_ file: FilePath, digest: Digest) throws {
    let target = path(digest)
    let folder = target.removingLastComponent()
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    try ContentStore.sync(file)
    guard rename(file.string, target.string) == 0 else { throw Errno(rawValue: errno) }
    try ContentStore.sync(folder)
  }

  private static func sync(_ path: FilePath) throws {
    let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
    try file.closeAfter { guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) } }
  }
}
