import AzureLinux

/// Something that a contribution check refuses, with its place and what to do about it.
package struct Finding: Hashable, Codable, Sendable {
  package enum Level: String, Codable, Sendable { case error, warning }

  package var check: String
  package var rule: String
  package var level: Level
  package var spec: String
  /// Relative to the tree.
  package var file: String
  /// 1-based; 0 when the finding is about the whole file.
  package var line: Int
  /// Names neither the file nor the line: it is what stays the same when lines move.
  package var message: String
  package var nextStep: String?
  /// The baseline does not have it.
  package var new: Bool

  package init(
    check: String, rule: String, level: Level = .error, spec: String, file: String, line: Int,
    message: String,
    nextStep: String? = nil, new: Bool = true
  ) {
    self.check = check
    self.rule = rule
    self.level = level
    self.spec = spec
    self.file = file
    self.line = line
    self.message = message
    self.nextStep = nextStep
    self.new = new
  }
}

extension Finding: Comparable {
  package static func < (a: Finding, b: Finding) -> Bool {
    (a.file, a.line, a.rule, a.message) < (b.file, b.line, b.rule, b.message)
  }
}

/// What a spec's findings are against those of its baseline.
package struct FindingChange: Sendable, Hashable {
  /// Of the working tree, each told whether it is new.
  package var findings: [Finding]
  /// What the baseline had and the working tree has no more.
  package var fixed: Int

  /// A finding is old when the baseline has one of the same rule and text; each of the baseline's pairs with one
  /// only, so that a mistake made a second time is new. Where lines moved or a file was renamed does not count.
  package init(_ findings: [Finding], baseline: [Finding]) {
    struct Identity: Hashable { var rule, message: String }
    var left: [Identity: Int] = [:]
    for finding in baseline { left[Identity(rule: finding.rule, message: finding.message), default: 0] += 1 }
    self.findings = findings.map { finding in
      var finding = finding
      let identity = Identity(rule: finding.rule, message: finding.message)
      finding.new = left[identity, default: 0] == 0
      if !finding.new { left[identity, default: 0] -= 1 }
      return finding
    }
    fixed = left.values.reduce(0, +)
  }
}
