import SpecFormat

/// Commands of a spec that ask the machine on which it is parsed: the answers are fixed (Sources/Specs/HostFacts.swift
/// and WorkerSandbox.swift), which the person who wrote them should know.
enum MachineQuestions {
  /// As a word, or at the end of a path.
  private static let programs: Set<String> = [
    "date", "gcc", "getconf", "hostname", "nproc", "pkg-config", "pkgconf", "uname",
  ]
  private static let places = ["/proc/", "/sys/", "/etc/", "/usr/include/", "rpm -q"]

  static func findings(in commands: [Slice<UnsafeRawBufferPointer>], file: String) -> [SpecFinding] {
    var messages: Set<String> = []
    for command in commands {
      let text = String(decoding: command, as: UTF8.self)
      guard let question = question(in: text) else { continue }
      messages.insert("asks the machine for \(question), and is told what is fixed: %(\(shortened(text)))")
    }
    return messages.sorted().map { SpecFinding(rule: "machine-question", file: file, line: 0, message: $0) }
  }

  private static func question(in text: String) -> String? {
    // the macros of rpm itself, and not the spec, ask for the number of processors
    guard !text.utf8.starts(with: "[ -z \"$RPM_BUILD_NCPUS\"".utf8) else { return nil }
    for word in text.utf8.split(whereSeparator: { !isWord($0) }) {
      let name = word.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) }
      if let name, programs.contains(name) { return name }
    }
    return places.first { contains(text, $0) }
  }

  private static func contains(_ text: String, _ part: String) -> Bool {
    let whole = Array(text.utf8)
    let part = Array(part.utf8)
    return whole.count >= part.count
      && (0...(whole.count - part.count)).contains { whole[$0...].starts(with: part) }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  private static func shortened(_ text: String) -> String {
    let line = text.split(separator: "\n").joined(separator: " ")
    return line.utf8.count <= 120 ? line : String(line.prefix(117)) + "..."
  }
}
