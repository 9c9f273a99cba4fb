import CGit2
import Foundation
import SystemPackage

extension GitBaseline {
  /// The file as a checkout of `commit` would write it (line endings included); nil when the commit lacks it.
  package func content(of path: String, at commit: String) throws(GitError) -> Data? {
    let tree = try treeObject(commit)
    defer { git_object_free(tree) }
    let name = repository.inRepository(path)
    var entry: OpaquePointer?
    guard git_tree_entry_bypath(&entry, tree, name) == 0 else { return nil }
    defer { git_tree_entry_free(entry) }
    guard git_tree_entry_type(entry) == GIT_OBJECT_BLOB else { return nil }
    var blob: OpaquePointer?
    guard git_blob_lookup(&blob, repository.pointer, git_tree_entry_id(entry)) == 0 else {
      throw .missingObject(subject: "\"\(path)\" in \(commit.prefix(8))", reason: lastGitMessage())
    }
    defer { git_blob_free(blob) }
    var options = git_blob_filter_options()
    git_blob_filter_options_init(&options, UInt32(GIT_BLOB_FILTER_OPTIONS_VERSION))
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    try check(git_blob_filter(&buffer, blob, name, &options), "read \"\(path)\"")
    return Data(bytes: buffer.ptr, count: buffer.size)
  }

  /// Writes a directory of `commit` as a checkout would and returns where: `folder` followed by the
  /// directory's path. Nothing else is touched.
  package func materialise(_ directory: String, at commit: String, into folder: FilePath) throws(GitError)
    -> FilePath
  {
    let tree = try treeObject(commit)
    defer { git_object_free(tree) }
    let name = repository.inRepository(directory)
    var entry: OpaquePointer?
    guard name.isEmpty || git_tree_entry_bypath(&entry, tree, name) == 0 else {
      throw .notADirectory(path: directory, commit: commit)
    }
    defer { git_tree_entry_free(entry) }
    guard name.isEmpty || git_tree_entry_type(entry) == GIT_OBJECT_TREE else {
      throw .notADirectory(path: directory, commit: commit)
    }
    try withStringArray([name]) { paths throws(GitError) in
      var options = git_checkout_options()
      git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION))
      options.checkout_strategy =
        GIT_CHECKOUT_FORCE.rawValue | GIT_CHECKOUT_DONT_UPDATE_INDEX.rawValue
        | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH.rawValue
      if !name.isEmpty { options.paths = paths }
      let code = folder.string.withCString { target in
        options.target_directory = target
        return git_checkout_tree(repository.pointer, tree, &options)
      }
      guard code != GIT_ENOTFOUND.rawValue else {
        throw .missingObject(subject: "\"\(directory)\" in \(commit.prefix(8))", reason: lastGitMessage())
      }
      try check(code, "write \"\(directory)\" of \(commit.prefix(8))")
    }
    return folder.appending(name)
  }
}
