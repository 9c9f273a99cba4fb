import CGit2
import Foundation
import SystemPackage

/// The one owner of a libgit2 repository handle. Not Sendable: it never leaves the actor that made it.
final class GitRepository {
  let pointer: OpaquePointer
  /// The tree's place in the working tree: empty, or a folder with a slash at its end.
  let prefix: String
  /// Ends with a slash, as libgit2 gives it; of the linked worktree where it is one.
  let folder: String
  /// Of the working tree; ends with a slash.
  let top: String

  init(tree: FilePath) throws(GitError) {
    GitRepository.prepareLibrary
    var opened: OpaquePointer?
    let code = git_repository_open_ext(&opened, tree.string, 0, nil)
    guard code != GIT_ENOTFOUND.rawValue else { throw .notARepository(tree: tree.string) }
    try check(code, "open the repository of \"\(tree)\"")
    let pointer = opened!
    do throws(GitError) {
      folder = String(cString: git_repository_path(pointer))
      guard let top = git_repository_workdir(pointer) else { throw .noWorkTree(repository: folder) }
      self.top = String(cString: top)
      let realTop = try GitRepository.realPath(self.top)
      guard let real = try GitRepository.realPath(tree.string).relative(to: realTop) else {
        throw .notARepository(tree: tree.string)
      }
      prefix = real.isEmpty ? "" : real + "/"
    } catch {
      git_repository_free(pointer)
      throw error
    }
    self.pointer = pointer
  }

  deinit { git_repository_free(pointer) }

  /// Path in the repository of a path in the tree.
  func inRepository(_ path: String) -> String {
    path.isEmpty ? String(prefix.dropLast()) : prefix + path
  }

  /// Path in the tree of a path in the repository; nil when it lies outside.
  func inTree(_ path: UnsafePointer<CChar>?) -> String? {
    guard let path else { return nil }
    var text = String(cString: path)
    if text.hasSuffix("/") { text.removeLast() }
    return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
  }

  /// Once per process, before anything else of libgit2.
  static let prepareLibrary: Void = {
    git_libgit2_init()
    cgit2_keep_large_trees()
    _ = cgit2_map_little()
    _ = cgit2_allow_any_owner()
    _ = cgit2_accept_clone_extensions()
  }()

  private static func realPath(_ path: String) throws(GitError) -> String {
    guard let real = realpath(path, nil) else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { free(real) }
    return String(cString: real)
  }
}

extension String {
  /// What follows `folder/`; empty when they are the same, nil when self is not below it.
  fileprivate func relative(to folder: String) -> String? {
    if self == folder { return "" }
    let start = folder == "/" ? folder : folder + "/"
    return hasPrefix(start) ? String(dropFirst(start.count)) : nil
  }
}

/// Lends `strings` to libgit2 as an array of C strings.
func withStringArray<R>(_ strings: [String], _ body: (git_strarray) throws(GitError) -> R) throws(GitError)
  -> R
{
  var pointers = strings.map { strdup($0) }
  defer { for pointer in pointers { free(pointer) } }
  let count = pointers.count
  let base = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: max(count, 1))
  defer { base.deallocate() }
  base.initialize(from: &pointers, count: count)
  return try body(git_strarray(strings: base, count: count))
}

extension git_oid {
  /// 40 lower-case hexadecimal digits.
  var hex: String {
    withUnsafePointer(to: self) { id in
      String(unsafeUninitializedCapacity: 40) { bytes in
        bytes.withMemoryRebound(to: CChar.self) { _ = git_oid_fmt($0.baseAddress, id) }
        return 40
      }
    }
  }

  func isEqual(to other: git_oid) -> Bool {
    withUnsafePointer(to: self) { a in withUnsafePointer(to: other) { git_oid_equal(a, $0) == 1 } }
  }
}
