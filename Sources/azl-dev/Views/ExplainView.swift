import AzureLinux
import Foundation
import Pipeline
import Terminal

/// `explain` for people: the verdict, then what led to it, nearest first.
struct ExplainView {
  let style: Style
  /// Lines shown of each list before "… and N more".
  var limit = 12

  func lines(_ report: ExplainReport) -> [String] {
    var lines = [
      style.paint("\(subject(report)) \(verdict(report.state))", .bold), row("why", report.reason),
    ]
    if let failure = report.failure, report.state == .failed {
      lines += rows("error", excerpt(failure))
    }
    if !report.way.isEmpty { lines.append(row("read", arrows(report.way))) }
    lines += rows("now", report.differences.map(difference))
    for edit in report.edits {
      lines += rows("edit", edit.facts.isEmpty ? ["\(edit.spec) is as in the baseline"] : edit.facts)
    }
    if let reached = report.image?.reached { lines.append(row("change", reached)) }
    lines += rows("holds", (report.image?.packages ?? []).map(package))
    if !report.path.isEmpty { lines += rows("path", report.path.map(edge)) }
    lines += rows("decides", report.stops)
    if let last = report.last { lines += self.last(last, report) }
    if let next = report.next { lines.append(row("next", next)) }
    return lines
  }

  private func subject(_ report: ExplainReport) -> String {
    guard let spec = report.spec, spec != report.name else { return report.name }
    return "\(report.name) (\(spec))"
  }

  private func verdict(_ state: ExplainReport.State) -> String {
    switch state {
    case .upToDate: "is up to date"
    case .stale: "is stale"
    case .possiblyStale: "may be stale"
    case .neverBuilt: "was never built here"
    case .failed: "failed"
    }
  }

  private func last(_ run: ExplainReport.Run, _ report: ExplainReport) -> [String] {
    let verb = report.state == .failed ? "tried" : "built"
    let at = run.at.map { " at \($0)" } ?? ""
    var text = "\(verb)\(at) in \(Figure.seconds(run.seconds)): \(run.reason)"
    if run.way.count > 1 { text += " (\(arrows(run.way)))" }
    return [row("last", text)]
  }

  /// What failed, and the last that was said about it.
  private func excerpt(_ failure: String) -> [String] {
    let lines = failure.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    return lines.count <= 5 || limit == .max ? lines : [lines[0]] + lines.suffix(3)
  }

  private func arrows(_ way: [ExplainReport.Link]) -> String {
    way.map(\.what).joined(separator: style.hasUnicode ? " ← " : " <- ")
  }

  private func difference(_ difference: ExplainReport.Difference) -> String {
    let arrow = style.hasUnicode ? "→" : "->"
    return "\(difference.what)  \(difference.old ?? "nothing") \(arrow) \(difference.new ?? "gone")"
  }

  private func package(_ package: ExplainReport.Image.Package) -> String {
    let state =
      package.state == .upToDate
      ? (package.isNewer ? "built after the image" : "built before the image") : verdict(package.state)
    return "\(package.holds.joined(separator: ", "))  \(package.spec): \(state)"
  }

  private func edge(_ edge: AffectedReport.Edge) -> String {
    let place = edge.file.map { file in edge.line.map { "\(file):\($0)" } ?? file } ?? ""
    return
      "\(edge.to) \(edge.edge == "requires" ? "requires" : "builds with") \(edge.via) of \(edge.from)  \(place)"
  }

  private func rows(_ title: String, _ texts: [String]) -> [String] {
    var lines = texts.prefix(limit).enumerated().map { row($0.offset == 0 ? title : "", $0.element) }
    if texts.count > limit {
      lines.append(row("", "… and \(Figure.count(texts.count - limit)) more (--all)"))
    }
    return lines
  }

  private func row(_ title: String, _ text: String) -> String {
    "  \(style.paint(title.padding(toLength: 7, withPad: " ", startingAt: 0), .dim)) \(text)"
  }
}
