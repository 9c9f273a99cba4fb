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

  package var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 64) { text in
      for (position, byte) in bytes.enumerated() {
        text[position * 2] = digits[Int(byte >> 4)]
        text[position * 2 + 1] = digits[Int(byte & 15)]
      }
      return 64
    }
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
  package func pack(into writer: inout PackedWriter) { writer.put(bytes) }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    let bytes = try reader.slice()
    guard bytes.count == 32 else { throw .damaged }
    self.init(bytes: bytes)
  }
}
