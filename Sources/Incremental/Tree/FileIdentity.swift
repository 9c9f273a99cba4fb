import Glibc

/// What the kernel says of a file without its content. The change time cannot be set by any program, so two equal
/// identities that are not too fresh mean equal content.
struct FileIdentity: Hashable, Sendable {
  /// Nanoseconds.
  var changed: Int64
  var size: Int64
  var inode: UInt64
  var mode: UInt32

  init(changed: Int64, size: Int64, inode: UInt64, mode: UInt32) {
    self.changed = changed
    self.size = size
    self.inode = inode
    self.mode = mode
  }

  /// Of a path relative to an open folder, links not followed; nil when there is nothing.
  init?(_ path: UnsafePointer<CChar>, in folder: Int32) {
    var facts = stat()
    guard fstatat(folder, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    changed = Int64(facts.st_ctim.tv_sec) * 1_000_000_000 + Int64(facts.st_ctim.tv_nsec)
    size = Int64(facts.st_size)
    inode = UInt64(facts.st_ino)
    mode = facts.st_mode
  }

  /// Of what is not there.
  static let nothing = FileIdentity(changed: 0, size: 0, inode: 0, mode: 0)

  var isFolder: Bool { mode & S_IFMT == S_IFDIR }
  var isFile: Bool { mode & S_IFMT == S_IFREG }
  var isLink: Bool { mode & S_IFMT == S_IFLNK }
  var isExecutable: Bool { mode & 0o111 != 0 }

  /// The kernel's clock for files is coarse: a file that changed this short ago may change again and look the same.
  ///
  /// - Parameter now: read before the identity was.
  func isFresh(at now: Int64) -> Bool { changed > now - 50_000_000 }

  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
