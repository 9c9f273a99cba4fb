import AzureLinux
import Foundation
import Terminal

/// What a build would do, for people: one line for each package, in the order of their turns.
struct PlanView {
  let style: Style

  func lines(_ plan: PlanReport) -> [String] {
    var lines: [String] = []
    let (now, queued) = (plan.builds.filter { !$0.isQueued }, plan.builds.filter(\.isQueued))
    guard !now.isEmpty || !queued.isEmpty || !plan.problems.isEmpty else {
      let what = plan.goals.isEmpty ? "nothing differs from the baseline" : "everything is up to date"
      return [style.fact("Build", "nothing: \(what)")]
    }
    if !now.isEmpty || !queued.isEmpty { lines.append(style.fact("Build", head(now, plan))) }
    let width = plan.builds.map(\.spec.count).max() ?? 0
    for build in now { lines.append(line(build, width)) }
    for problem in plan.problems {
      lines.append("\(style.fail) \(style.paint(problem.spec, .bold)) cannot be built")
      lines += problem.message.split(separator: "\n").map { "  \($0)" }
    }
    if !queued.isEmpty {
      lines.append(style.fact("Queued", "\(Figure.count(queued.count, "package")) over the budget"))
      for build in queued { lines.append(line(build, width)) }
    }
    lines += facts(plan)
    return lines
  }

  private func head(_ builds: [PlanReport.Build], _ plan: PlanReport) -> String {
    let count = Figure.count(builds.count, "package")
    guard builds.contains(where: { $0.estimateSeconds != nil }) else {
      return "\(count), none of them built here before"
    }
    let within = plan.budgetSeconds.map { " of \(Figure.seconds($0))" } ?? ""
    let fact =
      "critical path \(Figure.seconds(plan.criticalPathSeconds)), work \(Figure.seconds(plan.workSeconds)), "
      + "\(plan.jobs) at once"
    return "\(count), about \(Figure.seconds(plan.seconds))\(within)  \(style.paint("(\(fact))", .dim))"
  }

  /// When, what, how long, why; the longest way is marked.
  private func line(_ build: PlanReport.Build, _ width: Int) -> String {
    let name = build.spec.padding(toLength: max(width, build.spec.count), withPad: " ", startingAt: 0)
    let seconds =
      build.estimateSeconds.map { (build.isMeasured ? "" : "~") + Figure.seconds($0) } ?? ""
    let column = String(repeating: " ", count: max(0, 9 - seconds.count)) + seconds
    // a reason that is a condition names them
    let after = build.needs.isEmpty || !build.isCertain ? "" : "  after \(some(build.needs))"
    let time = build.isQueued || build.estimateSeconds == nil ? "     " : Figure.clock(build.startSeconds)
    let mark = build.isCritical && build.estimateSeconds != nil ? style.running : " "
    return "  \(mark) \(time)  \(name)  \(column)  \(style.paint(build.reason + after, .dim))"
  }

  private func facts(_ plan: PlanReport) -> [String] {
    var lines: [String] = []
    let most = plan.downloadsAtMost.map { ", and up to \(files($0)) in all" } ?? ""
    lines.append(style.fact("Fetch", files(plan.downloads) + most))
    if !plan.upToDate.isEmpty {
      lines.append(
        style.fact("Fresh", "\(Figure.count(plan.upToDate.count)) up to date: \(some(plan.upToDate))"))
    }
    for circle in plan.circles where circle.isBroken { lines += BuildView(style: style).circle(circle) }
    return lines
  }

  private func files(_ downloads: PlanReport.Downloads) -> String {
    var parts: [String] = []
    if downloads.packages > 0 {
      parts.append("\(Figure.count(downloads.packages, "RPM")), \(Figure.bytes(downloads.bytes))")
    }
    if downloads.sources > 0 {
      parts.append("\(Figure.count(downloads.sources, "source")) (\(some(downloads.sourceFiles)))")
    }
    return parts.isEmpty ? "nothing" : parts.joined(separator: "; ")
  }

  private func some(_ names: [String]) -> String {
    names.prefix(6).joined(separator: " ") + (names.count > 6 ? " …" : "")
  }
}
