import AzureLinux
import Terminal

/// `image check` for people: one line per finding, then a verdict for each configuration that has one to tell, and one
/// for all.
struct ImageCheckView {
  let style: Style

  func lines(_ report: ImageCheckReport) -> [String] {
    let findings = report.findings.map { finding in
      let level = style.paint(finding.level.rawValue, finding.level == .error ? .bad : .warn)
      let place = finding.path.isEmpty ? finding.file : "\(finding.file): \(finding.path)"
      return "\(place): \(level): \(finding.message) \(style.paint("[\(finding.rule.rawValue)]", .dim))"
    }
    return findings + (findings.isEmpty ? [] : [""]) + verdict(report)
  }

  private func verdict(_ report: ImageCheckReport) -> [String] {
    let invalid = report.configurations.filter { !$0.valid }
    let warnings = report.findings.count(where: { $0.level == .warning })
    let suffix = warnings > 0 ? ", \(Figure.count(warnings, "warning"))" : ""
    guard !invalid.isEmpty else {
      let what =
        report.configurations.count == 1
        ? report.configurations[0].file : Figure.count(report.configurations.count, "configuration")
      return ["\(style.pass) \(what) valid\(suffix)"]
    }
    return invalid.map { "\(style.fail) \($0.file) invalid: \(Figure.count($0.errors, "error"))" }
      + (report.configurations.count > 1
        ? ["  \(invalid.count) of \(report.configurations.count) invalid\(suffix)"] : [])
  }
}
