import AzureLinux

/// Contribution checks of the azurelinux repository: each a pure function over one spec and its package directory,
/// so that it runs alike on the working tree and on the baseline. Nothing here knows git, parses specs or prints.
package struct Check: Sendable {
  /// As `--json` names it.
  package let id: String
  /// As people read it.
  package let title: String
  /// Whether the check looks at this spec at all.
  package let covers: @Sendable (SpecLocation) -> Bool
  package let findings: @Sendable (CheckedSpec) -> [Finding]

  package static let all: [Check] = [.sourceSignatures, .specGuidelines]
}

/// One spec with its package directory, in one version of the tree.
package struct CheckedSpec: Sendable, Hashable {
  package var spec: SpecLocation
  /// Of the same version as `files`.
  package var info: SpecInfo
  package var files: PackageFiles
  /// It is built in the toolchain stage, where the host's rpm reads it.
  package var isToolchain: Bool

  package init(spec: SpecLocation, info: SpecInfo, files: PackageFiles, isToolchain: Bool = false) {
    self.spec = spec
    self.info = info
    self.files = files
    self.isToolchain = isToolchain
  }

  package func findings(_ checks: [Check] = Check.all) -> [Finding] {
    checks.filter { $0.covers(spec) }.flatMap { $0.findings(self) }.sorted()
  }

  func finding(
    _ check: String, _ rule: String, file: String? = nil, line: Int = 0, _ message: String,
    next: String? = nil
  ) -> Finding {
    Finding(
      check: check, rule: rule, spec: spec.id, file: file ?? spec.path, line: line, message: message,
      nextStep: next)
  }
}
