import CLinux
import Foundation

/// Text measured in the cells of a terminal, as libc knows them. Colours that `Style.paint` wrote take none.
package enum Cells {
  package static func count(_ text: String) -> Int {
    if isSimple(text) { return text.utf8.count }
    return pieces(text).reduce(0) { $0 + $1.cells }
  }

  /// As much as fits, with an ellipsis when something is left out; no colour stays open.
  package static func clip(_ text: String, to width: Int) -> String {
    guard count(text) > width else { return text }
    guard width > 0 else { return "" }
    var clipped = ""
    var cells = 0
    var isColored = false
    for piece in pieces(text) {
      if piece.isColor {
        isColored = true
      } else if cells + piece.cells > width - 1 {
        break
      }
      clipped += piece.text
      cells += piece.cells
    }
    return clipped + "…" + (isColored ? "\u{1B}[0m" : "")
  }

  package static func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - count(text)))
  }

  /// Without what would move the cursor or change colours: for text that others wrote, a build's log or a name.
  package static func harmless(_ text: String) -> String {
    var result = ""
    for piece in pieces(text) where !piece.isColor {
      guard let scalar = piece.text.unicodeScalars.first else { continue }
      switch scalar.properties.generalCategory {
      case .control: result += piece.text == "\t" ? " " : ""
      default: result += piece.text
      }
    }
    return result
  }

  private struct Piece {
    var text: Substring
    var cells: Int
    var isColor = false
  }

  private static func isSimple(_ text: String) -> Bool { text.utf8.allSatisfy { 0x20 <= $0 && $0 < 0x7F } }

  /// Characters, and escape sequences as one piece each.
  private static func pieces(_ text: String) -> [Piece] {
    withCharacterTypes {
      var pieces: [Piece] = []
      var index = text.startIndex
      while index < text.endIndex {
        var end = text.index(after: index)
        if text[index] == "\u{1B}" {
          if end < text.endIndex, text[end] == "[" {
            let final = text[end...].dropFirst().firstIndex { $0.isLetter || $0 == "~" || $0 == "@" }
            end = final.map { text.index(after: $0) } ?? text.endIndex
          }
          pieces.append(Piece(text: text[index..<end], cells: 0, isColor: true))
        } else {
          pieces.append(Piece(text: text[index..<end], cells: cells(text[index])))
        }
        index = end
      }
      return pieces
    }
  }

  /// A cluster takes as much as its widest part: marks and joiners add nothing.
  private static func cells(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    if scalars.contains("\u{FE0F}") { return 2 }  // asks for the picture of a sign
    return scalars.map { max(0, Int(clinux_wcwidth(wchar_t(bitPattern: $0.value)))) }.max() ?? 0
  }

  // because a locale is an opaque pointer; made once, never changed or freed
  private nonisolated(unsafe) static let unicode = newlocale(Int32(LC_CTYPE_MASK), "C.UTF-8", nil)

  /// libc's `wcwidth` goes by the calling thread's locale, which is "C" unless somebody sets it.
  private static func withCharacterTypes<Result>(_ body: () -> Result) -> Result {
    guard let unicode else { return body() }
    let before = uselocale(unicode)
    defer { _ = uselocale(before) }
    return body()
  }
}
