import AzureLinux
import Foundation
import Subprocess
import SystemPackage

/// An overlay that stays mounted while several commands work on it: a process holds the mount in a namespace of its
/// own, and ends with this one. Nothing is mounted on the machine, whatever happens.
package struct MountedRoot: Hashable, Sendable {
  package let namespace: HeldNamespace
  package let overlay: Overlay

  /// The root for commands that run inside: see `HeldNamespace.entering`.
  package var path: FilePath { overlay.root }

  /// The root for this process. The kernel leads there through the holder's own view of the machine.
  package var seen: FilePath {
    FilePath("/proc/\(namespace.holder)/root").appending(overlay.root.components)
  }
}

/// Namespaces of mounts and processes, held by a process that ends with this one: its input does. With it ends, by the
/// kernel's hand, whatever was started there, and nothing of that is lost in the moment between a fork and the child's
/// wish to die with its parent, in which a killed bubblewrap leaves one behind that waits for ever.
package struct HeldNamespace: Hashable, Sendable {
  let holder: Int32
  let privilege: Privilege

  /// The same program in there, with the rights of those who own the files of a root.
  package func entering(_ arguments: [String]) -> [String] {
    let user = privilege == .root ? [] : ["--user", "--preserve-credentials"]
    return ["nsenter", "--mount", "--pid"] + user + ["--target", String(holder), "--"] + arguments
  }

  /// Says who it is out here, then waits for the end of its input. Bubblewrap looks for what it starts in `/proc`.
  fileprivate static let waiting = [
    "sh", "-c", "read -r pid rest < /proc/self/stat; mount -t proc proc /proc && echo $pid && exec cat",
  ]
}

extension Privilege {
  /// - Parameter body: the namespaces are there until it returns or throws.
  package func whileHeld<Value: Sendable>(
    _ body: (HeldNamespace) async throws -> Value
  ) async throws -> Value {
    try await held(HeldNamespace.waiting, body) {
      SandboxError.wrap(CommandError.notStarted(program: "unshare", reason: $0))
    }
  }

  fileprivate func held<Value: Sendable>(
    _ arguments: [String], _ body: (HeldNamespace) async throws -> Value,
    refused: (String) -> SandboxError
  ) async throws -> Value {
    let command = Command(
      namespace(arguments, ofProcesses: true), environment: Command.hostEnvironment, cleanEnvironment: true)
    let result = try await command.bound(to: getpid()).converse { conversation in
      guard let pid = try await conversation.firstNumber() else { return Value?.none }
      return try await body(HeldNamespace(holder: pid, privilege: self))
    }
    guard let value = result.value else { throw refused(result.errorText) }
    return value
  }
}

extension Overlay {
  /// - Parameter body: the root is mounted until it returns or throws.
  package func whileMounted<Value: Sendable>(
    privilege: Privilege, _ body: (MountedRoot) async throws -> Value
  ) async throws -> Value {
    try await privilege.held(
      mounted(HeldNamespace.waiting, privilege: privilege),
      { try await body(MountedRoot(namespace: $0, overlay: self)) },
      refused: { .overlayRefused(root, lastLines: [$0]) })
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
