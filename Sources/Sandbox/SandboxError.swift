import AzureLinux
import SystemPackage

package enum SandboxError: Failure {
  /// The kernel or its settings refuse the namespaces that a sandbox is made of.
  case namespacesRefused(Privilege, lastLines: [String])
  /// The store lies where every sandbox has something of its own.
  case hidden(FilePath, below: String)
  case layerFailed(RootLayer.Kind, count: Int, status: Int32, lastLines: [String])
  /// The kernel did not mount the layers of a root over each other.
  case overlayRefused(FilePath, lastLines: [String])
  case diskFull(path: FilePath, available: Int64)
  case file(FilePath, doing: String, Errno)
  case command(CommandError)
  case unexpected(String)
  case interrupted

  package var message: String {
    switch self {
    case .namespacesRefused(let privilege, let lines):
      (["cannot make the namespaces of a build \(privilege == .root ? "as root" : "as a plain user")"] + lines)
        .joined(separator: "\n  ")
    case .hidden(let path, let folder): "nothing can be built in \(path): a build has a \(folder) of its own"
    case .layerFailed(let kind, let count, let status, let lines):
      (["the \(kind.rawValue) layer of the build root (\(count) RPMs) was not made: status \(status)"] + lines)
        .joined(separator: "\n  ")
    case .overlayRefused(let path, let lines):
      (["the layers of \(path) were not mounted"] + lines).joined(separator: "\n  ")
    case .diskFull(let path, let available): "no space left in \(path): \(available >> 20) MiB available"
    case .file(let path, let doing, let errno): "cannot \(doing) \(path): \(errno)"
    case .command(let error): error.message
    case .unexpected(let text): text
    case .interrupted: "interrupted"
    }
  }

  package var nextStep: String? {
    switch self {
    case .namespacesRefused(.root, _): "a container needs CAP_SYS_ADMIN; azl-dev doctor says what is missing"
    case .namespacesRefused(.user, _):
      "rootless builds need subordinate ids (/etc/subuid, package uidmap); azl-dev doctor says what is missing"
    case .hidden(_, let folder): "move the tree out of \(folder)"
    case .layerFailed: nil
    case .overlayRefused: "azl-dev doctor says whether overlays can be mounted here"
    case .diskFull: "make room on that disk: .azldev/store/layers may be removed, it is made again"
    case .command(let error): error.nextStep
    case .file, .unexpected, .interrupted: nil
    }
  }

  package var exitCode: ExitCode { if case .interrupted = self { .interrupted } else { .environment } }

  /// Any error of running a command, as one of this module's.
  package static func wrap(_ error: any Error) -> SandboxError {
    switch error {
    case let error as SandboxError: error
    case let error as CommandError: .command(error)
    case is CancellationError: .interrupted
    default: .unexpected(String(describing: error))
    }
  }
}
