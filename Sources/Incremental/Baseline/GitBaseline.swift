import AzureLinux
import CGit2
import Foundation
import SystemPackage

/// The git repository that a tree lies in, and its commits as baselines. One thread asks libgit2 at a time.
package actor GitBaseline {
  package struct Commit: Hashable, Codable, Sendable {
    /// As it was asked for.
    package var ref: String
    /// 40 hexadecimal digits.
    package var id: String
    /// Seconds since 1970.
    package var time: Int64
  }

  private let executor = BlockingExecutor("git")
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let handle: Handle
  /// Path of the tree within the repository's working directory; empty when it is the whole of it.
  private let prefix: String
  private let tree: FilePath

  /// Owns the `git_repository`.
  private final class Handle {
    let repository: OpaquePointer
    init(_ repository: OpaquePointer) { self.repository = repository }
    deinit { git_repository_free(repository) }
  }

  package init(tree: FilePath) throws(GitError) {
    git_libgit2_init()
    // a tree that another user owns is still only read
    _ = git_libgit2_opts_owner_validation_off()
    var repository: OpaquePointer?
    guard git_repository_open_ext(&repository, tree.string, 0, nil) == 0, let repository else {
      throw .notARepository(path: tree.string)
    }
    handle = Handle(repository)
    self.tree = tree
    let folder = git_repository_workdir(repository).map { String(cString: $0) } ?? tree.string + "/"
    let real = URL(fileURLWithPath: tree.string).resolvingSymlinksInPath().path + "/"
    prefix = real.hasPrefix(folder) ? String(real.dropFirst(folder.count)) : ""
  }

  // MARK: commits

  package func commit(_ ref: String) throws(GitError) -> Commit {
    var object: OpaquePointer?
    guard git_revparse_single(&object, handle.repository, ref + "^{commit}") == 0, let object else {
      if ref == "HEAD" { throw .noCommit(path: tree.string) }
      throw .unknownRef(ref, repository: tree.string)
    }
    defer { git_object_free(object) }
    guard let id = git_object_id(object) else { throw .unknownRef(ref, repository: tree.string) }
    return Commit(ref: ref, id: Self.text(id), time: git_commit_time(object))
  }

  /// Where this branch left the one that it is meant for: the merge base with its upstream or with the release's
  /// branch on a remote; HEAD when there is none.
  package func defaultBaseline(release: String) throws(GitError) -> Commit {
    let head = try commit("HEAD")
    for candidate in ["@{upstream}", "origin/\(release)-dev", "origin/\(release)", "upstream/\(release)", release] {
      guard let other = try? commit(candidate), let base = mergeBase(head.id, other.id) else { continue }
      var commit = try commit(base)
      commit.ref = candidate == "@{upstream}" ? "upstream" : candidate
      return commit
    }
    return head
  }

  private func mergeBase(_ a: String, _ b: String) -> String? {
    var first = git_oid()
    var second = git_oid()
    var base = git_oid()
    guard git_oid_fromstr(&first, a) == 0, git_oid_fromstr(&second, b) == 0,
      git_merge_base(&base, handle.repository, &first, &second) == 0
    else { return nil }
    return Self.text(&base)
  }

  private static func text(_ id: UnsafePointer<git_oid>) -> String {
    var buffer = [CChar](repeating: 0, count: 41)
    git_oid_tostr(&buffer, 41, id)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  // MARK: differences

  /// Content differences between a commit and the working tree (or another commit), below the tree's `folders`;
  /// sorted by path. Files that git does not track or ignores count: sources under a package directory do.
  package func changes(
    from base: String, to head: String? = nil, folders: [String]
  ) throws(GitError) -> [TreeChange] {
    let baseTree = try tree(of: base)
    defer { git_tree_free(baseTree) }
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.flags =
      GIT_DIFF_INCLUDE_UNTRACKED.rawValue | GIT_DIFF_RECURSE_UNTRACKED_DIRS.rawValue
      | GIT_DIFF_INCLUDE_IGNORED.rawValue | GIT_DIFF_RECURSE_IGNORED_DIRS.rawValue
      | GIT_DIFF_DISABLE_PATHSPEC_MATCH.rawValue | GIT_DIFF_SKIP_BINARY_CHECK.rawValue
      | GIT_DIFF_UPDATE_INDEX.rawValue
    let paths = folders.map { prefix + $0 }
    let words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: paths.count)
    for (index, path) in paths.enumerated() { words[index] = strdup(path) }
    defer {
      for index in paths.indices { free(words[index]) }
      words.deallocate()
    }
    options.pathspec = git_strarray(strings: words, count: paths.count)
    var diff: OpaquePointer?
    let code: Int32
    if let head {
      let headTree = try tree(of: head)
      defer { git_tree_free(headTree) }
      code = git_diff_tree_to_tree(&diff, handle.repository, baseTree, headTree, &options)
    } else {
      code = git_diff_tree_to_workdir_with_index(&diff, handle.repository, baseTree, &options)
    }
    try GitError.check(code, "compare the tree with \(base)")
    guard let diff else { return [] }
    defer { git_diff_free(diff) }
    var find = git_diff_find_options()
    git_diff_find_options_init(&find, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION))
    find.flags = GIT_DIFF_FIND_RENAMES.rawValue | GIT_DIFF_FIND_FOR_UNTRACKED.rawValue
    find.rename_limit = 400
    git_diff_find_similar(diff, &find)
    var changes: [TreeChange] = []
    for index in 0..<git_diff_num_deltas(diff) {
      guard let delta = git_diff_get_delta(diff, index)?.pointee, let change = change(delta) else { continue }
      changes.append(change)
    }
    return changes.sorted { $0.path < $1.path }
  }

  private func change(_ delta: git_diff_delta) -> TreeChange? {
    func path(_ file: git_diff_file) -> String? {
      guard let text = file.path.map({ String(cString: $0) }), text.hasPrefix(prefix) else { return nil }
      return String(text.dropFirst(prefix.count))
    }
    guard let new = path(delta.new_file) ?? path(delta.old_file) else { return nil }
    let status: String
    switch delta.status {
    case GIT_DELTA_ADDED, GIT_DELTA_COPIED: status = "added"
    case GIT_DELTA_DELETED: status = "deleted"
    case GIT_DELTA_MODIFIED: status = "modified"
    case GIT_DELTA_RENAMED: status = "renamed"
    case GIT_DELTA_TYPECHANGE: status = "typechange"
    case GIT_DELTA_UNTRACKED, GIT_DELTA_IGNORED: status = "untracked"
    default: return nil
    }
    let name = String(new.split(separator: "/").last ?? "")
    guard !new.hasSuffix("/"), !new.hasPrefix(".azldev/"), !Self.isEditorFile(name) else { return nil }
    return TreeChange(path: new, oldPath: status == "renamed" ? path(delta.old_file) : nil, status: status)
  }

  private static func isEditorFile(_ name: String) -> Bool {
    name.hasSuffix("~") || name.hasSuffix(".swp") || name.hasSuffix(".swx") || name == "4913"
      || name.hasPrefix(".#") || (name.hasPrefix("#") && name.hasSuffix("#"))
  }

  private func tree(of ref: String) throws(GitError) -> OpaquePointer {
    var object: OpaquePointer?
    guard git_revparse_single(&object, handle.repository, ref + "^{tree}") == 0, let object else {
      throw .unknownRef(ref, repository: tree.string)
    }
    return object
  }

  // MARK: contents

  /// A file of the tree as a commit has it; nil when it has none.
  package func content(of path: String, at ref: String) throws(GitError) -> Data? {
    let root = try tree(of: ref)
    defer { git_tree_free(root) }
    var entry: OpaquePointer?
    guard git_tree_entry_bypath(&entry, root, prefix + path) == 0, let entry else { return nil }
    defer { git_tree_entry_free(entry) }
    var blob: OpaquePointer?
    guard git_tree_entry_type(entry) == GIT_OBJECT_BLOB,
      git_blob_lookup(&blob, handle.repository, git_tree_entry_id(entry)) == 0, let blob
    else { return nil }
    defer { git_blob_free(blob) }
    return git_blob_rawcontent(blob).map { Data(bytes: $0, count: Int(git_blob_rawsize(blob))) } ?? Data()
  }

  /// Whether git itself is in the middle of something that will change many files.
  package func isBusy() -> Bool {
    if git_repository_state(handle.repository) != Int32(GIT_REPOSITORY_STATE_NONE.rawValue) { return true }
    let folder = git_repository_path(handle.repository).map { String(cString: $0) } ?? ""
    return access(folder + "index.lock", F_OK) == 0
  }
}

