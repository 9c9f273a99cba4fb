/// What `azl-dev image check --json` prints.
package struct ImageCheckReport: Codable, Hashable, Sendable {
  package struct Configuration: Codable, Hashable, Sendable {
    package var file: String
    package var valid: Bool
    package var errors: Int
    package var warnings: Int

    package init(file: String, findings: [ImageFinding]) {
      self.file = file
      errors = findings.errors.count
      warnings = findings.count - errors
      valid = errors == 0
    }
  }

  package var schema = "azl-dev/image-check/1"
  package var configurations: [Configuration]
  /// What several configurations find in one package list is there once.
  package var findings: [ImageFinding]

  package init(_ checked: [(file: String, findings: [ImageFinding])]) {
    configurations = checked.map { Configuration(file: $0.file, findings: $0.findings) }
    var seen = Set<ImageFinding>()
    findings = checked.flatMap(\.findings).filter { seen.insert($0).inserted }
  }

  package var isValid: Bool { configurations.allSatisfy(\.valid) }
}
