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

  /// librpm names the line within the text only.
  func findings(file: String) -> [SpecFinding] {
    let found = lines.compactMap { Self.finding($0, file: file) }
    guard found.isEmpty else { return found }
    return [SpecFinding(rule: "parse", file: file, line: 0, message: "librpm refuses it without a reason")]
  }

  private static func finding(_ message: String, file: String) -> SpecFinding? {
    var words = message.split { $0 == " " || $0 == "\n" || $0 == "\t" }[...]
    guard !words.isEmpty else { return nil }
    var line = 0
    for (word, next) in zip(words, words.dropFirst()) where word == "line" {
      if let number = Int(next.prefix { $0.isNumber }) {
        line = number
        break
      }
    }
    if words.first == "error:" { words.removeFirst() }
    if words.first == "line", words.dropFirst().first == "\(line):" { words.removeFirst(2) }
    return SpecFinding(rule: "parse", file: file, line: line, message: words.joined(separator: " "))
  }
}
