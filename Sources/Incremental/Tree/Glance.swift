import AzureLinux
import Foundation
import Storage
import SystemPackage

/// The files that an answer was made from, as they were when it held. As long as the kernel says that each is as it was,
/// the answer holds, and nothing else needs to be read: a file's content was looked at once, and a package directory has
/// many files that the answer has nothing to do with.
///
/// On disk: the SHA-256 of the rest, and a `DirectoryRecord` whose digest says which answer it is about. A cache; one
/// that is not whole says nothing.
package struct Glance: Sendable {
  let file: FilePath
  /// What is written later must not have changed since.
  let start: Int64

  /// To be made before anything is read that the answer comes from.
  package init(file: FilePath) {
    self.file = file
    start = FileIdentity.now()
  }

  static func digest(_ answer: String) -> Digest { Digest.of("azl-dev glance 1 \(answer)") }

  func write(_ folders: [DirectoryRecord.Entry], _ files: [DirectoryRecord.Entry], of answer: String) throws {
    let record = DirectoryRecord(digest: Self.digest(answer), folders: folders, files: files)
    let bytes = Data(record.bytes)
    try AtomicFile.write(Data(Digest.of(bytes).bytes) + bytes, to: file, isDurable: false)
  }
}

extension TreeInventory {
  /// Remembers what an answer was made from: package directories and their specs as the last `scan` saw them, and
  ///
  /// - Parameters:
  ///   - files: others that were read, relative to the tree.
  ///   - directories: package directories that were read as a whole.
  ///   - outside: absolute paths of what else was read; one that is not there must stay away.
  /// - Returns: whether it could: not where something changed so short ago that it may change again unseen, or where
  ///   a file was read that no look has seen.
  package func remember(
    _ glance: Glance, of answer: String, files read: Set<String>, directories whole: Set<String>,
    outside: [String]
  ) throws -> Bool {
    var folders: [DirectoryRecord.Entry] = []
    var files: [DirectoryRecord.Entry] = []
    var unseen = read
    for (key, record) in directories {
      let isWhole = whole.contains(key)
      folders += record.folders
      for entry in record.files {
        let path = entry.path.text
        let isRead = unseen.remove(path) != nil
        if isRead || isWhole || path.hasSuffix(".spec") { files.append(entry) }
      }
    }
    for folder in self.folders {
      if let top = tops[folder] {
        folders.append(top)
      } else if RawPath(folder).withCString({ FileIdentity($0, in: root) }) == nil {
        files.append(.init(path: RawPath(folder), identity: .nothing, isFresh: false))
      } else {
        // a link says nothing of the folder that it leads to
        return false
      }
    }
    for path in outside {
      let identity = RawPath(path).withCString { FileIdentity($0, in: root) }
      files.append(
        .init(
          path: RawPath(path), identity: identity ?? .nothing,
          isFresh: identity.map { $0.isLink || $0.isFresh(at: glance.start) } ?? false))
    }
    guard unseen.isEmpty, !folders.contains(where: \.isFresh), !files.contains(where: \.isFresh) else {
      return false
    }
    try glance.write(folders, files, of: answer)
    return true
  }
}
