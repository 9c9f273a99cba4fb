import AzureLinux
import Foundation
import Terminal

/// A build's events as lines: pure, so that they are tested as text.
struct BuildView {
  let style: Style

  func started(_ spec: String, _ reason: String, isGoal: Bool) -> String {
    style.fact("Building", "\(spec)  \(style.paint(reason, .dim))")
  }

  /// The lines for one spec that is done.
  func finished(_ build: BuildReport.Build) -> [String] {
    guard build.result == .built else {
      return [style.fact("Fresh", "\(build.spec) is up to date (\(build.reason))")]
    }
    let names = build.rpms.map { $0.path.split(separator: "/").last.map(String.init) ?? $0.nevra }
    let first = names.first { !$0.contains("-debug") } ?? names.first ?? ""
    let folder =
      build.rpms.first.map { $0.path.split(separator: "/").dropLast().joined(separator: "/") } ?? ""
    let more = names.count > 1 ? "  +\(names.count - 1)" : ""
    return [
      style.fact("Built", "\(build.spec) in \(Figure.seconds(build.seconds))"),
      style.fact("Wrote", "\(first)\(more)    \(folder)"),
    ]
  }

  func checked(_ spec: String, _ outcome: CheckOutcome) -> [String] {
    let seconds = Figure.seconds(outcome.seconds)
    switch outcome.verdict {
    case .passed: return [style.fact("Checked", "\(spec): %check passed in \(seconds)")]
    case .notRun: return [style.fact("Checked", "\(spec) has no %check")]
    case .noMarker:
      return [
        style.fact("Checked", "\(spec): %check ended in \(seconds) and gave no verdict  \(outcome.log)")
      ]
    case .failed:
      var build = BuildReport.Build(spec: spec, reason: "", result: .failed, seconds: outcome.seconds)
      build.failure = outcome.failure
      build.reproduce += ["--check"]
      return failed(build)
    }
  }

  /// Packages of a build that went on in the root of a failed one.
  func resumed(_ build: BuildReport.Build) -> [String] {
    guard build.result == .built else { return failed(build) }
    var lines = [style.fact("Resumed", "\(build.spec) in \(Figure.seconds(build.seconds)): not for release")]
    if let rpm = build.rpms.first {
      let parts = rpm.path.split(separator: "/", omittingEmptySubsequences: false)
      let more = build.rpms.count > 1 ? "  +\(build.rpms.count - 1)" : ""
      lines.append(
        style.fact("Left", "\(parts.last ?? "")\(more)    \(parts.dropLast().joined(separator: "/"))"))
    }
    return lines + ["", "    azl-dev try \(build.spec)      builds it from nothing"]
  }

  func cutOff(_ cut: BuildReport.CutOff) -> String {
    style.fact("Stays", "\(cut.spec)  \(style.paint(cut.because, .dim))")
  }

  func verified(_ one: BuildReport.Verified) -> String {
    guard !one.isRight else {
      return style.fact("Verified", "\(one.spec)  \(style.paint(one.because, .dim))")
    }
    let failure = one.failure.flatMap { trouble in
      trouble.file.map { "\n  log    \($0)\(trouble.line.map { ":\($0)" } ?? "")" }
    }
    return "\(style.fail) \(style.paint(one.spec, .bold)) should have been built again: "
      + Cells.harmless(one.because) + (failure ?? "")
      + "\n  hint   [build] dependents = \"exact\" follows all that changes"
  }

  /// What failed, why it was being built, the lines that matter, the log, the command that repeats it.
  func failed(_ build: BuildReport.Build) -> [String] {
    guard let trouble = build.failure else { return [] }
    let stage = trouble.stage.isEmpty || trouble.stage == "plan" ? "" : " \(trouble.stage)"
    let seconds = build.seconds > 0.5 ? " after \(Figure.seconds(build.seconds))" : ""
    var lines = ["\(style.fail) \(style.paint(build.spec, .bold))\(stage) failed\(seconds)"]
    if !build.reason.isEmpty { lines[0] += "    \(style.paint("built because: " + build.reason, .dim))" }
    let shown =
      trouble.lines.isEmpty ? trouble.message.split(separator: "\n").map(String.init) : trouble.lines
    lines += shown.map { "  \(Cells.harmless($0))" }
    if let file = trouble.file { lines.append("  log    \(file)\(trouble.line.map { ":\($0)" } ?? "")") }
    lines.append("  again  \(build.reproduce.joined(separator: " "))")
    if let look = trouble.look { lines.append("  look   \(look.joined(separator: " "))") }
    if let hint = trouble.hint { lines.append("  hint   \(hint)") }
    return lines
  }
}
