import AzureLinux
import CGit2

/// What libgit2 said, with the object that it was asked about.
package enum GitError: Failure {
  case notARepository(path: String)
  case noCommit(path: String)
  case unknownRef(String, repository: String)
  case failed(doing: String, code: Int32, reason: String)

  package var message: String {
    switch self {
    case .notARepository(let path): "\"\(path)\" is not in a git repository"
    case .noCommit(let path): "the git repository of \"\(path)\" has no commit yet"
    case .unknownRef(let ref, let repository): "\"\(ref)\" names no commit of \(repository)"
    case .failed(let doing, _, let reason): "git could not \(doing): \(reason)"
    }
  }
  package var nextStep: String? {
    switch self {
    case .notARepository: "azl-dev compares with a commit: git init, git add and git commit make one"
    case .noCommit: "git add -A && git commit"
    case .unknownRef: "git log and git branch -a show what there is"
    case .failed: nil
    }
  }
  package var exitCode: ExitCode {
    switch self {
    case .failed: .environment
    default: .invalidInput
    }
  }

  /// Reads libgit2's message at once: it belongs to this thread and the next call replaces it.
  static func check(_ code: Int32, _ doing: @autoclosure () -> String) throws(GitError) {
    guard code < 0 else { return }
    let reason = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "error \(code)"
    throw .failed(doing: doing(), code: code, reason: reason)
  }
}
