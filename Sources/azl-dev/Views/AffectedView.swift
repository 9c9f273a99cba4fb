import AzureLinux
import Foundation
import Terminal

/// `affected` for people: changed specs with what changed, then dependents nearest first.
struct AffectedView {
  let style: Style
  /// Names shown of each level before "… and N more".
  var limit = 12

  func lines(_ report: AffectedReport, places: [String: [String]]) -> [String] {
    let base = "\(report.base.ref) (\(report.base.commit.prefix(8)))"
    guard !report.changes.isEmpty else { return ["nothing changed against \(base)"] }
    var lines = [style.paint("changed against \(base)", .bold)]
    let changed = report.affected.filter { $0.level == .changed }
    let width = max(14, report.affected.prefix(200).map(\.spec.count).max() ?? 0)
    for spec in changed {
      let facts = places[spec.spec] ?? []
      lines.append("  \(pad(spec.spec, width)) \(facts.first ?? spec.reason)")
      lines += facts.dropFirst().map { "  \(pad("", width)) \($0)" }
    }
    let elsewhere = report.changes.filter { $0.specs.isEmpty }
    for change in elsewhere.prefix(limit) {
      lines.append("  \(pad(change.kind, width)) \(change.path)  \(change.status)")
    }
    if elsewhere.count > limit { lines.append("  … and \(elsewhere.count - limit) more") }
    lines += level("direct", report.affected.filter { $0.level == .direct }, width)
    lines += level("through", report.affected.filter { $0.level == .transitive }, width)
    for image in report.images {
      lines.append("image    \(image.config)  \(style.paint(image.reason, .dim))")
    }
    if !changed.isEmpty {
      lines.append("")
      lines.append("azl-dev try \(changed.map(\.spec).prefix(3).joined(separator: " ")) --dependents")
    }
    return lines
  }

  private func level(_ title: String, _ specs: [AffectedReport.Spec], _ width: Int) -> [String] {
    guard !specs.isEmpty else { return [] }
    var lines = ["\(style.paint(pad(title, 8), .bold)) \(specs.count)"]
    for spec in specs.prefix(limit) {
      lines.append("  \(pad(spec.spec, width)) \(style.paint(spec.reason, .dim))")
    }
    if specs.count > limit { lines.append("  … and \(specs.count - limit) more (--all)") }
    return lines
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }
}
