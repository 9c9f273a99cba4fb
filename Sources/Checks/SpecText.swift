/// The lines of a spec as written, for rules about how it is written; what it means is the parser's to say.
struct SpecText {
  struct Line: Hashable {
    /// 1-based.
    var number: Int
    /// Without white space at its end.
    var text: Substring
    /// Without white space at its start either.
    var content: Substring { text.drop(while: \.isWhitespace) }
  }

  let lines: [Line]

  init(_ text: String) {
    lines = Self.lines(text).enumerated().map { number, line in
      Line(number: number + 1, text: line.trimmingEnd())
    }
  }

  /// Split at LF, CR LF and CR.
  static func lines(_ text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
  }

  /// Lines that set a tag, spelled like this, with their values. A value on a following line counts, as it does
  /// for upstream.
  func tags(_ name: String) -> [(line: Line, value: Substring)] {
    lines.enumerated().compactMap { position, line in
      let content = line.content
      guard content.hasPrefix("\(name):") else { return nil }
      let value = content.dropFirst(name.count + 1).drop(while: \.isWhitespace)
      guard value.isEmpty else { return (line, value) }
      return (line, lines[(position + 1)...].map(\.content).first { !$0.isEmpty } ?? "")
    }
  }

  /// The first word of the source package's Release, macros unexpanded; of several, under conditions, the last.
  var release: (line: Line, value: Substring)? {
    let preamble = lines.prefix { $0.text.prefixMatch(of: /%package\s+\S/) == nil }
    for line in preamble.reversed() {
      if let match = line.text.prefixMatch(of: /(?i)release\s*:\s*(\S+)/) { return (line, match.1) }
    }
    return nil
  }

  /// What stands below `%changelog`, up to the next section; of several the texts follow each other.
  var changelog: (heading: Line, lines: [Line])? {
    var heading: Line?
    var body: [Line] = []
    var isInside = false
    for line in lines {
      if line.text.prefixMatch(of: /(?i)%changelog\b/) != nil {
        heading = heading ?? line
        isInside = true
      } else if line.text.prefixMatch(of: /%[a-z_]+\b/) != nil {
        isInside = false
      } else if isInside {
        body.append(line)
      }
    }
    return heading.map { ($0, body) }
  }
}

extension Substring {
  fileprivate func trimmingEnd() -> Substring {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
