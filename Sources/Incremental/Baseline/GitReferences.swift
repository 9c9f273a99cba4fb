import CGit2
import Foundation

extension GitBaseline {
  package struct Commit: Hashable, Codable, Sendable {
    /// As it was asked for.
    package var ref: String
    /// 40 hexadecimal digits.
    package var id: String
    /// When it was committed, in seconds since 1970.
    package var time: Int64
  }

  /// The commit that a branch, tag, commit id or revision expression stands for.
  package func commit(_ name: String) throws(GitError) -> Commit {
    let commit = try commitObject(name)
    defer { git_object_free(commit) }
    return Commit(ref: name, id: git_object_id(commit).pointee.hex, time: git_commit_time(commit))
  }

  /// Where HEAD left the release: its merge base with the release branch that is nearest to it, else with what
  /// the current branch tracks, else HEAD. Among equally near branches the first of `releaseBranches` counts.
  package func defaultBaseline(release: String) throws(GitError) -> Commit {
    let head = try commit("HEAD")
    if let found = try nearest(try releaseBranches(release), to: head) { return found }
    if let branch = currentBranch(), let tracked = upstream(of: branch),
      let found = try nearest([tracked], to: head)
    {
      return found
    }
    return head
  }

  private func nearest(_ names: [String], to head: Commit) throws(GitError) -> Commit? {
    var headID = git_oid()
    try check(git_oid_fromstr(&headID, head.id), "read HEAD")
    var best: (ref: String, base: git_oid, distance: Int)?
    for name in names {
      var tip = git_oid()
      var base = git_oid()
      guard git_reference_name_to_id(&tip, repository.pointer, name) == 0,
        git_merge_base(&base, repository.pointer, &headID, &tip) == 0
      else { continue }  // it is not there, or a shallow clone does not reach a common commit
      var ahead = 0
      var behind = 0
      try check(
        git_graph_ahead_behind(&ahead, &behind, repository.pointer, &headID, &base),
        "count the commits since \(name)")
      if best.map({ ahead < $0.distance }) ?? true { best = (name, base, ahead) }
      if ahead == 0 { break }
    }
    guard let best else { return nil }
    var found = try commit(best.base.hex)
    found.ref = best.ref.replacing(/^refs\/(heads|remotes|tags)\//, with: "")
    return found
  }

  /// Full names, most telling first: the release's branches on the remotes, then those here, then what a remote
  /// calls its default.
  private func releaseBranches(_ release: String) throws(GitError) -> [String] {
    let branches = ["\(release)-stable", release, "\(release)-dev", "fasttrack/\(release)"]
    let remotes = try remoteNames()
    let current = currentBranch()
    return remotes.flatMap { remote in branches.map { "refs/remotes/\(remote)/\($0)" } }
      + branches.map { "refs/heads/\($0)" }.filter { $0 != current }
      + remotes.map { "refs/remotes/\($0)/HEAD" }
  }

  /// `upstream` (a fork's way to name the original) first, then `origin`, then the others.
  private func remoteNames() throws(GitError) -> [String] {
    var list = git_strarray()
    try check(git_remote_list(&list, repository.pointer), "list the remotes")
    defer { git_strarray_dispose(&list) }
    let names = (0..<list.count).compactMap { list.strings[$0].map { String(cString: $0) } }
    let first = ["upstream", "origin"].filter(names.contains)
    return first + names.filter { !first.contains($0) }
  }

  private func currentBranch() -> String? {
    var head: OpaquePointer?
    guard git_repository_head(&head, repository.pointer) == 0 else { return nil }
    defer { git_reference_free(head) }
    return git_reference_is_branch(head) == 1 ? String(cString: git_reference_name(head)) : nil
  }

  private func upstream(of branch: String) -> String? {
    var name = git_buf()
    guard git_branch_upstream_name(&name, repository.pointer, branch) == 0 else { return nil }
    defer { git_buf_dispose(&name) }
    return String(cString: name.ptr)
  }

  /// A commit object that the caller frees.
  private func commitObject(_ name: String) throws(GitError) -> OpaquePointer? {
    var found: OpaquePointer?
    let code = git_revparse_single(&found, repository.pointer, name)
    guard code == 0 else {
      if name == "HEAD", git_repository_head_unborn(repository.pointer) == 1 {
        throw .noCommits(repository: repository.folder)
      }
      throw .unknownRef(name: name, reason: lastGitMessage())
    }
    defer { git_object_free(found) }
    var commit: OpaquePointer?
    guard git_object_peel(&commit, found, GIT_OBJECT_COMMIT) == 0 else {
      throw .unknownRef(name: name, reason: lastGitMessage())
    }
    return commit
  }

  /// The tree object of a commit, which the caller frees.
  func treeObject(_ name: String) throws(GitError) -> OpaquePointer? {
    let commit = try commitObject(name)
    defer { git_object_free(commit) }
    var tree: OpaquePointer?
    try check(git_commit_tree(&tree, commit), "read the tree of \(name)")
    return tree
  }
}
