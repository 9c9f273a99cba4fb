/// A value with a compact form: between the pool and its workers, and in the trace store. JSON costs more than the
/// parse of a spec itself once there are three thousand of them.
package protocol Packed {
  func pack(into writer: inout PackedWriter)
  init(unpacking reader: inout PackedReader) throws(PackedError)
}

extension Packed {
  package var packed: [UInt8] {
    var writer = PackedWriter()
    pack(into: &writer)
    return writer.bytes
  }

  /// - Throws: when the bytes are not of this type, or more than that.
  package init(packed bytes: UnsafeRawBufferPointer) throws(PackedError) {
    var reader = PackedReader(bytes)
    self = try Self(unpacking: &reader)
    guard reader.isAtEnd else { throw .damaged }
  }

  package init(packed bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBytes { try Self(packed: $0) }
  }
}

package enum PackedError: Error { case damaged }

/// Integers as LEB128, strings with their length before them.
package struct PackedWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  package init() {}

  /// Begins with as many zeros, for what is only known at the end.
  package init(reserved count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  package mutating func put(_ number: UInt) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  package mutating func put(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      put(UInt(utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }

  package mutating func put(_ raw: UnsafeRawBufferPointer) {
    put(UInt(raw.count))
    bytes.append(contentsOf: raw)
  }

  package mutating func put(_ raw: [UInt8]) {
    put(UInt(raw.count))
    bytes.append(contentsOf: raw)
  }

  /// Absent: 0; otherwise one more than the number, which is not negative.
  package mutating func put(_ number: Int?) { put(number.map { UInt($0) + 1 } ?? 0) }

  package mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  package mutating func put(_ texts: [String]) {
    put(UInt(texts.count))
    for text in texts { put(text) }
  }

  package mutating func put(_ values: [some Packed]) {
    put(UInt(values.count))
    for value in values { value.pack(into: &self) }
  }
}

/// Reads what `PackedWriter` wrote. Borrows the bytes: it must not outlive them.
package struct PackedReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  package var isAtEnd: Bool { offset == bytes.count }

  package mutating func number() throws(PackedError) -> UInt {
    var value: UInt = 0
    var shift: UInt = 0
    while offset < bytes.count, shift < UInt.bitWidth {
      let byte = bytes[offset]
      offset += 1
      value |= UInt(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .damaged
  }

  package mutating func count() throws(PackedError) -> Int {
    let value = try number()
    // each of them takes a byte at least
    guard value <= UInt(bytes.count - offset) else { throw .damaged }
    return Int(value)
  }

  /// The bytes of a string where they lie.
  package mutating func slice() throws(PackedError) -> UnsafeRawBufferPointer {
    let length = try count()
    defer { offset += length }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
  }

  package mutating func text() throws(PackedError) -> String { String(decoding: try slice(), as: UTF8.self) }

  package mutating func optionalNumber() throws(PackedError) -> Int? {
    let value = try number()
    return value == 0 ? nil : Int(value - 1)
  }

  package mutating func flag() throws(PackedError) -> Bool { try number() != 0 }

  package mutating func texts() throws(PackedError) -> [String] {
    var found: [String] = []
    for _ in 0..<(try count()) { found.append(try text()) }
    return found
  }

  package mutating func values<Value: Packed>(_ type: Value.Type = Value.self) throws(PackedError) -> [Value]
  {
    var found: [Value] = []
    for _ in 0..<(try count()) { found.append(try Value(unpacking: &self)) }
    return found
  }
}
