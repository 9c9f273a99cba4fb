import AzureLinux
import SystemPackage

package enum WatchError: Failure {
  /// The user has as many watches as the setting allows.
  case watchLimit(path: String, limit: Int, setting: String = "fs.inotify.max_user_watches")
  /// The user has as many inotify instances as the setting allows.
  case instanceLimit(limit: Int, setting: String = "fs.inotify.max_user_instances")
  case treeGone(tree: String)
  case failed(path: String, Errno)

  package var message: String {
    switch self {
    case .watchLimit(let path, let limit, let setting):
      "cannot watch \"\(path)\": this user's \(limit) watches (\(setting)) are used up"
    case .instanceLimit(let limit, let setting):
      "cannot watch: this user's \(limit) inotify instances (\(setting)) are used up"
    case .treeGone(let tree): "the tree \"\(tree)\" was moved or deleted while it was watched"
    case .failed(let path, let errno): "cannot watch \"\(path)\": \(errno)"
    }
  }

  /// Four times what there is has room for several trees, and costs about 1 KiB of kernel memory per watch used.
  package var nextStep: String? {
    switch self {
    case .watchLimit(_, let limit, let setting): "sudo sysctl \(setting)=\(max(limit * 4, 524_288))"
    case .instanceLimit(let limit, let setting): "sudo sysctl \(setting)=\(max(limit * 4, 1024))"
    case .treeGone: "start again in the tree's new place"
    case .failed: nil
    }
  }

  package var exitCode: ExitCode { .environment }
}
