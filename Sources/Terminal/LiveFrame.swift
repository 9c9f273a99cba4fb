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
  ///   - shown: what stands there, as it was written, maybe for another width.
  ///   - above: lines that stay, printed before the block.
  /// - Returns: nothing when nothing differs.
  package static func update(
    from shown: [String], to next: [String], above: [String] = [], size: Size
  ) -> String {
    let heights = shown.map { rows($0, size) }
    let isWhole = above.isEmpty && heights.allSatisfy { $0 == 1 }
    let same = isWhole ? zip(shown, next).prefix { $0 == $1 }.count : 0
    guard same < max(shown.count, next.count) || !above.isEmpty else { return "" }
    var text = up(min(heights.dropFirst(same).reduce(0, +), size.height - 1))
    // overwritten line by line, never cleared first: a terminal that shows half a frame shows no gap
    text += above.map { clear + $0 + "\r\n" }.joined()
    for (position, line) in next.enumerated().dropFirst(same) {
      let stands = isWhole && position < shown.count && shown[position] == line
      text += stands ? "\r\n" : line + (Cells.count(line) < size.width ? clear : "") + "\r\n"
    }
    let covered = above.count + next.count
    if !isWhole || shown.count > covered { text += "\u{1B}[J" }
    return begin + text + finish
  }

  /// Takes the block away.
  package static func erase(_ shown: [String], size: Size) -> String {
    guard !shown.isEmpty else { return "" }
    return up(min(shown.map { rows($0, size) }.reduce(0, +), size.height - 1)) + "\u{1B}[J"
  }

  /// A terminal that became narrower folds the lines that it holds.
  private static func rows(_ line: String, _ size: Size) -> Int {
    max(1, (Cells.count(line) + size.width - 1) / max(1, size.width))
  }

  private static func up(_ rows: Int) -> String { rows > 0 ? "\r\u{1B}[\(rows)A" : "\r" }
  private static let clear = "\u{1B}[K"
  // synchronized output: terminals that have it show the frame at once, the others ignore it
  private static let begin = "\u{1B}[?2026h"
  private static let finish = "\u{1B}[?2026l"
}
