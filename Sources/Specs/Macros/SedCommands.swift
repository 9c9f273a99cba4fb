/// The commands of a spec that run sed, as one line each.
///
/// Found by bytes: the specs of macro packages are long, and they are looked through after each save of one.
struct SedCommands {
  private(set) var lines: [String] = []

  init(in text: [UInt8]) {
    var command: [UInt8] = []
    var isContinued = false
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      // a condition may stand between the continued lines of a command
      if isContinued, Self.conditions.contains(where: { line.starts(with: $0.utf8) }) { continue }
      if !isContinued {
        add(command)
        command.removeAll(keepingCapacity: true)
      }
      isContinued = line.last == UInt8(ascii: "\\")
      command += isContinued ? line.dropLast() + [UInt8(ascii: " ")] : line
    }
    add(command)
  }

  private mutating func add(_ command: [UInt8]) {
    let words = command.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    if words.starts(with: "sed ".utf8) { lines.append(String(decoding: command, as: UTF8.self)) }
  }

  private static let conditions = ["%if", "%elif", "%else", "%endif"]

  func naming(_ file: String) -> [String] { lines.filter { $0.contains(file) } }
}
