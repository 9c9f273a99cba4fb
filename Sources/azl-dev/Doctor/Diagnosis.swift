import Terminal

/// One line of `doctor`: what was looked at, what was found, and the command that mends it.
struct Diagnosis: Codable, Sendable, Hashable {
  enum Result: String, Codable, Sendable { case good, note, missing }
  var subject: String
  var result: Result
  var fact: String
  /// Command that mends it.
  var fix: String?
  /// Verbs that need it.
  var neededBy: String?

  static func good(_ subject: String, _ fact: String) -> Diagnosis {
    Diagnosis(subject: subject, result: .good, fact: fact)
  }
  static func note(_ subject: String, _ fact: String, fix: String? = nil) -> Diagnosis {
    Diagnosis(subject: subject, result: .note, fact: fact, fix: fix)
  }
  static func missing(_ subject: String, _ fact: String, fix: String?, neededBy: String?) -> Diagnosis {
    Diagnosis(subject: subject, result: .missing, fact: fact, fix: fix, neededBy: neededBy)
  }

  func line(_ style: Style) -> String {
    let mark =
      switch result {
      case .good: style.pass
      case .note: style.dot
      case .missing: style.fail
      }
    let name = subject.padding(toLength: max(18, subject.count), withPad: " ", startingAt: 0)
    let cure = fix.map { "    \($0)" } ?? ""
    let verbs = neededBy.map { "    needed by: \($0)" } ?? ""
    return "\(mark) \(name) \(fact)\(cure)\(style.paint(verbs, .dim))"
  }
}
