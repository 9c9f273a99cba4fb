import AzureLinux
import Foundation
import Storage
import SystemPackage

/// The index as it was some time ago: a line that names the format and what it was made of, the SHA-256 of the rest, and
/// the rest. What the store took since is read from there. A cache; one that is not whole, or of another store, is none.
package struct IndexFile: Sendable {
  let path: FilePath
  /// Not beside a process that writes the store.
  let isWritable: Bool

  package init(path: FilePath, isWritable: Bool) {
    self.path = path
    self.isWritable = isWritable
  }

  /// The number also counts what the numbers of an index mean.
  private static let format = "azl-dev index 2 "

  private static func head(_ store: String, _ facts: String) -> [UInt8] {
    Array("\(format)\(store) \(facts)\n".utf8)
  }

  package struct Kept {
    package var index: DependencyIndex
    package var stamp: Int64
    /// Of all that follows the head.
    package var sum: Digest
  }

  /// - Parameter newest: of the store; a file that has seen more of it is of another time.
  package func read(
    of store: String, atMost newest: Int64, facts: String, matching: any DependencyMatching
  ) -> Kept? {
    let head = Self.head(store, facts)
    let kept = read(matching: matching) { start, sum, rest in
      start.elementsEqual(head) && Self.digest(of: rest) == sum
    }
    return kept.flatMap { $0.stamp <= newest ? $0 : nil }
  }

  private static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
    let hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// As it lies there, for one who can tell by its sum that it is the file that was written: it is not read to make sure.
  package func read(matching: any DependencyMatching) -> Kept? {
    read(matching: matching) { start, _, _ in start.starts(with: Self.format.utf8) }
  }

  private func read(
    matching: any DependencyMatching,
    _ isWanted: (_ head: Slice<UnsafeRawBufferPointer>, _ sum: Digest, _ rest: UnsafeRawBufferPointer) -> Bool
  ) -> Kept? {
    guard let data = try? Data(contentsOf: URL(filePath: path.string), options: .alwaysMapped) else {
      return nil
    }
    return data.withUnsafeBytes { bytes in
      guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), bytes.count >= end + 33 else { return nil }
      let sum = Digest(bytes: UnsafeRawBufferPointer(rebasing: bytes[(end + 1)..<(end + 33)]))
      let rest = UnsafeRawBufferPointer(rebasing: bytes[(end + 33)...])
      guard isWanted(bytes[...end], sum, rest) else { return nil }
      var reader = FlatReader(rest)
      guard let stamp = try? reader.take(Int64.self).first,
        let index = try? DependencyIndex(matching: matching, from: &reader)
      else { return nil }
      return Kept(index: index, stamp: stamp, sum: sum)
    }
  }

  /// - Returns: its sum; nil where it may not be written.
  @discardableResult
  package func write(
    _ index: DependencyIndex, of store: String, stamp: Int64, facts: String
  ) throws -> Digest? {
    guard isWritable else { return nil }
    var writer = FlatWriter()
    writer.put([stamp])
    index.put(into: &writer)
    let sum = Digest.of(writer.bytes)
    try AtomicFile.write(
      Data(Self.head(store, facts) + sum.bytes) + writer.bytes, to: path, isDurable: false)
    return sum
  }
}
