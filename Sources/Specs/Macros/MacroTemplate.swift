import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Macro files of the tree are templates: the `%install` of the owning spec puts values in the place of words like
/// `@@CMAKE_VERSION@@` with sed. The same sed expressions, as the spec's own text gives them, are applied here.
enum MacroTemplate {
  /// The sed expressions for a macro file, in order.
  ///
  /// - Parameter commands: of the spec's text as rpm expands it.
  static func expressions(in commands: SedCommands, for name: String) -> [String] {
    commands.naming(name).flatMap { expressions(in: $0[...]) }
  }

  /// `file` as it is installed.
  static func fill(_ file: FilePath, with expressions: [String]) async throws -> Data {
    guard !expressions.isEmpty else { return try Data(contentsOf: URL(filePath: file.string)) }
    let command = Command(
      ["sed"] + expressions.flatMap { ["-e", $0] } + [file.string], environment: ["LC_ALL": "C.UTF-8"])
    return try await command.check().output
  }

  /// Words of a template that nothing was put in the place of, with their lines.
  static func unfilled(_ text: Data) -> [(line: Int, word: String)] {
    text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .filter { $0.element.contains(UInt8(ascii: "@")) }
      .flatMap { number, line in
        String(decoding: line, as: UTF8.self).matches(of: /@@?[A-Z][A-Z0-9_]{3,}@@?/).map {
          (number + 1, String($0.0))
        }
      }
  }

  private static func expressions(in command: Substring) -> [String] {
    let words = shellWords(command).dropFirst()
    var found: [String] = []
    var isNext = false
    for word in words {
      if isNext {
        found.append(word)
        isNext = false
      } else if word == "-e" {
        isNext = true
      }
    }
    // without -e the first word that is no option is the expression
    if found.isEmpty, let first = words.first(where: { !$0.hasPrefix("-") }) { found = [first] }
    return found
  }

  /// Words as a shell splits them, quotes taken away; nothing is expanded.
  static func shellWords(_ line: Substring) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\" && quote != "'" {
        isEscaped = true
        // within double quotes a backslash stands for itself before most characters, as in sed's groups
        if quote == "\"" { word = (word ?? "") + "\\" }
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let finished = word { words.append(finished) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    return words
  }
}
