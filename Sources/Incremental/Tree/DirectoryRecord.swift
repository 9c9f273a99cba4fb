import AzureLinux
import Glibc
import Storage

/// The files of one package directory as they were at the last look. Twelve thousand of them are kept in memory and
/// asked about one after the other, so all that is known of a directory lies in one piece:
///
///     digest (32), number of folders (4), of files (4)
///     each: changed (8), size (8), inode (8), mode (4), fresh (1), length of the path (2),
///           digest (32, files only), the path relative to the tree, a zero
struct DirectoryRecord: Sendable {
  struct Entry: Sendable {
    var path: RawPath
    var identity: FileIdentity
    /// Looked at so soon after its change that its identity proves nothing.
    var isFresh: Bool
    /// Of the content, or of a link's target.
    var digest = Digest.unknown
  }

  /// Of names, contents, executable bits and link targets; what an editor leaves behind does not count.
  let digest: Digest
  let bytes: [UInt8]

  /// - Parameters:
  ///   - folders: the directory itself and all below.
  ///   - files: sorted.
  init(digest: Digest, folders: [Entry], files: [Entry]) {
    self.digest = digest
    var bytes = digest.bytes
    bytes.reserveCapacity(40 + (folders.count + files.count) * 110)
    Self.put(UInt32(folders.count), &bytes)
    Self.put(UInt32(files.count), &bytes)
    for folder in folders { Self.put(folder, isFile: false, &bytes) }
    for file in files { Self.put(file, isFile: true, &bytes) }
    self.bytes = bytes
  }

  /// - Parameter bytes: as they were written, which the caller has made sure of.
  init(bytes: [UInt8]) {
    digest = bytes.withUnsafeBytes { Digest(bytes: UnsafeRawBufferPointer(rebasing: $0[..<32])) }
    self.bytes = bytes
  }

  private static func put(_ number: some FixedWidthInteger, _ bytes: inout [UInt8]) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  private static func put(_ entry: Entry, isFile: Bool, _ bytes: inout [UInt8]) {
    put(entry.identity.changed, &bytes)
    put(entry.identity.size, &bytes)
    put(entry.identity.inode, &bytes)
    put(entry.identity.mode, &bytes)
    bytes.append(entry.isFresh ? 1 : 0)
    put(UInt16(entry.path.bytes.count), &bytes)
    if isFile { bytes += entry.digest.bytes }
    bytes += entry.path.bytes
    bytes.append(0)
  }

  // MARK: reading it

  /// An entry where it lies.
  struct View {
    let isFile: Bool
    let start: UnsafeRawPointer

    private func number<N: FixedWidthInteger>(_ offset: Int, _ type: N.Type) -> N {
      start.loadUnaligned(fromByteOffset: offset, as: N.self)
    }
    var identity: FileIdentity {
      FileIdentity(
        changed: number(0, Int64.self), size: number(8, Int64.self), inode: number(16, UInt64.self),
        mode: number(24, UInt32.self))
    }
    var isFresh: Bool { number(28, UInt8.self) != 0 }
    private var length: Int { Int(number(29, UInt16.self)) }
    var digest: Digest { Digest(bytes: UnsafeRawBufferPointer(start: start + 31, count: 32)) }
    private var text: UnsafeRawPointer { start + (isFile ? 63 : 31) }
    /// Bytes of one with an empty path.
    static func least(isFile: Bool) -> Int { isFile ? 64 : 32 }
    var path: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text, count: length) }
    var cString: UnsafePointer<CChar> { text.assumingMemoryBound(to: CChar.self) }
    var end: UnsafeRawPointer { text + length + 1 }

    var entry: Entry {
      isFile
        ? Entry(path: RawPath(path), identity: identity, isFresh: isFresh, digest: digest)
        : Entry(path: RawPath(path), identity: identity, isFresh: isFresh)
    }
  }

  /// Folders, then files, until `body` says false.
  private func forEach(_ body: (View) -> Bool) {
    _ = bytes.withUnsafeBytes { Self.forEach(in: $0, body) }
  }

  /// The same for a record that lies elsewhere.
  ///
  /// - Returns: whether the bytes are a record as far as they were walked.
  @discardableResult
  static func forEach(in bytes: UnsafeRawBufferPointer, _ body: (View) -> Bool) -> Bool {
    guard bytes.count >= 40, let start = bytes.baseAddress else { return false }
    let folders = Int(bytes.loadUnaligned(fromByteOffset: 32, as: UInt32.self))
    let files = Int(bytes.loadUnaligned(fromByteOffset: 36, as: UInt32.self))
    var next = start + 40
    let end = start + bytes.count
    for number in 0..<folders + files {
      let view = View(isFile: number >= folders, start: next)
      guard end - next >= View.least(isFile: view.isFile), view.end <= end,
        (view.end - 1).load(as: UInt8.self) == 0
      else { return false }
      guard body(view) else { return true }
      next = view.end
    }
    return true
  }

  /// Whether nothing has moved, by the kernel's word alone.
  func isAsItWas(in tree: Int32) -> Bool {
    var isSame = true
    forEach { view in
      isSame = !view.isFresh && FileIdentity(view.cString, in: tree) == view.identity
      return isSame
    }
    return isSame
  }

  /// Whether every file and folder still is the one looked at. What was fresh then says nothing of its content.
  func isUntouched(in tree: Int32) -> Bool {
    var isSame = true
    forEach { view in
      isSame = FileIdentity(view.cString, in: tree) == view.identity
      return isSame
    }
    return isSame
  }

  /// The directory itself, or the one file.
  var path: RawPath {
    var path = RawPath([])
    forEach { view in
      path = RawPath(view.path)
      return false
    }
    return path
  }

  /// The same as text.
  var key: String {
    var key = ""
    forEach { view in
      key = RawPath.text(view.path)
      return false
    }
    return key
  }

  var folders: [Entry] { entries { !$0.isFile } }
  var files: [Entry] { entries(\.isFile) }

  private func entries(_ isWanted: (View) -> Bool) -> [Entry] {
    var found: [Entry] = []
    forEach { view in
      if isWanted(view) { found.append(view.entry) }
      return true
    }
    return found
  }

  /// Paths of the files, relative to the tree.
  var names: [(path: String, digest: Digest)] {
    var found: [(String, Digest)] = []
    forEach { view in
      if view.isFile { found.append((RawPath.text(view.path), view.digest)) }
      return true
    }
    return found
  }

  /// - Parameter start: of its name. All directories are asked: names that begin otherwise are not made text.
  func hasFile(beginning start: StaticString, _ isOne: (Substring) -> Bool) -> Bool {
    var prefix = 0
    var isFound = false
    forEach { view in
      if prefix == 0 { prefix = view.path.count + 1 }
      if view.isFile, view.path.count > prefix,
        strncmp(view.cString + prefix, start.utf8Start, start.utf8CodeUnitCount) == 0
      {
        isFound = isOne(RawPath.text(UnsafeRawBufferPointer(rebasing: view.path[prefix...]))[...])
      }
      return !isFound
    }
    return isFound
  }

  /// Of the directory itself, not of those below.
  var specs: [String] {
    var prefix = 0
    var found: [String] = []
    forEach { view in
      let path = view.path
      if prefix == 0 { prefix = path.count + 1 }
      if view.isFile, path.count > prefix + 5, memcmp(view.cString + path.count - 5, ".spec", 5) == 0,
        memchr(view.cString + prefix, Int32(UInt8(ascii: "/")), path.count - prefix) == nil
      {
        found.append(RawPath.text(path))
      }
      return true
    }
    return found
  }
}
