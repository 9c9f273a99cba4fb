import AzureLinux
import Foundation
import Subprocess
import SystemPackage

/// An overlay that stays mounted while several commands work on it: a process holds the mount in a namespace of its
/// own, and ends with this one. Nothing is mounted on the machine, whatever happens.
package struct MountedRoot: Hashable, Sendable {
  let holder: Int32
  package let overlay: Overlay
  let privilege: Privilege

  /// The root for commands that run inside: see `entering`.
  package var path: FilePath { overlay.root }

  /// The root for this process. The kernel leads there through the holder's own view of the machine.
  package var seen: FilePath {
    FilePath("/proc/\(holder)/root").appending(overlay.root.components)
  }

  /// The same program, where the root is mounted, and with the rights of those who own its files.
  package func entering(_ arguments: [String]) -> [String] {
    let user = privilege == .root ? [] : ["--user", "--preserve-credentials"]
    return ["nsenter", "--mount"] + user + ["--target", String(holder), "--"] + arguments
  }
}

extension Overlay {
  /// - Parameter body: the root is mounted until it returns or throws.
  package func whileMounted<Value: Sendable>(
    privilege: Privilege, _ body: (MountedRoot) async throws -> Value
  ) async throws -> Value {
    // says that it is there, then waits for the end of its input, which comes with the end of this process at the latest
    let holder = Command(
      privilege.namespace(mounted(["sh", "-c", "echo $$; exec cat"], privilege: privilege)),
      environment: Command.hostEnvironment, cleanEnvironment: true)
    let result = try await holder.bound(to: getpid()).converse { conversation in
      guard let pid = try await conversation.firstNumber() else { return Value?.none }
      return try await body(MountedRoot(holder: pid, overlay: self, privilege: privilege))
    }
    guard let value = result.value else {
      throw SandboxError.overlayRefused(root, lastLines: [result.errorText])
    }
    return value
  }
}

extension Conversation {
  /// What the program prints first, up to the end of a line; nil when it ends without having done so.
  fileprivate func firstNumber() async throws -> Int32? {
    var text = Data()
    for try await chunk in execution.standardOutput {
      text.append(chunk.withUnsafeBytes { Data($0) })
      if text.last == 10 { break }
    }
    return Int32(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .newlines))
  }
}
