import AzureLinux
import Foundation
import Storage
import SystemPackage

/// The inventory on disk: a line that names the format and what was looked at, the SHA-256 of the rest, and the rest:
/// one directory after the other as it lies in memory. A cache; one that is not whole is no record.
struct InventoryRecord {
  var tops: [DirectoryRecord.Entry]
  var directories: [DirectoryRecord]

  init(tops: [DirectoryRecord.Entry], directories: [DirectoryRecord]) {
    self.tops = tops
    self.directories = directories
  }

  private static func head(_ folders: [String], _ others: [String]) -> [UInt8] {
    Array("azl-dev inventory 2 \(Digest.of("\(folders) \(others)").hex)\n".utf8)
  }

  init?(file: FilePath, folders: [String], others: [String]) {
    guard let data = FileManager.default.contents(atPath: file.string) else { return nil }
    let head = Self.head(folders, others)
    guard data.count >= head.count + 32, data.prefix(head.count).elementsEqual(head) else { return nil }
    let sum = Digest(bytes: Array(data[head.count..<head.count + 32]))
    let records: [DirectoryRecord] = data.withUnsafeBytes { bytes in
      let rest = UnsafeRawBufferPointer(rebasing: bytes[(head.count + 32)...])
      let hash = SHA256()
      hash.update(rest)
      guard hash.finish() == sum else { return [] }
      var records: [DirectoryRecord] = []
      var offset = 0
      while offset < rest.count {
        let length = Int(rest.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        offset += 4
        records.append(
          DirectoryRecord(bytes: Array(UnsafeRawBufferPointer(rebasing: rest[offset..<offset + length]))))
        offset += length
      }
      return records
    }
    guard let first = records.first else { return nil }
    tops = first.folders
    directories = Array(records.dropFirst())
  }

  func write(to file: FilePath, folders: [String], others: [String]) throws {
    let first = DirectoryRecord(digest: Digest.of(""), folders: tops, files: [])
    let count = directories.reduce(first.bytes.count + 4) { $0 + $1.bytes.count + 4 }
    var rest = [UInt8]()
    rest.reserveCapacity(count)
    for record in [first] + directories {
      withUnsafeBytes(of: UInt32(record.bytes.count)) { rest.append(contentsOf: $0) }
      rest += record.bytes
    }
    let hash = SHA256()
    rest.withUnsafeBytes { hash.update($0) }
    var data = Data(Self.head(folders, others) + hash.finish().bytes)
    data.append(contentsOf: rest)
    try AtomicFile.write(data, to: file, isDurable: false)
  }
}
