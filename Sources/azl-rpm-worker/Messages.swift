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

  private static func finding(_ message: String, tree: String, file: String) -> SpecFinding? {
    var words = message.split { $0 == " " || $0 == "\n" || $0 == "\t" }[...]
    if words.first == "error:" { words.removeFirst() }
    // a mark below what was said before points to a column
    guard let first = words.first, words != ["^"] else { return nil }
    var file = file
    var line = 0
    let parts = first.split(separator: ":")
    if parts.count == 2, first.hasPrefix(tree + "/"), let number = Int(parts[1]) {
      file = String(parts[0].dropFirst(tree.utf8.count + 1))
      line = number
      words.removeFirst()
    } else {
      for (word, next) in zip(words, words.dropFirst()) where word == "line" {
        if let number = Int(next.prefix { $0.isNumber }) {
          line = number
          break
        }
      }
      if first == "line", words.dropFirst().first == "\(line):" { words.removeFirst(2) }
    }
    return SpecFinding(rule: "parse", file: file, line: line, message: words.joined(separator: " "))
  }
}
