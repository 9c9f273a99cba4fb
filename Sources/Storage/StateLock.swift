import AzureLinux
import Foundation
import SystemPackage

/// The right to write the trace store. Held by every process that can have it, for as long as it runs: a question holds
/// it for moments, a watch for a day. The kernel lets go of it when the process ends, however it ends.
package final class StateLock: Sendable {
  private let descriptor: FileDescriptor

  /// - Parameter waits: until whoever has it is done; otherwise nil when somebody has it.
  package init?(_ path: FilePath, waits: Bool) throws {
    do {
      descriptor = try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec], permissions: .init(rawValue: 0o644))
    } catch let error as Errno {
      throw WorkspaceError.unwritable(path: path.string, reason: error.description)
    }
    while flock(descriptor.rawValue, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      try? descriptor.close()
      return nil
    }
  }

  deinit { try? descriptor.close() }
}
