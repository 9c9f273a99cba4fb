import Foundation

/// How output looks on one stream: decided once from the environment.
package struct Style: Sendable, Hashable {
  package var isTerminal: Bool
  package var hasColor: Bool
  package var hasUnicode: Bool
  /// Columns.
  package var width: Int

  package init(isTerminal: Bool, hasColor: Bool, hasUnicode: Bool, width: Int) {
    self.isTerminal = isTerminal
    self.hasColor = hasColor
    self.hasUnicode = hasUnicode
    self.width = width
  }

  package static let plain = Style(isTerminal: false, hasColor: false, hasUnicode: true, width: 100)

  package static func of(descriptor: Int32, environment: [String: String]) -> Style {
    let isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
    var size = winsize()
    let width =
      isTerminal && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
      ? Int(size.ws_col) : 100
    let locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? ""
    return Style(
      isTerminal: isTerminal, hasColor: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
      hasUnicode: locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8"), width: width)
  }

  package enum Tone: Sendable { case good, bad, dim, bold, warn }

  package func paint(_ text: String, _ tone: Tone) -> String {
    guard hasColor else { return text }
    let code =
      switch tone {
      case .good: "32"
      case .bad: "31"
      case .dim: "2"
      case .bold: "1"
      case .warn: "33"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  package var pass: String { paint(hasUnicode ? "✓" : "ok", .good) }
  package var fail: String { paint(hasUnicode ? "✗" : "FAILED", .bad) }
  package var running: String { hasUnicode ? "▸" : ">" }
  package var dot: String { hasUnicode ? "·" : "-" }

  /// `    Verb      fact`: the verb in a fixed column.
  package func fact(_ verb: String, _ text: String) -> String {
    let column = verb.padding(toLength: max(verb.count, 9), withPad: " ", startingAt: 0)
    return "    \(paint(column, .bold)) \(text)"
  }
}

/// Seconds, bytes and counts as people read them.
package enum Figure {
  package static func seconds(_ value: Double) -> String {
    switch value {
    case ..<0.95: String(format: "%.2f s", value)
    case ..<9.95: String(format: "%.1f s", value)
    case ..<120: String(format: "%.0f s", value)
    default: String(format: "%d min %02d s", Int(value) / 60, Int(value) % 60)
    }
  }

  /// `00:14`.
  package static func clock(_ value: Double) -> String {
    String(format: "%02d:%02d", Int(value) / 60, Int(value) % 60)
  }

  package static func bytes(_ value: Int64) -> String {
    switch value {
    case ..<1000: "\(value) B"
    case ..<1_000_000: String(format: "%.0f kB", Double(value) / 1e3)
    case ..<1_000_000_000: String(format: "%.1f MB", Double(value) / 1e6)
    default: String(format: "%.2f GB", Double(value) / 1e9)
    }
  }

  package static func count(_ value: Int, _ noun: String, plural: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? noun : plural ?? noun + "s")"
  }

  package static func count(_ value: Int) -> String {
    let digits = String(value)
    var grouped = ""
    for (position, digit) in digits.enumerated() {
      if position > 0 && (digits.count - position) % 3 == 0 { grouped += "," }
      grouped.append(digit)
    }
    return grouped
  }
}
