import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Of what the image in a folder was made, and which files it then was: whether a build has anything to do.
struct ImageRecord: Codable, Equatable {
  /// A file as it was left, known without reading it.
  struct Stamp: Codable, Equatable {
    var inode: UInt64
    var size: Int64
    /// Nanoseconds since 1970.
    var changed: Int64

    init?(_ path: FilePath) {
      var facts = stat()
      guard lstat(path.string, &facts) == 0 else { return nil }
      inode = UInt64(facts.st_ino)
      size = Int64(facts.st_size)
      changed = Int64(facts.st_ctim.tv_sec) * 1_000_000_000 + Int64(facts.st_ctim.tv_nsec)
    }
  }

  var identity: Digest
  var files: [String: Stamp]

  private static let fileName = ".made"

  init(identity: Digest, files: [String], in folder: FilePath) {
    self.identity = identity
    self.files = files.reduce(into: [:]) { $0[$1] = Stamp(folder.appending($1)) }
  }

  private init?(in folder: FilePath) {
    guard let data = FileManager.default.contents(atPath: folder.appending(Self.fileName).string),
      let record = try? JSONDecoder().decode(Self.self, from: data)
    else { return nil }
    self = record
  }

  func write(in folder: FilePath) throws {
    try AtomicFile.write(JSONEncoder().encode(self), to: folder.appending(Self.fileName), isDurable: false)
  }

  static func forget(in folder: FilePath) {
    unlink(folder.appending(fileName).string)
  }

  /// What lies there was made of this, and nobody has changed it since.
  static func holds(_ identity: Digest, in folder: FilePath) -> Bool {
    guard let record = ImageRecord(in: folder), record.identity == identity else { return false }
    return record == ImageRecord(identity: identity, files: Array(record.files.keys), in: folder)
  }
}
