import Sandbox

/// Commands for debugfs, one a line, made with names that anybody may have chosen. Pure.
///
/// debugfs takes what exceeds 8191 bytes of a line for the next command, and hands one that begins with `!` to a shell.
struct DebugfsScript: Sendable {
  private(set) var lines: [String] = []
  /// A word or a line that debugfs cannot be told.
  private(set) var obstacle: String?

  static let longestLine = 8000

  var text: String { lines.map { $0 + "\n" }.joined() }

  mutating func add(_ line: String) {
    if line.utf8.count > Self.longestLine { obstacle = line }
    lines.append(line)
  }

  /// A word as debugfs reads it. Byte by byte, as debugfs does: for a Character, a quote may be part of another one.
  mutating func quoted(_ word: String) -> String {
    if !word.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) { obstacle = word }
    let quote = UInt8(ascii: "\"")
    let inside = word.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
    return "\"" + String(decoding: inside, as: UTF8.self) + "\""
  }

  /// What debugfs could not do. It names itself first on its error output; of commands that it does not understand it
  /// tells on the other one.
  static func trouble(_ result: CommandResult) -> [String] {
    result.errorText.split(separator: "\n").dropFirst().map(String.init)
      + result.text.split(separator: "\n").filter { $0.hasPrefix("Usage:") }.map(String.init)
  }
}
