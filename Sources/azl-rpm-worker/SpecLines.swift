import AzureLinux
import Foundation

/// Where in a spec's text a dependency is asked for.
struct SpecLines {
  private let lines: [(number: Int, tag: String, value: String)]
  private let text: String

  init(_ text: String) {
    self.text = text
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
      number, line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let tag = line[..<colon].trimmingCharacters(in: .whitespaces).prefix { $0 != "(" }.lowercased()
      guard tag == "buildrequires" || tag == "requires" else { return nil }
      return (number + 1, tag, String(line[line.index(after: colon)...]))
    }
  }

  func mentions(_ word: String) -> Bool { text.contains(word) }

  /// The dependency with the line that names it; without one when macros hide the name.
  func place(_ dependency: Dependency, tag: String) -> Dependency {
    var placed = dependency
    let name = dependency.isRich ? dependency.text : dependency.name
    placed.line =
      lines.first { line in
        line.tag == tag.lowercased()
          && line.value.split { $0 == " " || $0 == "," || $0 == "\t" }.contains { $0 == name }
      }?.number
    return placed
  }
}
