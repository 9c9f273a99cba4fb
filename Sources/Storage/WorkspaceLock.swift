import AzureLinux
import Foundation
import SystemPackage

package enum WorkspaceError: Failure {
  case held(path: String, by: String)
  case unwritable(path: String, reason: String)

  package var message: String {
    switch self {
    case .held(let path, let owner): "another azl-dev works in this workspace: \(owner) holds \(path)"
    case .unwritable(let path, let reason): "cannot write \"\(path)\": \(reason)"
    }
  }
  package var nextStep: String? {
    switch self {
    case .held: "wait for it, or end it; questions (affected, status, specs) can be asked meanwhile"
    case .unwritable: nil
    }
  }
  package var exitCode: ExitCode { .environment }
}

/// One writer at a time in a workspace. The kernel lets go of it when the process ends, however it ends.
package final class WorkspaceLock: Sendable {
  private let descriptor: FileDescriptor

  /// Takes the lock or names its owner; never waits.
  package init(_ path: FilePath) throws {
    do {
      descriptor = try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec], permissions: .init(rawValue: 0o644))
    } catch let error as Errno {
      throw WorkspaceError.unwritable(path: path.string, reason: error.description)
    }
    guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
      let owner = (try? String(contentsOfFile: path.string, encoding: .utf8))?
        .trimmingCharacters(in: .whitespacesAndNewlines)
      try? descriptor.close()
      throw WorkspaceError.held(path: path.string, by: owner.map { "pid \($0)" } ?? "a process")
    }
    ftruncate(descriptor.rawValue, 0)
    try descriptor.writeAll(at: 0, "\(ProcessInfo.processInfo.processIdentifier)\n".utf8)
  }

  private init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }
  deinit { try? descriptor.close() }
}

extension FileDescriptor {
  fileprivate func writeAll(at offset: Int64, _ bytes: some Sequence<UInt8>) throws {
    _ = try writeAll(toAbsoluteOffset: offset, bytes)
  }
}
