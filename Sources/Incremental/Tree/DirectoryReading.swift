import AzureLinux
import Glibc
import Storage
import SystemPackage

extension DirectoryRecord {
  /// Reads everything, save the content of files that `old` knows with the same identity.
  ///
  /// A single file stands for itself.
  ///
  /// - Returns: nil when there is nothing of the kind.
  init?(_ path: RawPath, in tree: Int32, old: DirectoryRecord?) {
    var reading = DirectoryReading(tree: tree)
    guard reading.add(path, at: FileIdentity.now()) else { return nil }
    reading.read(knowing: old?.files ?? [])
    self.init(digest: reading.sum(below: path), folders: reading.folders, files: reading.files)
  }
}

/// One look at a directory.
private struct DirectoryReading {
  let tree: Int32
  var folders: [DirectoryRecord.Entry] = []
  var files: [DirectoryRecord.Entry] = []

  init(tree: Int32) { self.tree = tree }

  /// - Returns: whether it is a folder.
  mutating func list(_ path: RawPath) -> Bool {
    // before the kernel is asked: what changes while this looks is fresh
    let now = FileIdentity.now()
    guard let identity = path.withCString({ FileIdentity($0, in: tree) }), identity.isFolder else {
      return false
    }
    folders.append(.init(path: path, identity: identity, isFresh: identity.isFresh(at: now)))
    for name in path.entries(in: tree) { _ = add(path.appending(name), at: now) }
    return true
  }

  /// - Returns: whether it is a file, a link or a folder; what is gone again since it was listed was never there.
  mutating func add(_ path: RawPath, at now: Int64) -> Bool {
    guard path.bytes.count <= UInt16.max, let identity = path.withCString({ FileIdentity($0, in: tree) })
    else { return false }
    if identity.isFolder { return list(path) }
    guard identity.isFile || identity.isLink else { return false }
    files.append(.init(path: path, identity: identity, isFresh: identity.isFresh(at: now)))
    return true
  }

  /// Fills in the digests; `known` is sorted.
  mutating func read(knowing known: [DirectoryRecord.Entry]) {
    files.sort { $0.path < $1.path }
    var place = 0
    var found: [DirectoryRecord.Entry] = []
    found.reserveCapacity(files.count)
    for var file in files {
      while place < known.count, known[place].path < file.path { place += 1 }
      if place < known.count, known[place].path == file.path, !known[place].isFresh,
        known[place].identity == file.identity
      {
        file.digest = known[place].digest
      } else if let digest = content(file) {
        file.digest = digest
      } else {
        continue
      }
      found.append(file)
    }
    files = found
  }

  /// Nil when it is gone.
  private func content(_ file: DirectoryRecord.Entry) -> Digest? {
    do throws(Errno) {
      return file.identity.isLink ? try target(file.path) : try content(file.path)
    } catch .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .invalidArgument {
      return nil
    } catch {
      // whoever needs the file says so; until then it is a file like no other
      return Digest.of("cannot be read: \(error)")
    }
  }

  private func target(_ path: RawPath) throws(Errno) -> Digest {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = path.withCString { readlinkat(tree, $0, &target, target.count) }
    guard count >= 0 else { throw Errno(rawValue: errno) }
    let hash = SHA256()
    target[..<count].withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  private func content(_ path: RawPath) throws(Errno) -> Digest {
    // without waiting: what was a file may have become a pipe
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = path.withCString { openat(tree, $0, flags) }
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    defer { close(descriptor) }
    let hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Errno(rawValue: errno)
      }
      if count == 0 { return hash.finish() }
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  func sum(below path: RawPath) -> Digest {
    let hash = SHA256()
    for file in files {
      let kind = file.identity.isLink ? "l " : file.identity.isExecutable ? "x " : "f "
      hash.update(kind)
      file.path.bytes.dropFirst(path.bytes.count + 1).withUnsafeBytes { hash.update($0) }
      hash.update(" \(file.digest.hex)\n")
    }
    return hash.finish()
  }
}
