import Foundation

/// Whose rights a sandbox is made with: the machine's root, or root of a user namespace over subordinate ids.
package enum Privilege: Hashable, Codable, Sendable {
  case root
  case user(UInt32)

  package static var current: Privilege { geteuid() == 0 ? .root : .user(geteuid()) }

  /// Part of every layer's key: a tree written under one mapping of ids is not usable under another.
  package var mode: String {
    switch self {
    case .root: "root"
    case .user(let id): "user-\(id)"
    }
  }

  /// Starts a program in a mount namespace of its own, with all ids that the user may map.
  ///
  /// - Parameter ofProcesses: and of processes, of which it is the first: with it end all others.
  package func namespace(_ arguments: [String], ofProcesses: Bool = false) -> [String] {
    let mapping: [String] =
      switch self {
      case .root: []
      case .user: ["--user", "--map-root-user", "--map-auto"]
      }
    let processes = ofProcesses ? ["--pid", "--fork", "--kill-child"] : []
    return ["unshare", "--mount"] + processes + mapping + ["--"] + arguments
  }
}

extension Command {
  /// Of the programs that build the sandbox; what runs inside has an environment of its own.
  package static let hostEnvironment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]

  /// The same command, but the kernel kills it when process `parent` ends, however that ends. The shell closes
  /// the gap between the fork and the request: if the parent is gone by then, nothing is started.
  package func bound(to parent: Int32) -> Command {
    var command = self
    command.arguments =
      [
        "setpriv", "--pdeathsig", "KILL", "--", "sh", "-c",
        #"[ "$PPID" = "$1" ] || exit 143; shift; exec "$@""#, "sh", String(parent),
      ] + arguments
    return command
  }
}
