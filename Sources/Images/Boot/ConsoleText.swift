import Foundation

/// A console's bytes as lines of text, without carriage returns and escape sequences.
struct ConsoleText: Sendable {
  /// Bytes; what is longer is broken into several lines, so that no guest fills the memory.
  static let longestLine = 4096
  private(set) var partialLine = ""
  private(set) var lastLines: [String] = []
  /// Bytes of a character or an escape sequence that is not whole yet.
  private var pending: [UInt8] = []

  /// The lines that `data` completed, and all text that it added.
  mutating func append(_ data: Data) -> (lines: [String], added: String) {
    pending += data
    let plain = takePlain()
    let added = String(decoding: plain, as: UTF8.self)
    var parts = (partialLine + added).split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
    partialLine = parts.removeLast()
    if partialLine.utf8.count > Self.longestLine {
      parts.append(partialLine)
      partialLine = ""
    }
    lastLines = (lastLines + parts.filter { !$0.isEmpty }.suffix(12).map { String($0.prefix(400)) }).suffix(
      12)
    return (parts, added)
  }

  private mutating func takePlain() -> [UInt8] {
    var plain: [UInt8] = []
    var index = 0
    while index < pending.count {
      let byte = pending[index]
      if byte == 0x1B {
        guard let end = escapeEnd(index) else { break }
        index = end
      } else if byte >= 0x80, !isWhole(index) {
        break
      } else {
        if byte != 0x0D, byte != 0 { plain.append(byte) }
        index += 1
      }
    }
    pending.removeFirst(index)
    return plain
  }

  /// Index after the sequence that begins at `start`: CSI up to its final byte, OSC up to BEL or ST, else two bytes.
  private func escapeEnd(_ start: Int) -> Int? {
    guard start + 1 < pending.count else { return nil }
    // a sequence that never ends must not swallow the console
    let ifEndless = pending.count - start > 512 ? start + 2 : nil
    switch pending[start + 1] {
    case UInt8(ascii: "["):
      return pending[(start + 2)...].firstIndex { (0x40...0x7E).contains($0) }.map { $0 + 1 } ?? ifEndless
    case UInt8(ascii: "]"):
      guard let end = pending[(start + 2)...].firstIndex(where: { $0 == 0x07 || $0 == 0x5C }) else {
        return ifEndless
      }
      return end + 1
    default: return start + 2
    }
  }

  /// A UTF-8 character that begins in the last three bytes may lack its end.
  private func isWhole(_ index: Int) -> Bool {
    let byte = pending[index]
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
    return index + length <= pending.count
  }
}
