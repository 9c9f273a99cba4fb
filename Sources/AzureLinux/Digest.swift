/// A SHA-256 digest; written `sha256:<64 lower-case hex>` in JSON and on screen.
package struct Digest: Hashable, Sendable {
  /// Its 256 bits in order, most significant first.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Accepts upper or lower case hexadecimal, with or without the `sha256:` prefix; nil for anything else.
  package init?(_ text: String) {
    var digits = text.utf8[...]
    if text.hasPrefix("sha256:") { digits = digits.dropFirst(7) }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var high: UInt8?
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    self.init(bytes: bytes)
  }

  /// Of no content.
  package static let unknown = Digest(bytes: repeatElement(0, count: 32))

  /// - Parameter bytes: 32 of them.
  package init(bytes: some Sequence<UInt8>) {
    var words: [UInt64] = [0, 0, 0, 0]
    var count = 0
    for byte in bytes {
      words[count / 8] = words[count / 8] << 8 | UInt64(byte)
      count += 1
    }
    precondition(count == 32, "a SHA-256 digest has 32 bytes")
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// - Parameter bytes: 32 of them.
  package init(bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == 32, "a SHA-256 digest has 32 bytes")
    func word(_ position: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position * 8, as: UInt64.self))
    }
    words = (word(0), word(1), word(2), word(3))
  }

  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    return try withUnsafeBytes(of: bigEndian, body)
  }

  package var bytes: [UInt8] { withBytes { Array($0) } }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    withBytes { bytes in
      String(unsafeUninitializedCapacity: 64) { text in
        for position in 0..<32 {
          text[position * 2] = Self.digit(bytes[position] >> 4)
          text[position * 2 + 1] = Self.digit(bytes[position] & 15)
        }
        return 64
      }
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// The first 12 digits, for people.
  package var short: String { String(hex.prefix(12)) }

  package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Digest: Comparable, CustomStringConvertible {
  package static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
  package var description: String { "sha256:" + hex }
}

extension Digest: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = Digest(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 digest: \(text)")
    }
    self = digest
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Digest: Packed {
  package func pack(into writer: inout PackedWriter) { withBytes { writer.put($0) } }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    let bytes = try reader.slice()
    guard bytes.count == 32 else { throw .damaged }
    self.init(bytes: bytes)
  }
}
