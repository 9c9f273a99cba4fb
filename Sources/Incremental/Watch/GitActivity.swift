import Glibc
import SystemPackage

/// Whether a git command is changing the tree, by the files that it keeps in its folder meanwhile.
struct GitActivity {
  /// Of the repository, or of the linked worktree.
  let folder: FilePath
  let lockName: String
  private let lock: String
  private let sequences: [String]
  private let stopped: String

  init(indexLock: FilePath) {
    folder = indexLock.removingLastComponent()
    lockName = indexLock.lastComponent?.string ?? ""
    lock = indexLock.string
    // the index is let go between the steps of these
    sequences = ["rebase-merge", "rebase-apply", "sequencer"].map { [folder] in folder.appending($0).string }
    stopped = folder.appending("rebase-merge/stopped-sha").string
  }

  /// How long the lock has been there, in nanoseconds; nil when there is none.
  var lockAge: UInt64? {
    var facts = stat()
    guard lstat(lock, &facts) == 0 else { return nil }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let age = (now.tv_sec - facts.st_ctim.tv_sec) * 1_000_000_000 + now.tv_nsec - facts.st_ctim.tv_nsec
    return UInt64(max(age, 0))
  }

  /// Between two steps of a rebase or of many picks. One that has stopped waits for a person, who saves files as ever.
  var isInSequence: Bool {
    sequences.contains { access($0, F_OK) == 0 } && access(stopped, F_OK) != 0
  }
}
