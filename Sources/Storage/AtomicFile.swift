import Foundation
import SystemPackage

/// Files that are either the old ones or the new ones, whatever happens in between.
package enum AtomicFile {
  /// Writes beside the target, syncs (a cache need not), renames over it.
  package static func write(
    _ data: Data, to path: FilePath, permissions: FilePermissions = .init(rawValue: 0o644),
    isDurable: Bool = true
  )
    throws
  {
    let aside = FilePath(path.string + ".new-\(ProcessInfo.processInfo.processIdentifier)")
    let descriptor = try FileDescriptor.open(
      aside, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: permissions)
    do {
      try descriptor.closeAfter {
        try descriptor.writeAll(data)
        guard !isDurable || fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
      guard rename(aside.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      unlink(aside.string)
      throw error
    }
  }
}
