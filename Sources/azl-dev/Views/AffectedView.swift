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
    let (direct, transitive) = (report.counts.direct, report.counts.transitive)
    lines += level("direct", direct, report.affected.filter { $0.level == .direct }, width)
    lines += level("through", transitive, report.affected.filter { $0.level == .transitive }, width)
    lines += images(report.images, width)
    if !changed.isEmpty {
      lines.append("")
      lines.append("azl-dev try \(changed.map(\.spec).prefix(3).joined(separator: " ")) --dependents")
    }
    return lines
  }

  private func level(_ title: String, _ count: Int, _ specs: [AffectedReport.Spec], _ width: Int)
    -> [String]
  {
    list(title, count, specs.prefix(limit).map { ($0.spec, $0.reason) }, width)
  }

  private func images(_ images: [AffectedReport.Image], _ width: Int) -> [String] {
    let named = images.prefix(limit).map { image in
      (image.config.split(separator: "/").last.map(String.init) ?? image.config, image.reason)
    }
    return list("images", images.count, named, width)
  }

  private func list(_ title: String, _ count: Int, _ entries: [(String, String)], _ width: Int) -> [String] {
    guard count > 0 else { return [] }
    var lines = ["\(style.paint(pad(title, 8), .bold)) \(Figure.count(count))"]
    for (name, reason) in entries {
      lines.append("  \(pad(name, width)) \(style.paint(reason, .dim))")
    }
    if count > entries.count { lines.append("  … and \(Figure.count(count - entries.count)) more (--all)") }
    return lines
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }
}
