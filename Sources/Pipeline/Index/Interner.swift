import Foundation

/// Texts by number: a tree names the same capabilities tens of thousands of times. All lie in one piece of memory and
/// are found by their bytes, so that reading a tree makes no text that is there already.
struct Interner: Sendable {
  private var bytes: [UInt8] = []
  /// Where each text ends; it begins where the one before it ends.
  private var ends: [UInt32] = []
  private var hashes: [UInt32] = []
  /// Open addressing with linear probing: number + 1, or 0. A power of two, at most half of them taken.
  private var slots = [Int32](repeating: 0, count: 1024)

  var count: Int { ends.count }

  subscript(number: Int32) -> String { String(decoding: bytes[range(number)], as: UTF8.self) }

  func known(_ text: String) -> Int32? { Self.withBytes(text) { find($0, Self.hash($0)).number } }

  mutating func number(_ text: String) -> Int32 { Self.withBytes(text) { number($0) } }

  mutating func number(_ text: UnsafeRawBufferPointer) -> Int32 {
    let hash = Self.hash(text)
    let (known, slot) = find(text, hash)
    if let known { return known }
    let number = Int32(count)
    bytes.append(contentsOf: text)
    ends.append(UInt32(bytes.count))
    hashes.append(hash)
    slots[slot] = number + 1
    if count * 2 > slots.count { grow() }
    return number
  }

  /// In the order of their bytes.
  func isBefore(_ a: Int32, _ b: Int32) -> Bool {
    a != b && bytes[range(a)].lexicographicallyPrecedes(bytes[range(b)])
  }

  private func range(_ number: Int32) -> Range<Int> {
    let position = Int(number)
    return (position == 0 ? 0 : Int(ends[position - 1]))..<Int(ends[position])
  }

  /// - Returns: the number, and its place or the one that is free for it.
  private func find(_ text: UnsafeRawBufferPointer, _ hash: UInt32) -> (number: Int32?, slot: Int) {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let number = slots[slot] - 1
      if hashes[Int(number)] == hash, isSame(number, text) { return (number, slot) }
      slot = (slot + 1) & mask
    }
    return (nil, slot)
  }

  private func isSame(_ number: Int32, _ text: UnsafeRawBufferPointer) -> Bool {
    let range = range(number)
    guard range.count == text.count else { return false }
    guard let start = text.baseAddress else { return true }
    return bytes.withUnsafeBytes { memcmp($0.baseAddress! + range.lowerBound, start, range.count) == 0 }
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for (number, hash) in hashes.enumerated() {
      var slot = Int(hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(number) + 1
    }
  }

  /// Eight bytes at a time, as fast as they are read. Not against an adversary: who writes the specs of a tree runs
  /// commands in its parse anyway.
  private static func hash(_ text: UnsafeRawBufferPointer) -> UInt32 {
    var hash = UInt64(text.count)
    func mix(_ word: UInt64) {
      let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
      hash = product.high ^ product.low
    }
    var offset = 0
    while offset + 8 <= text.count {
      mix(text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < text.count {
      rest = rest << 8 | UInt64(text[offset])
      offset += 1
    }
    mix(rest)
    return UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
  }

  // MARK: as bytes

  func put(into writer: inout FlatWriter) {
    writer.put(bytes)
    writer.put(ends)
    writer.put(hashes)
    writer.put(slots)
  }

  init() {}

  init(from reader: inout FlatReader) throws(FlatError) {
    bytes = try reader.take()
    ends = try reader.take()
    hashes = try reader.take()
    slots = try reader.take()
  }

  private static func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result
  {
    var text = text
    return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }
}
