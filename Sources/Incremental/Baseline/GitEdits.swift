import AzureLinux
import CGit2
import Glibc
import Storage

extension GitBaseline {
  /// What differs in a package directory where no file came or went, which is what a save does: each file is compared
  /// with the commit's, as git stores it. Nil where that does not say all: git then compares in its own way, which
  /// walks the index and the folders above.
  ///
  /// - Parameter files: all of the directory, as they were seen.
  func edits(
    from base: String, in directory: String, files: [DirectoryRecord.Entry]
  ) throws(GitError) -> [TreeChange]? {
    let root = try treeObject(base)
    defer { git_object_free(root) }
    var committed: [String: CommittedFile] = [:]
    guard let tree = GitTree(named: repository.inRepository(directory), in: root, repository.pointer),
      list(tree, below: directory + "/", into: &committed), committed.count == files.count,
      try isPlain(directory)
    else { return nil }
    var changes: [TreeChange] = []
    for file in files {
      let path = file.path.text
      guard let old = committed[path], file.identity.mode & S_IFMT == S_IFREG else { return nil }
      let isExecutable = file.identity.mode & S_IXUSR != 0
      guard old.mode == (isExecutable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB) else { return nil }
      var id = git_oid()
      guard
        git_repository_hashfile(
          &id, repository.pointer, repository.inRepository(path), GIT_OBJECT_BLOB, nil) == 0
      else { return nil }
      if !id.isEqual(to: old.id) { changes.append(TreeChange(path: path, status: "modified")) }
    }
    return changes
  }

  private struct CommittedFile {
    var mode: git_filemode_t
    var id: git_oid
  }

  /// - Returns: whether there are only files and folders.
  private func list(_ tree: GitTree, below prefix: String, into found: inout [String: CommittedFile]) -> Bool
  {
    for position in 0..<git_tree_entrycount(tree.pointer) {
      guard let entry = git_tree_entry_byindex(tree.pointer, position), let id = git_tree_entry_id(entry)
      else {
        return false
      }
      let path = prefix + String(cString: git_tree_entry_name(entry))
      switch git_tree_entry_type(entry) {
      case GIT_OBJECT_BLOB:
        found[path] = CommittedFile(mode: git_tree_entry_filemode(entry), id: id.pointee)
      case GIT_OBJECT_TREE:
        guard let below = GitTree(id.pointee, repository.pointer),
          list(below, below: path + "/", into: &found)
        else { return false }
      default: return false
      }
    }
    return true
  }

  /// Whether the index has nothing to say about a directory beyond what is staged: no conflict, no file that a sparse
  /// checkout left out or that is only announced.
  private func isPlain(_ directory: String) throws(GitError) -> Bool {
    var index: OpaquePointer?
    try check(git_repository_index(&index, repository.pointer), "read the index")
    defer { git_index_free(index) }
    try check(git_index_read(index, 0), "read the index")
    let prefix = repository.inRepository(directory) + "/"
    var position = 0
    guard git_index_find_prefix(&position, index, prefix) == 0 else { return true }
    while let entry = git_index_get_byindex(index, position)?.pointee, let path = entry.path,
      strncmp(path, prefix, prefix.utf8.count) == 0
    {
      let odd = GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue | GIT_INDEX_ENTRY_INTENT_TO_ADD.rawValue
      if UInt32(entry.flags_extended) & odd != 0 || entry.flags & UInt16(GIT_INDEX_ENTRY_STAGEMASK) != 0 {
        return false
      }
      position += 1
    }
    return true
  }
}

/// A folder of a commit, and the one owner of its handle.
private final class GitTree {
  let pointer: OpaquePointer

  init?(_ id: git_oid, _ repository: OpaquePointer) {
    var id = id
    var found: OpaquePointer?
    guard git_tree_lookup(&found, repository, &id) == 0, let found else { return nil }
    pointer = found
  }

  convenience init?(named path: String, in root: OpaquePointer?, _ repository: OpaquePointer) {
    var entry: OpaquePointer?
    guard git_tree_entry_bypath(&entry, root, path) == 0 else { return nil }
    defer { git_tree_entry_free(entry) }
    guard git_tree_entry_type(entry) == GIT_OBJECT_TREE, let id = git_tree_entry_id(entry)?.pointee else {
      return nil
    }
    self.init(id, repository)
  }

  deinit { git_tree_free(pointer) }
}
