import AzureLinux
import SystemPackage

package enum WatchError: Failure {
  /// The user has as many watches as fs.inotify.max_user_watches allows.
  case watchLimit(path: String, limit: Int)
  /// The user has as many inotify instances as fs.inotify.max_user_instances allows.
  case instanceLimit(limit: Int)
  case treeGone(tree: String)
  case failed(path: String, Errno)

  package var message: String {
    switch self {
    case .watchLimit(let path, let limit):
      "cannot watch \"\(path)\": this user's \(limit) watches (fs.inotify.max_user_watches) are used up"
    case .instanceLimit(let limit):
      "cannot watch: this user's \(limit) inotify instances (fs.inotify.max_user_instances) are used up"
    case .treeGone(let tree): "the tree \"\(tree)\" was moved or deleted while it was watched"
    case .failed(let path, let errno): "cannot watch \"\(path)\": \(errno)"
    }
  }

  /// Four times what there is has room for several trees, and costs about 1 KiB of kernel memory per watch used.
  package var nextStep: String? {
    switch self {
    case .watchLimit(_, let limit): "sudo sysctl fs.inotify.max_user_watches=\(max(limit * 4, 524_288))"
    case .instanceLimit(let limit): "sudo sysctl fs.inotify.max_user_instances=\(max(limit * 4, 1024))"
    case .treeGone: "start again in the tree's new place"
    case .failed: nil
    }
  }

  package var exitCode: ExitCode { .environment }
}
