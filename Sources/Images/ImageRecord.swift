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

  /// Where it is kept, of what kind of result.
  enum Kind: String {
    case image = ".made"
    case installer = ".made-iso"
  }

  init(identity: Digest, files: [String], in folder: FilePath) {
    self.identity = identity
    self.files = files.reduce(into: [:]) { $0[$1] = Stamp(folder.appending($1)) }
  }

  private init?(_ kind: Kind, in folder: FilePath) {
    guard let data = FileManager.default.contents(atPath: folder.appending(kind.rawValue).string),
      let record = try? JSONDecoder().decode(Self.self, from: data)
    else { return nil }
    self = record
  }

  func write(_ kind: Kind = .image, in folder: FilePath) throws {
    try AtomicFile.write(JSONEncoder().encode(self), to: folder.appending(kind.rawValue), isDurable: false)
  }

  static func forget(_ kind: Kind = .image, in folder: FilePath) {
    unlink(folder.appending(kind.rawValue).string)
  }

  /// What lies there was made of this, and nobody has changed it since.
  static func holds(_ identity: Digest, _ kind: Kind = .image, in folder: FilePath) -> Bool {
    identity == self.identity(kind, in: folder)
  }

  /// nil where nothing whole lies there.
  static func identity(_ kind: Kind = .image, in folder: FilePath) -> Digest? {
    guard let record = ImageRecord(kind, in: folder),
      record == ImageRecord(identity: record.identity, files: Array(record.files.keys), in: folder)
    else { return nil }
    return record.identity
  }
}
