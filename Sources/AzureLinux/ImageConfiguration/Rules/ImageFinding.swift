/// One thing to say about an image configuration or a package list, and where.
package struct ImageFinding: Hashable, Codable, Sendable, CustomStringConvertible {
  package var file: String
  /// As in `SystemConfigs[0].Users[1].Name`; empty for the file as a whole.
  package var path: String
  package var rule: ImageRule
  package var level: ImageRule.Level
  package var message: String

  package init(file: String, path: String, rule: ImageRule, message: String) {
    self.file = file
    self.path = path
    self.rule = rule
    level = rule.level
    self.message = message
  }

  package var description: String { (path.isEmpty ? file : "\(file): \(path)") + ": " + message }
}

package struct ImageConfigurationError: Failure {
  /// At least one error, and the warnings beside it: a misspelt key is often why.
  package var findings: [ImageFinding]

  package init(findings: [ImageFinding]) { self.findings = findings }

  package var message: String {
    findings.map { ($0.level == .warning ? "warning: " : "") + $0.description }.joined(separator: "\n")
  }
  package var nextStep: String? {
    "azl-dev image check shows it without a build; docs/images.md has the keys and rules"
  }
  package var exitCode: ExitCode { .invalidInput }
}

extension [ImageFinding] {
  package var errors: [ImageFinding] { filter { $0.level == .error } }
}

/// Collects findings of one file while it is read; lives no longer than that call.
final class FindingList {
  let file: String
  private(set) var all: [ImageFinding] = []
  init(file: String) { self.file = file }
  func add(_ rule: ImageRule, _ path: String, _ message: String) {
    all.append(ImageFinding(file: file, path: path, rule: rule, message: message))
  }
}
