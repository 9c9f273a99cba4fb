import Foundation
import SystemPackage

/// What a file system has left, by the kernel's own count: tools' texts about a full disk are not reliable.
package struct DiskSpace: Hashable, Sendable {
  /// Bytes that this process may still write.
  package var available: Int64
  /// Files that may still be made; nil where the file system has no such limit.
  package var files: Int64?

  package init(of path: FilePath) throws(SandboxError) {
    var facts = statvfs()
    guard statvfs(path.string, &facts) == 0 else {
      throw .file(path, doing: "ask for the free space of", Errno(rawValue: errno))
    }
    let blocks = geteuid() == 0 ? facts.f_bfree : facts.f_bavail
    available = Int64(clamping: UInt64(blocks) * UInt64(facts.f_frsize))
    files = facts.f_files == 0 ? nil : Int64(clamping: facts.f_favail)
  }

  /// A writer that just failed has met the end of the disk.
  package var isExhausted: Bool { available < 2 << 20 || files.map { $0 < 8 } ?? false }
}
