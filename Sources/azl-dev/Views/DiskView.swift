import AzureLinux
import Foundation
import Terminal

/// What is on disk and what went from it.
struct DiskView {
  let style: Style
  /// Packages and removed entries shown.
  var limit = 12

  func lines(_ report: GarbageReport) -> [String] {
    var lines = report.kinds.map { kind in
      let stays = kind.before - kind.freed
      let use = kind.inUse > 0 ? ", \(Figure.bytes(kind.inUse)) of it in use" : ""
      let verb = report.dryRun ? "would go" : "freed"
      return style.fact(
        kind.kind.capitalized,
        kind.freed > 0
          ? "\(Figure.bytes(kind.freed)) \(verb), \(Figure.bytes(stays)) \(report.dryRun ? "would stay" : "left")\(use)"
          : "\(Figure.bytes(stays))\(use)  \(style.paint("\(kind.budget >> 20) MiB besides may stay", .dim))"
      )
    }
    if report.removed.isEmpty {
      lines.append(
        style.fact(report.dryRun ? "Would go" : "Removed", "nothing: no budget of [disk] is exceeded"))
    }
    lines += report.notes.map { style.fact("Note", $0) }
    for entry in report.removed.prefix(limit) {
      lines.append(
        "      \(entry.path)  \(style.paint("\(Figure.bytes(entry.bytes)), used \(entry.lastUsed)", .dim))")
    }
    if report.removed.count > limit {
      lines.append("      and \(Figure.count(report.removed.count - limit)) more")
    }
    return lines
  }

  func lines(_ report: DiskUseReport) -> [String] {
    var lines = report.kinds.map { kind in
      style.fact(kind.kind.capitalized, "\(right(kind.bytes))  \(style.paint(kind.path, .dim))")
    }
    lines.append(style.fact("In all", right(report.bytes)))
    let packages = report.packages.filter { $0.bytes > 0 }.sorted {
      ($1.bytes, $0.spec) < ($0.bytes, $1.spec)
    }
    if !packages.isEmpty { lines.append("") }
    let column = packages.prefix(limit).map(\.spec.count).max() ?? 0
    for package in packages.prefix(limit) {
      let parts = [("packages", package.rpms), ("logs", package.logs), ("failed roots", package.roots)]
        .filter { $0.1 > 0 }.map { "\($0.0) \(Figure.bytes($0.1))" }
      let name = package.spec + String(repeating: " ", count: column - package.spec.count)
      lines.append(
        "    \(name) \(right(package.bytes))  \(style.paint(parts.joined(separator: " · "), .dim))")
    }
    if packages.count > limit { lines.append("    and \(packages.count - limit) more (--all)") }
    return lines
  }

  private func right(_ bytes: Int64) -> String {
    let text = Figure.bytes(bytes)
    return String(repeating: " ", count: max(0, 9 - text.count)) + text
  }
}
