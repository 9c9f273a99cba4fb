import AzureLinux
import CGit2
import Glibc
import Storage

/// What git's answer depends on besides the commit and the files: what the index says of them, and git's rules.
extension GitBaseline {
  /// Of the index as a file; nil when there is none, or when it was written so lately that this proves nothing.
  func indexIdentity() -> FileIdentity? {
    let now = FileIdentity.now()
    guard let identity = FileIdentity(repository.folder + "index", in: AT_FDCWD), !identity.isFresh(at: now)
    else { return nil }
    return identity
  }

  /// Of all files that say what is ignored and how files are stored; nil when one of them proves nothing yet.
  func rulesIdentity(_ places: [String]) -> Digest? {
    var folders: Set<String> = [""]
    for place in places {
      var folder = repository.inRepository(place)
      while !folder.isEmpty {
        folders.insert(folder)
        folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ""
      }
    }
    let common = String(cString: git_repository_commondir(repository.pointer))
    var files = ["info/exclude", "info/attributes", "config"].map { common + $0 }
    for folder in folders.sorted() {
      let folder = folder.isEmpty ? repository.top : repository.top + folder + "/"
      files += [folder + ".gitignore", folder + ".gitattributes"]
    }
    let now = FileIdentity.now()
    let hash = SHA256()
    for file in files {
      let identity = FileIdentity(file, in: AT_FDCWD)
      if identity?.isFresh(at: now) == true { return nil }
      hash.update("\(file) \(identity.map { "\($0.changed) \($0.size) \($0.inode)" } ?? "-")\n")
    }
    return hash.finish()
  }

  /// By directory: which files the index has, and which of them are left out, only announced, or in conflict. Their
  /// content does not matter: that of the working tree is what counts.
  ///
  /// - Parameter directory: of a path in the tree; nil when it is nobody's.
  func indexMarks(directory: @Sendable (String) -> String?) throws(GitError) -> [String: UInt64] {
    var index: OpaquePointer?
    try check(git_repository_index(&index, repository.pointer), "read the index")
    defer { git_index_free(index) }
    try check(git_index_read(index, 0), "read the index")
    var marks: [String: UInt64] = [:]
    var place = ""
    var mark = MarkHash()
    for position in 0..<git_index_entrycount(index) {
      guard let entry = git_index_get_byindex(index, position)?.pointee, let path = entry.path else {
        continue
      }
      // sorted by path: mostly the same directory as the one before
      if place.isEmpty || strncmp(path, place, place.utf8.count) != 0 {
        if !place.isEmpty { marks[key(place), default: 0] ^= mark.value }
        mark = MarkHash()
        place = repository.inTree(path).flatMap(directory).map { repository.inRepository($0) + "/" } ?? ""
      }
      if place.isEmpty { continue }
      let isLeftOut = UInt32(entry.flags_extended) & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0
      mark.add(UnsafeRawBufferPointer(start: path, count: strlen(path)))
      withUnsafeBytes(of: entry.flags_extended) { mark.add($0) }
      withUnsafeBytes(of: entry.flags & UInt16(GIT_INDEX_ENTRY_STAGEMASK)) { mark.add($0) }
      if isLeftOut { withUnsafeBytes(of: entry.id) { mark.add($0) } }
    }
    if !place.isEmpty { marks[key(place), default: 0] ^= mark.value }
    return marks
  }

  /// Back from a prefix in the repository to a directory of the tree.
  private func key(_ place: String) -> String {
    String(place.dropFirst(repository.prefix.count).dropLast())
  }
}

/// FNV-1a: told apart are states of one directory that somebody made by accident, never on purpose.
private struct MarkHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
}
