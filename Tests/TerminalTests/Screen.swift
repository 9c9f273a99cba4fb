/// As much of a terminal as azl-dev asks of one: text that wraps and scrolls, and the sequences of `LiveFrame`.
struct Screen {
  private(set) var rows: [[Character]] = [[]]
  /// Lines that have left at the top.
  private(set) var scrolled: [String] = []
  private(set) var cursor = (row: 0, column: 0)
  private(set) var unknown: [String] = []
  let width: Int
  let height: Int

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  var lines: [String] {
    rows.map { row in
      var text = String(row)
      while text.hasSuffix(" ") { text.removeLast() }
      return text
    }
  }

  mutating func take(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": cursor.column = 0
      case "\n": down()
      case "\u{1B}":
        let end = rest.firstIndex { $0.properties.isAlphabetic } ?? rest.endIndex
        let sequence = String(String.UnicodeScalarView(rest[...end]))
        rest = rest[rest.index(after: end)...]
        obey(sequence)
      default: put(Character(scalar))
      }
    }
  }

  private mutating func put(_ character: Character) {
    if cursor.column == width {
      cursor.column = 0
      down()
    }
    while rows[cursor.row].count <= cursor.column { rows[cursor.row].append(" ") }
    rows[cursor.row][cursor.column] = character
    cursor.column += 1
  }

  private mutating func down() {
    cursor.row += 1
    if cursor.row == rows.count { rows.append([]) }
    guard rows.count > height else { return }
    scrolled.append(String(rows.removeFirst()))
    cursor.row -= 1
  }

  private mutating func obey(_ sequence: String) {
    switch sequence.last {
    case "A": cursor.row = max(0, cursor.row - (Int(sequence.dropFirst().dropLast()) ?? 1))
    case "H": cursor = (0, 0)
    case "K": rows[cursor.row] = Array(rows[cursor.row].prefix(cursor.column))
    case "J":
      rows[cursor.row] = Array(rows[cursor.row].prefix(cursor.column))
      rows = Array(rows.prefix(cursor.row + 1))
    case "m", "h", "l": break
    default: unknown.append(sequence)
    }
  }
}
