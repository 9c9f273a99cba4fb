import AzureLinux
import Foundation
import Glibc
import Storage
import SystemPackage

/// The files of one package directory as they were at the last look.
struct DirectoryRecord: Sendable {
  struct File: Sendable {
    /// Relative to the tree.
    var path: String
    var identity: FileIdentity
    /// Of the content, or of a link's target.
    var digest: Digest
    /// Looked at so soon after its change that its identity proves nothing.
    var isFresh: Bool
  }
  struct Folder: Sendable {
    var path: String
    var identity: FileIdentity
    var isFresh: Bool
  }

  /// Relative to the tree.
  var path: String
  /// Itself and all below.
  var folders: [Folder]
  var files: [File]
  /// Of names, contents, executable bits and link targets; what an editor leaves behind does not count.
  var digest: Digest

  /// Reads everything, save the content of files that `old` knows with the same identity.
  ///
  /// - Returns: nil when there is no such folder.
  init?(_ path: String, in tree: Int32, old: DirectoryRecord?) {
    self.path = path
    folders = []
    files = []
    digest = Self.nothing
    let known = Dictionary((old?.files ?? []).map { ($0.path, $0) }) { first, _ in first }
    guard list(path, in: tree, known) else { return nil }
    files.sort { $0.path < $1.path }
    digest = sum()
  }

  init(path: String, folders: [Folder], files: [File], digest: Digest) {
    self.path = path
    self.folders = folders
    self.files = files
    self.digest = digest
  }

  /// Of the folder itself, not of those below.
  var specs: [String] {
    files.lazy.map(\.path).filter { name in
      name.hasSuffix(".spec") && !name.utf8.dropFirst(path.utf8.count + 1).contains(UInt8(ascii: "/"))
    }
  }

  /// What the watcher does not tell of either.
  static func isHidden(_ name: String) -> Bool {
    EditorFiles.isOne(name) || EditorFiles.isPrivateFolder(name)
  }

  private static let nothing = Digest(bytes: [UInt8](repeating: 0, count: 32))

  private mutating func list(_ path: String, in tree: Int32, _ known: [String: File]) -> Bool {
    let now = FileIdentity.now()
    guard let identity = FileIdentity(path, in: tree), identity.isFolder else { return false }
    folders.append(Folder(path: path, identity: identity, isFresh: identity.isFresh(at: now)))
    for name in Self.names(path, in: tree) where !Self.isHidden(name) {
      let full = "\(path)/\(name)"
      // gone again since the folder was listed: as if it had never been there
      guard let identity = FileIdentity(full, in: tree) else { continue }
      if identity.isFolder {
        _ = list(full, in: tree, known)
      } else if identity.isFile || identity.isLink {
        if let file = Self.file(full, identity, in: tree, known: known[full]) { files.append(file) }
      }
    }
    return true
  }

  /// The file as it is now; nil when it is gone.
  static func file(_ path: String, _ identity: FileIdentity, in tree: Int32, known: File?) -> File? {
    let now = FileIdentity.now()
    if let known, known.identity == identity, !known.isFresh { return known }
    let digest: Digest
    if identity.isLink {
      var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = readlinkat(tree, path, &target, target.count)
      guard count >= 0 else { return nil }
      let hash = SHA256()
      target[..<count].withUnsafeBytes { hash.update($0) }
      digest = hash.finish()
    } else {
      do {
        guard let found = try Self.content(path, in: tree) else { return nil }
        digest = found
      } catch {
        // whoever needs the file says so; until then it is a file like no other
        digest = Digest.of("cannot be read: \(error)")
      }
    }
    return File(path: path, identity: identity, digest: digest, isFresh: identity.isFresh(at: now))
  }

  private static func content(_ path: String, in tree: Int32) throws(Errno) -> Digest? {
    let descriptor = openat(tree, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ELOOP { return nil }
      throw Errno(rawValue: errno)
    }
    defer { close(descriptor) }
    let hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Errno(rawValue: errno)
      }
      if count == 0 { return hash.finish() }
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  static func names(_ folder: String, in tree: Int32) -> [String] {
    let descriptor = openat(tree, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, let stream = fdopendir(descriptor) else {
      if descriptor >= 0 { close(descriptor) }
      return []
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private func sum() -> Digest {
    let hash = SHA256()
    for file in files {
      let name = file.path.dropFirst(path.utf8.count + 1)
      let kind = file.identity.isLink ? "l" : file.identity.isExecutable ? "x" : "f"
      hash.update("\(kind) \(name) \(file.digest.hex)\n")
    }
    return hash.finish()
  }

  /// Whether nothing has moved, by the kernel's word alone.
  func isAsItWas(in tree: Int32) -> Bool {
    !folders.contains(where: \.isFresh) && !files.contains(where: \.isFresh) && isUntouched(in: tree)
  }

  /// Whether every file and folder still is the one looked at. What was fresh then says nothing of its content.
  func isUntouched(in tree: Int32) -> Bool {
    folders.allSatisfy { FileIdentity($0.path, in: tree) == $0.identity }
      && files.allSatisfy { FileIdentity($0.path, in: tree) == $0.identity }
  }
}

package enum InventoryError: Failure {
  case noTree(String, reason: String)
  case noSpecs(tree: String, folders: [String])

  package var message: String {
    switch self {
    case .noTree(let path, let reason): "cannot open the tree \"\(path)\": \(reason)"
    case .noSpecs(let tree, let folders):
      "no <name>/<name>.spec below \(folders.joined(separator: ", ")) in \(tree)"
    }
  }
  package var nextStep: String? {
    switch self {
    case .noTree: nil
    case .noSpecs: "go to the top of the tree, or name the folders in .azldev/config.toml: spec_dirs"
    }
  }
  package var exitCode: ExitCode {
    switch self {
    case .noTree: .environment
    case .noSpecs: .invalidInput
    }
  }
}
