import AzureLinux
import CRPM
import Foundation

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
        Unmanaged<Messages>.fromOpaque(data).takeUnretainedValue().lines.append(String(cString: text))
        return 0
      }, me)
    defer { rpmlogSetCallback(previous, nil) }
    return body()
  }

  /// librpm names the line within the text only.
  func findings(file: String) -> [SpecFinding] {
    let texts = lines.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
    guard !texts.isEmpty else {
      return [SpecFinding(rule: "parse", file: file, line: 0, message: "librpm refuses it without a reason")]
    }
    return texts.map { text in
      let line = text.firstMatch(of: /\bline (\d+)/).flatMap { Int($0.1) } ?? 0
      let message = text.replacing(/^(error: )?(line \d+: )?/, with: "")
      return SpecFinding(rule: "parse", file: file, line: line, message: String(message))
    }
  }
}
