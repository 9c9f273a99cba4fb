import AzureLinux
import CGit2
import Foundation
import SystemPackage

/// What the tree is compared with: commits, their content, and what differs from them. Reads only; the
/// repository, its index included, is never written.
package actor GitBaseline {
  private let executor = BlockingExecutor("git")
  nonisolated package var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  let repository: GitRepository
  /// The tree that all paths are relative to.
  nonisolated package let tree: FilePath
  /// Held by a git command that is changing the index and, mostly, the working tree.
  nonisolated package let indexLock: FilePath

  /// Finds the repository that `tree` is in: its top, a folder of it, a linked worktree or a submodule.
  package init(tree: FilePath) throws(GitError) {
    let repository = try GitRepository(tree: tree)
    self.tree = tree
    indexLock = FilePath(repository.folder).appending("index.lock")
    self.repository = repository
  }

  /// What git is in the middle of.
  package enum Operation: String, Codable, Sendable {
    case none, merge, revert, cherryPick, bisect, rebase, applyMailbox
  }

  package struct State: Hashable, Codable, Sendable {
    package var operation: Operation
    /// A git command holds the index right now, or died holding it.
    package var isIndexLocked: Bool

    package init(operation: Operation, isIndexLocked: Bool) {
      self.operation = operation
      self.isIndexLocked = isIndexLocked
    }
  }

  /// Whether git itself is in the middle of something that will change many files.
  package func isBusy() -> Bool { state.operation != .none || state.isIndexLocked }

  package var state: State {
    let operation: Operation =
      switch git_repository_state_t(UInt32(bitPattern: git_repository_state(repository.pointer))) {
      case GIT_REPOSITORY_STATE_MERGE: .merge
      case GIT_REPOSITORY_STATE_REVERT, GIT_REPOSITORY_STATE_REVERT_SEQUENCE: .revert
      case GIT_REPOSITORY_STATE_CHERRYPICK, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE: .cherryPick
      case GIT_REPOSITORY_STATE_BISECT: .bisect
      case GIT_REPOSITORY_STATE_REBASE, GIT_REPOSITORY_STATE_REBASE_INTERACTIVE,
        GIT_REPOSITORY_STATE_REBASE_MERGE:
        .rebase
      case GIT_REPOSITORY_STATE_APPLY_MAILBOX, GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE: .applyMailbox
      default: .none
      }
    return State(operation: operation, isIndexLocked: access(indexLock.string, F_OK) == 0)
  }
}
