import AzureLinux
import Foundation
import SystemPackage

/// One build at a time per cache; a second one waits for the first.
struct CacheLock: Sendable {
  private let descriptor: FileDescriptor

  init(folder: FilePath, report: ActivityReport) throws {
    descriptor = try FileDescriptor.open(
      folder.appending("lock"), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
    if flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
      report(.notice("waiting for another build that uses \(folder)"))
      while flock(descriptor.rawValue, LOCK_EX) != 0 {
        guard errno == EINTR else { throw Errno(rawValue: errno) }
      }
    }
  }

  func release() { try? descriptor.close() }
}
