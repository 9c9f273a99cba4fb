import AzureLinux
import Checks
import Foundation
import Terminal

/// `check` for people: one line per finding with what to do below it, then what was compared with what.
struct CheckView {
  let style: Style
  /// Names shown before "… and N more".
  var limit = 12

  func lines(_ report: CheckReport) -> [String] {
    let base = "\(report.base.ref) (\(report.base.commit.prefix(8)))"
    guard !report.specs.isEmpty else { return ["nothing changed against \(base): no spec to check"] }
    return report.findings.flatMap(finding) + summary(report, base)
  }

  private func finding(_ finding: Finding) -> [String] {
    let place = finding.line > 0 ? "\(finding.file):\(finding.line)" : finding.file
    let level = style.paint(finding.level.rawValue, finding.level == .error ? .bad : .warn)
    let age = finding.new ? "" : "  \(style.paint("(old)", .dim))"
    let line = "\(place): \(level): \(finding.message) \(style.paint("[\(finding.rule)]", .dim))\(age)"
    return [line] + (finding.nextStep.map { ["  next   \($0)"] } ?? [])
  }

  private func summary(_ report: CheckReport, _ base: String) -> [String] {
    let counts = report.counts
    let specs = names(report.specs.map(\.spec))
    var lines: [String] = []
    if report.findings.isEmpty {
      lines.append("\(style.pass) no \(counts.old > 0 ? "new " : "")findings in \(specs) against \(base)")
      lines.append(style.fact("Checked", titles(report)))
    } else {
      let isAll = counts.findings > counts.new
      let many = Figure.count(counts.findings, isAll ? "finding" : "new finding")
      lines += ["", "\(style.fail) \(many) in \(specs) against \(base)\(isAll ? ", \(counts.new) new" : "")"]
    }
    let left = counts.new + counts.old - counts.findings
    if left > 0 {
      lines.append(
        style.fact("Left out", "\(Figure.count(left, "finding")) that the baseline has too (--all)"))
    }
    if counts.fixed > 0 {
      lines.append(style.fact("Gone", "\(Figure.count(counts.fixed, "finding")) that the baseline has"))
    }
    let remote = report.specs.flatMap(\.remoteSources).count
    if remote > 0 {
      let what = "\(Figure.count(remote, "source")) on the server only, verified when fetched (azl-dev try)"
      lines.append(style.fact("Not read", what))
    }
    return lines
  }

  private func titles(_ report: CheckReport) -> String {
    Check.all.filter { check in report.specs.contains { $0.checks.contains(check.id) } }.map(\.title)
      .joined(separator: ", ")
  }

  private func names(_ specs: [String]) -> String {
    guard specs.count > limit else { return specs.joined(separator: " ") }
    return specs.prefix(limit).joined(separator: " ") + " … and \(specs.count - limit) more"
  }
}
