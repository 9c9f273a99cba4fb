import AzureLinux
import CGit2

package enum GitError: Failure {
  case notARepository(tree: String)
  case noWorkTree(repository: String)
  case noCommits(repository: String)
  case unknownRef(name: String, reason: String)
  /// The repository promises an object that it does not have (partial clone, damaged clone).
  case missingObject(subject: String, reason: String)
  case notADirectory(path: String, commit: String)
  case unreadable(path: String, reason: String)
  /// Anything else that libgit2 refuses, in its words.
  case failed(action: String, code: Int32, reason: String)

  package var message: String {
    switch self {
    case .notARepository(let tree): "\"\(tree)\" is not in a git repository"
    case .noWorkTree(let repository): "git repository \"\(repository)\" has no working tree"
    case .noCommits(let repository): "git repository \"\(repository)\" has no commit yet"
    case .unknownRef(let name, let reason): "git does not know \"\(name)\": \(reason)"
    case .missingObject(let subject, let reason): "git lacks the content of \(subject): \(reason)"
    case .notADirectory(let path, let commit): "\"\(path)\" is not a directory in commit \(commit.prefix(8))"
    case .unreadable(let path, let reason): "cannot read \"\(path)\": \(reason)"
    case .failed(let action, _, let reason): "git could not \(action): \(reason)"
    }
  }

  package var nextStep: String? {
    switch self {
    case .notARepository: "git clone the tree, or git init && git add -A && git commit in it"
    case .noWorkTree: "git worktree add <folder> in it, then use that folder"
    case .noCommits: "git add -A && git commit"
    case .unknownRef: "git fetch, or name a branch, tag or commit that git log shows"
    case .missingObject: "git fetch --refetch"
    case .notADirectory, .unreadable, .failed: nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .notARepository, .noWorkTree, .noCommits, .unknownRef, .notADirectory: .invalidInput
    case .missingObject, .unreadable, .failed: .environment
    }
  }
}

/// libgit2's last error text. It belongs to the thread, so it is read before anything else runs.
func lastGitMessage() -> String {
  guard let error = git_error_last(), let text = error.pointee.message else { return "no reason given" }
  return String(cString: text)
}

/// Throws what a libgit2 call returned as a failure to do `action`.
func check(_ code: Int32, _ action: @autoclosure () -> String) throws(GitError) {
  guard code < 0 else { return }
  throw .failed(action: action(), code: code, reason: lastGitMessage())
}
