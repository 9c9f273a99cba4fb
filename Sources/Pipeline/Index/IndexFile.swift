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
  private static func head(_ store: String, _ facts: String) -> [UInt8] {
    Array("azl-dev index 1 \(store) \(facts)\n".utf8)
  }

  /// - Parameter newest: of the store; a file that has seen more of it is of another time.
  package func read(
    of store: String, atMost newest: Int64, facts: String, matching: any DependencyMatching
  ) -> (index: DependencyIndex, stamp: Int64)? {
    let head = Self.head(store, facts)
    guard let data = try? Data(contentsOf: URL(filePath: path.string), options: .alwaysMapped),
      data.count >= head.count + 32, data.prefix(head.count).elementsEqual(head)
    else { return nil }
    return data.withUnsafeBytes { bytes in
      let sum = Digest(bytes: UnsafeRawBufferPointer(rebasing: bytes[head.count..<head.count + 32]))
      let rest = UnsafeRawBufferPointer(rebasing: bytes[(head.count + 32)...])
      let hash = SHA256()
      hash.update(rest)
      guard hash.finish() == sum else { return nil }
      var reader = FlatReader(rest)
      guard let stamp = try? reader.take(Int64.self).first, stamp <= newest,
        let index = try? DependencyIndex(matching: matching, from: &reader)
      else { return nil }
      return (index, stamp)
    }
  }

  package func write(_ index: DependencyIndex, of store: String, stamp: Int64, facts: String) throws {
    guard isWritable else { return }
    var writer = FlatWriter()
    writer.put([stamp])
    index.put(into: &writer)
    let data = Data(Self.head(store, facts) + Digest.of(writer.bytes).bytes) + writer.bytes
    try AtomicFile.write(data, to: path, isDurable: false)
  }
}
