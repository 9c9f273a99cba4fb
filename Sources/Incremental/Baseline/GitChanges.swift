import AzureLinux
import CGit2
import Foundation

extension GitBaseline {
  /// What differs in content between the commit `base` and the working tree (or the commit `head`), sorted by
  /// path. What is staged but not in the working tree does not count; what a sparse checkout left out has not
  /// changed.
  ///
  /// - Parameters:
  ///   - folders: package folders: every file below counts, those that git ignores too.
  ///   - others: folders and files in which git's ignore rules hold.
  package func changes(
    from base: String, to head: String? = nil, folders: [String], others: [String] = []
  ) throws(GitError) -> [TreeChange] {
    let old = try treeObject(base)
    defer { git_object_free(old) }
    let new = try head.map { name throws(GitError) in try treeObject(name) } ?? nil
    defer { git_object_free(new) }
    var found: [TreeChange] = []
    for (paths, ignored) in [(folders, true), (others, false)] where !paths.isEmpty {
      var diff = try makeDiff(old, new, paths: paths, ignored: ignored)
      defer { git_diff_free(diff) }
      try findRenames(&diff)
      found += try treeChanges(diff, worktree: new == nil)
    }
    return found.sorted { ($0.path, $0.oldPath ?? "") < ($1.path, $1.oldPath ?? "") }
  }

  private func makeDiff(
    _ old: OpaquePointer?, _ new: OpaquePointer?, paths: [String], ignored: Bool
  ) throws(GitError) -> OpaquePointer? {
    if let new {
      return try join(paths, ignored, index: nil) { [repository] diff, options in
        git_diff_tree_to_tree(diff, repository.pointer, old, new, options)
      }
    }
    var index: OpaquePointer?
    try check(git_repository_index(&index, repository.pointer), "read the index")
    defer { git_index_free(index) }
    try check(git_index_read(index, 0), "read the index")
    let staged = try join(paths, ignored, index: index) { [repository] diff, options in
      git_diff_tree_to_index(diff, repository.pointer, old, index, options)
    }
    // these two are merged once and last: of two merged answers, libgit2 takes the new side of the second for that of
    // both, and looks for files of the working tree in the index where the second has none
    do throws(GitError) {
      let unstaged = try join(paths, ignored, index: index) { [repository] diff, options in
        git_diff_index_to_workdir(diff, repository.pointer, index, options)
      }
      defer { git_diff_free(unstaged) }
      try check(git_diff_merge(staged, unstaged), "compare the working tree with the baseline")
    } catch {
      git_diff_free(staged)
      throw error
    }
    return staged
  }

  private typealias Differ = (
    UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<git_diff_options>
  ) -> Int32

  /// One by one: libgit2 loses its place in a list with "SPECS" and "SPECS-SIGNED".
  private func join(
    _ paths: [String], _ ignored: Bool, index: OpaquePointer?, _ differ: Differ
  ) throws(GitError) -> OpaquePointer? {
    var joined: OpaquePointer?
    do throws(GitError) {
      for path in paths {
        let diff = try makeDiff(path, ignored, index, differ)
        guard joined != nil else {
          joined = diff
          continue
        }
        defer { git_diff_free(diff) }
        try check(git_diff_merge(joined, diff), "join the differences of two folders")
      }
    } catch {
      git_diff_free(joined)
      throw error
    }
    return joined
  }

  private func makeDiff(
    _ path: String, _ ignored: Bool, _ index: OpaquePointer?, _ differ: Differ
  ) throws(GitError) -> OpaquePointer? {
    try withStringArray([repository.inRepository(path)]) { array throws(GitError) in
      var options = git_diff_options()
      git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
      var flags = [
        GIT_DIFF_INCLUDE_UNTRACKED, GIT_DIFF_RECURSE_UNTRACKED_DIRS, GIT_DIFF_INCLUDE_TYPECHANGE,
        GIT_DIFF_INCLUDE_UNREADABLE, GIT_DIFF_SKIP_BINARY_CHECK, GIT_DIFF_DISABLE_PATHSPEC_MATCH,
      ]
      if ignored { flags += [GIT_DIFF_INCLUDE_IGNORED, GIT_DIFF_RECURSE_IGNORED_DIRS] }
      options.flags = flags.reduce(0) { $0 | $1.rawValue }
      if let index {
        options.payload = UnsafeMutableRawPointer(index)
        options.notify_cb = { _, delta, _, index in
          guard let delta, let index else { return 0 }
          return isLeftOut(delta.pointee, index: OpaquePointer(index)) ? 1 : 0
        }
      }
      // an empty path means all of the repository, which git says with an empty list
      options.pathspec = path.isEmpty && repository.prefix.isEmpty ? git_strarray() : array
      var diff: OpaquePointer?
      try check(differ(&diff, &options), "compare with the baseline")
      return diff
    }
  }

