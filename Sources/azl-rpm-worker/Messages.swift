import CRPM
import SpecFormat

/// What librpm says while it parses.
final class Messages {
  private var lines: [String] = []

  func collecting<Value>(_ body: () -> Value) -> Value {
    let me = Unmanaged.passUnretained(self).toOpaque()
    let previous = rpmlogSetCallback(
      { record, data in
        guard let record, let data, rpmlogRecPriority(record).rawValue <= RPMLOG_ERR.rawValue,
          let text = rpmlogRecMessage(record)
        else { return 0 }
        // because librpm hands back the pointer given below, while this object is alive
        Unmanaged<Messages>.fromOpaque(data).takeUnretainedValue().lines.append(String(cString: text))
        return 0
      }, me)
    defer { rpmlogSetCallback(previous, nil) }
    return body()
  }

  /// librpm names file and line within the text only.
  ///
  /// - Parameters:
  ///   - tree: its path here.
  ///   - file: the spec, relative to the tree.
  func findings(tree: String, file: String) -> [SpecFinding] {
    let found = lines.compactMap { Self.finding($0, tree: tree, file: file) }
    guard found.isEmpty else { return found }
    return [SpecFinding(rule: "parse", file: file, line: 0, message: "librpm refuses it without a reason")]
  }

  /// What rpm writes before its words: `error: line 3:`, `error: /tree/a.spec:3:` or `error: /tree/a.spec: line 3:`; or
  /// only in its words: `… at line 3`.
  private static func finding(_ message: String, tree: String, file: String) -> SpecFinding? {
    var words = message.split { $0 == " " || $0 == "\n" || $0 == "\t" }[...]
    if words.first == "error:" { words.removeFirst() }
    // a mark below what was said before points to a column
    guard let first = words.first, words != ["^"] else { return nil }
    var file = file
    var line = 0
    if first.hasPrefix(tree + "/"), first.hasSuffix(":") {
      let parts = first.dropFirst(tree.utf8.count).split(separator: ":")
      file = Seen.plain(parts[0].utf8)
      words.removeFirst()
      if parts.count == 2, let number = Int(parts[1]) { line = number }
    }
    for (word, next) in zip(words, words.dropFirst()) where line == 0 && word == "line" {
      line = Int(next.prefix { $0.isNumber }) ?? 0
    }
    if words.first == "line", words.dropFirst().first == "\(line):" { words.removeFirst(2) }
    let text = words.joined(separator: " ").split(separator: tree + "/", omittingEmptySubsequences: false)
    return SpecFinding(rule: "parse", file: file, line: line, message: text.joined())
  }
}
