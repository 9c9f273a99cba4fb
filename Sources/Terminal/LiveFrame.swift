/// What brings the block of lines that stands on a terminal to the next one. Pure. The cursor rests at the start
/// of the line below the block, so that whatever ends azl-dev, the shell goes on beneath it.
package enum LiveFrame {
  package struct Size: Hashable, Sendable {
    package var width: Int
    package var height: Int
    package init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }
  }

  /// - Parameters:
  ///   - shown: what stands there, as it was written, maybe for another size.
  ///   - above: lines that stay, printed before the block.
  ///   - earlier: lines printed above before, latest last.
  /// - Returns: nothing when nothing differs.
  package static func update(
    from shown: [String], to next: [String], above: [String] = [], earlier: [String] = [], size: Size
  ) -> String {
    guard fits(shown, size) else {
      // some terminals fold what became too wide, others cut it, so nobody knows where the block is: start again
      let room = max(0, size.height - 1 - above.count - next.count)
      let lines = Array(earlier.suffix(room)) + above + next
      return begin + "\u{1B}[H\u{1B}[J" + lines.map { Cells.clip($0, to: size.width) + "\r\n" }.joined()
        + finish
    }
    let same = above.isEmpty ? zip(shown, next).prefix { $0 == $1 }.count : 0
    guard same < max(shown.count, next.count) || !above.isEmpty else { return "" }
    var text = up(shown.count - same)
    // overwritten line by line, never cleared first: a terminal that shows half a frame shows no gap
    text += above.map { clear + $0 + "\r\n" }.joined()
    for (position, line) in next.enumerated().dropFirst(same) {
      let stands = above.isEmpty && position < shown.count && shown[position] == line
      text += stands ? "\r\n" : line + (Cells.count(line) < size.width ? clear : "") + "\r\n"
    }
    if shown.count > above.count + next.count { text += "\u{1B}[J" }
    return begin + text + finish
  }

  /// Takes the block away.
  package static func erase(_ shown: [String], size: Size) -> String {
    if shown.isEmpty { return "" }
    return fits(shown, size) ? up(shown.count) + "\u{1B}[J" : "\u{1B}[H\u{1B}[J"
  }

  private static func fits(_ shown: [String], _ size: Size) -> Bool {
    shown.count < size.height && shown.allSatisfy { Cells.count($0) <= size.width }
  }

  private static func up(_ rows: Int) -> String { rows > 0 ? "\r\u{1B}[\(rows)A" : "\r" }
  private static let clear = "\u{1B}[K"
  // synchronized output: terminals that have it show the frame at once, the others ignore it
  private static let begin = "\u{1B}[?2026h"
  private static let finish = "\u{1B}[?2026l"
}
