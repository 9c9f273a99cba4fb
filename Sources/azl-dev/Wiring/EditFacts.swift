import AzureLinux
import Foundation
import Incremental
import Pipeline
import SystemPackage

/// What differs in a package directory, line by line, as `explain` shows it.
extension LiveBaseline {
  func edits(_ changes: [TreeChange], spec: SpecLocation) async throws -> [String] {
    var facts: [String] = []
    for change in changes where PackageDirectory.of(change.path) == spec.directory {
      let name = String(change.path.dropFirst(spec.directory.count + 1))
      let new = try? Data(contentsOf: URL(fileURLWithPath: git.tree.appending(change.path).string))
      let old =
        change.status == "modified" ? try await git.content(of: change.path, at: lock.commit) : nil
      let lines = old.flatMap { old in new.map { LineChange.between(old, $0) } } ?? []
      if lines.isEmpty {
        facts.append("\(name)  \(change.status == "untracked" ? "new" : change.status)")
      } else {
        facts += lines.map { EditFacts.text(name, $0) }
      }
    }
    return facts
  }
}

enum EditFacts {
  /// Longer lines are cut: the file has them.
  static let width = 60

  static func text(_ file: String, _ change: LineChange) -> String {
    let place = change.line > 0 ? "\(file):\(change.line)" : file
    switch (change.old, change.new) {
    case (let old?, let new?) where short(old) == short(new):
      return "\(place)  white space, or past what is shown"
    case (let old?, let new?):
      if let (name, value) = tag(new), let (oldName, before) = tag(old), name == oldName {
        return "\(place)  \(name) \(short(before)) → \(short(value))"
      }
      return "\(place)  \(short(old)) → \(short(new))"
    case (nil, let new?): return "\(place)  + \(short(new))"
    case (let old?, nil): return "\(place)  - \(short(old))"
    case (nil, nil): return place
    }
  }

  /// `Release: 1` as its two parts.
  private static func tag(_ line: String) -> (String, String)? {
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let name = line[..<colon]
    guard name.first?.isLetter == true, name.allSatisfy({ $0.isLetter || $0.isNumber }) else { return nil }
    return (String(name), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
  }

  private static func short(_ text: String) -> String {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return text.count <= width ? text : text.prefix(width - 1) + "…"
  }
}