  /// Pairs what went with what came; only where both are there, because it reads their content.
  private func findRenames(_ diff: inout OpaquePointer?) throws(GitError) {
    let gone = git_diff_num_deltas_of_type(diff, GIT_DELTA_DELETED)
    let came =
      git_diff_num_deltas_of_type(diff, GIT_DELTA_ADDED)
      + git_diff_num_deltas_of_type(diff, GIT_DELTA_UNTRACKED)
    guard gone > 0, came > 0 else { return }
    var options = git_diff_find_options()
    git_diff_find_options_init(&options, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION))
    options.flags = GIT_DIFF_FIND_RENAMES.rawValue | GIT_DIFF_FIND_FOR_UNTRACKED.rawValue
    options.rename_limit = 1000
    let code = git_diff_find_similar(diff, &options)
    // a partial clone lacks the content of what went: gone and new is then all that can be said
    guard code != GIT_ENOTFOUND.rawValue else { return }
    try check(code, "find renamed files")
  }

  private func treeChanges(_ diff: OpaquePointer?, worktree: Bool) throws(GitError) -> [TreeChange] {
    var index: OpaquePointer?
    if worktree { try check(git_repository_index(&index, repository.pointer), "read the index") }
    defer { git_index_free(index) }
    var found: [TreeChange] = []
    for position in 0..<git_diff_num_deltas(diff) {
      guard let delta = git_diff_get_delta(diff, position)?.pointee else { continue }
      found += try treeChanges(delta, index: index)
    }
    return found
  }

  private func treeChanges(_ delta: git_diff_delta, index: OpaquePointer?) throws(GitError) -> [TreeChange] {
    guard delta.status == GIT_DELTA_RENAMED, index != nil, isThere(delta.old_file) else {
      return try treeChange(delta, index: index).map { [$0] } ?? []
    }
    // only the index has lost the old file; nothing was renamed
    var gone = delta
    gone.status = GIT_DELTA_DELETED
    gone.new_file = delta.old_file
    var new = delta
    let isStaged = git_index_get_bypath(index, delta.new_file.path, 0) != nil
    new.status = isStaged ? GIT_DELTA_ADDED : GIT_DELTA_UNTRACKED
    let changes = [try treeChange(gone, index: index), try treeChange(new, index: index)]
    return changes.compactMap(\.self)
  }

  private func isThere(_ file: git_diff_file) -> Bool {
    FileIdentity(repository.top + String(cString: file.path), in: AT_FDCWD) != nil
  }

  private func treeChange(_ delta: git_diff_delta, index: OpaquePointer?) throws(GitError) -> TreeChange? {
    guard let path = repository.inTree(delta.new_file.path ?? delta.old_file.path) else { return nil }
    let staged = index.flatMap { git_index_get_bypath($0, delta.old_file.path, 0)?.pointee }
    let isLeftOut =
      staged.map { UInt32($0.flags_extended) & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0 } == true
    switch delta.status {
    case GIT_DELTA_ADDED: return TreeChange(path: path, status: "added")
    case GIT_DELTA_DELETED:
      if let staged, isLeftOut {
        return staged.id.isEqual(to: delta.old_file.id) ? nil : TreeChange(path: path, status: "modified")
      }
      // git rm --cached: no longer tracked, and still there
      guard index != nil, staged == nil, isThere(delta.old_file) else {
        return TreeChange(path: path, status: "deleted")
      }
      return isSame(delta.old_file) ? nil : TreeChange(path: path, status: "modified")
    case GIT_DELTA_MODIFIED, GIT_DELTA_UNREADABLE:
      // staged and then undone in the working tree, or written with other line endings: content is the same
      return index != nil && isSame(delta.old_file) ? nil : TreeChange(path: path, status: "modified")
    case GIT_DELTA_RENAMED:
      if isLeftOut {
        let isStaged = git_index_get_bypath(index, delta.new_file.path, 0) != nil
        return TreeChange(path: path, status: isStaged ? "added" : "untracked")
      }
      return TreeChange(path: path, oldPath: repository.inTree(delta.old_file.path), status: "renamed")
    case GIT_DELTA_TYPECHANGE: return TreeChange(path: path, status: "typechange")
    case GIT_DELTA_CONFLICTED: return TreeChange(path: path, status: "modified")
    case GIT_DELTA_UNTRACKED, GIT_DELTA_IGNORED:
      return EditorFiles.hides(path) ? nil : TreeChange(path: path, status: "untracked")
    default: return nil
    }
  }

  /// Whether the working tree's file has the baseline's mode and content, line endings as git keeps them.
  private func isSame(_ old: git_diff_file) -> Bool {
    var status = stat()
    let file = repository.top + String(cString: old.path)
    guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    let mode = status.st_mode & S_IXUSR == 0 ? GIT_FILEMODE_BLOB : GIT_FILEMODE_BLOB_EXECUTABLE
    var id = git_oid()
    return UInt32(old.mode) == mode.rawValue
      && git_repository_hashfile(&id, repository.pointer, old.path, GIT_OBJECT_BLOB, nil) == 0
      && id.isEqual(to: old.id)
  }
}

/// A file that a sparse checkout leaves out, the same as in the baseline: not gone, and no source of a rename. Its
/// content may not even be there to compare.
private func isLeftOut(_ delta: git_diff_delta, index: OpaquePointer) -> Bool {
  guard delta.status == GIT_DELTA_DELETED,
    let staged = git_index_get_bypath(index, delta.old_file.path, 0)?.pointee
  else { return false }
  return UInt32(staged.flags_extended) & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0
    && staged.id.isEqual(to: delta.old_file.id)
}
