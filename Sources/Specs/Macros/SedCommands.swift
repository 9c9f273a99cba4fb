/// The commands of a spec that run sed, as one line each.
///
/// Found by bytes: the specs of macro packages are long, and they are looked through after each save of one.
struct SedCommands {
  private(set) var lines: [String] = []

  init(in text: [UInt8]) {
    // nil where the command that is continued is another one
    var current: [UInt8]?
    var isContinued = false
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      // a condition may stand between the continued lines of a command
      if isContinued, Self.conditions.contains(where: { line.starts(with: $0.utf8) }) { continue }
      let goesOn = line.last == UInt8(ascii: "\\")
      let piece = goesOn ? line.dropLast() : line
      if isContinued {
        if current != nil { current! += [UInt8(ascii: " ")] + piece }
      } else if piece.drop(while: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
        .starts(with: "sed ".utf8)
      {
        current = Array(piece)
      }
      isContinued = goesOn
      if !goesOn, let command = current {
        lines.append(String(decoding: command, as: UTF8.self))
        current = nil
      }
    }
    if let command = current { lines.append(String(decoding: command, as: UTF8.self)) }
  }

  private static let conditions = ["%if", "%else", "%endif"]

  func naming(_ file: String) -> [String] { lines.filter { $0.contains(file) } }
}