/// A line that differs, with its number in the new text (0 when it is gone from there).
package struct LineChange: Hashable, Sendable {
  package var line: Int
  package var old: String?
  package var new: String?

  /// Lines of `new` that replace or add to those of `old`, in order; pairs an old with a new line where a hunk
  /// has both.
  package static func between(_ old: Data, _ new: Data) -> [LineChange] {
    final class Collector { var removed: [String] = []; var changes: [LineChange] = [] }
    let collector = Collector()
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.context_lines = 0
    git_libgit2_init()
    defer { git_libgit2_shutdown() }
    _ = old.withUnsafeBytes { oldBytes in
      new.withUnsafeBytes { newBytes in
        git_diff_buffers(
          oldBytes.baseAddress, oldBytes.count, "old", newBytes.baseAddress, newBytes.count, "new", &options,
          nil, nil, nil,
          { _, _, line, payload in
            guard let line = line?.pointee, let payload, let content = line.content else { return 0 }
            let collector = Unmanaged<Collector>.fromOpaque(payload).takeUnretainedValue()
            let bytes = UnsafeRawBufferPointer(start: content, count: line.content_len)
            let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
            if line.origin == CChar(GIT_DIFF_LINE_DELETION.rawValue) {
              collector.removed.append(text)
            } else if line.origin == CChar(GIT_DIFF_LINE_ADDITION.rawValue) {
              let before = collector.removed.isEmpty ? nil : collector.removed.removeFirst()
              collector.changes.append(LineChange(line: Int(line.new_lineno), old: before, new: text))
            }
            return 0
          }, Unmanaged.passUnretained(collector).toOpaque())
      }
    }
    return collector.changes + collector.removed.map { LineChange(line: 0, old: $0, new: nil) }
  }
}
