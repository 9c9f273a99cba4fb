import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Macro files of the tree are templates: the `%install` of the owning spec puts values in the place of words like
/// `@@CMAKE_VERSION@@` with sed. The same sed expressions, as the spec's own text gives them, are applied here.
struct MacroTemplate {
  /// Where the spec's lines come from: expanded by rpm in the sandbox of parses.
  let spec: SpecLocation
  let text: String

  /// Whether some line of a spec, as it is written, runs sed on a file of this name.
  static func isNamed(_ name: String, in specText: String) -> Bool {
    commands(in: specText, naming: name).isEmpty == false
  }

  /// The sed expressions for a macro file, in order.
  func expressions(for name: String) -> [String] {
    Self.commands(in: text, naming: name).flatMap(Self.expressions)
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
    String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated().flatMap { number, line in
        line.matches(of: /@@?[A-Z][A-Z0-9_]{3,}@@?/).map { (number + 1, String($0.0)) }
      }
  }

  /// Lines that begin with sed and name the file, their continuations joined.
  private static func commands(in text: String, naming name: String) -> [Substring] {
    // a condition may stand between the continued lines of a command
    text.replacing(/\\\n(%(if|else|endif)[^\n]*\n)*/, with: " ").split(separator: "\n").filter { line in
      line.trimmingPrefix(while: \.isWhitespace).hasPrefix("sed ") && line.contains(name)
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
