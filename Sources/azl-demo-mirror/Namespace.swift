import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Root's view of the file system for programs that install or build: as root a mount namespace, as any other
/// user a user namespace with subordinate ids too.
enum Namespace {
  static func prefix(isRoot: Bool) -> [String] {
    ["unshare"] + (isRoot ? [] : ["--user", "--map-root-user", "--map-auto"]) + ["--mount", "--"]
  }

  static func command(_ arguments: [String], environment: [String: String] = [:]) -> Command {
    Command(prefix(isRoot: geteuid() == 0) + arguments, environment: environment)
  }

  /// Removes a folder whose files may belong to subordinate ids.
  static func remove(_ path: FilePath) async throws {
    guard FileManager.default.fileExists(atPath: path.string) else { return }
    try await command(["rm", "-rf", path.string]).check()
  }
}
