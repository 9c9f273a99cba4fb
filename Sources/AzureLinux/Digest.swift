/// A SHA-256 digest; written `sha256:<64 lower-case hex>` in JSON and on screen.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  package let hex: String

  /// Accepts upper or lower case hexadecimal, with or without the `sha256:` prefix; nil for anything else.
  package init?(_ text: String) {
    let digits = (text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]).lowercased()
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    hex = digits
  }

  package init(bytes: some Sequence<UInt8>) {
    hex = bytes.map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }

  package var description: String { "sha256:" + hex }
  /// The first 12 digits, for people.
  package var short: String { String(hex.prefix(12)) }
  package static func < (a: Digest, b: Digest) -> Bool { a.hex < b.hex }
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
