import AzureLinux
import Foundation
import Pipeline
import Sandbox
import Terminal

/// A build's events as lines: pure, so that they are tested as text.
struct BuildView {
  let style: Style

  func started(_ spec: String, _ reason: String) -> String {
    style.fact("Building", "\(spec)  \(style.paint(reason, .dim))")
  }

  /// The lines for one spec that is done.
  func finished(_ build: BuildReport.Build) -> [String] {
    guard [.built, .restored].contains(build.result) else {
      return [style.fact("Fresh", "\(build.spec) is up to date (\(build.reason))")]
    }
    let names = build.rpms.map { $0.path.split(separator: "/").last.map(String.init) ?? $0.nevra }
    let first = names.first { !$0.contains("-debug") } ?? names.first ?? ""
    let folder =
      build.rpms.first.map { $0.path.split(separator: "/").dropLast().joined(separator: "/") } ?? ""
    let more = names.count > 1 ? "  +\(names.count - 1)" : ""
    let seconds = Figure.seconds(build.seconds)
    return [
      build.result == .built
        ? style.fact("Built", "\(build.spec) in \(seconds)")
        : style.fact("Restored", "\(build.spec) in \(seconds), from an earlier build of the same inputs"),
      style.fact("Wrote", "\(first)\(more)    \(folder)"),
    ]
  }

  func checked(_ spec: String, _ outcome: CheckOutcome, isRemembered: Bool = false) -> [String] {
    let seconds = Figure.seconds(outcome.seconds)
    switch outcome.verdict {
    case .passed where isRemembered:
      return [style.fact("Checked", "\(spec): still holds, %check passed in \(seconds) the last time")]
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

  func circle(_ circle: BuildReport.Circle) -> [String] {
    let names = circle.specs.prefix(6).joined(separator: ", ") + (circle.specs.count > 6 ? ", …" : "")
    let what =
      circle.isBroken
      ? "each is built with the others' published packages" : "and they are not all published"
    return [style.fact("Circle", "\(names) need each other to be built; \(what)")]
      + circle.path.map { style.fact("", style.paint($0.text, .dim)) }
  }

  func conflict(_ conflict: BuildReport.Conflict) -> [String] {
    [
      "\(style.fail) \(style.paint(conflict.spec, .bold)) makes packages that the toolchain has made under the same names",
      "  \(conflict.rpms.joined(separator: " "))",
      "  hint   raise its Release, or allow it: [toolchain] allow_rebuilds",
    ]
  }

  /// All builds of a request in one line; nothing for a single one.
  func summary(_ report: BuildReport) -> [String] {
    guard report.builds.count > 1 else { return [] }
    let words: [(BuildReport.Result, String)] = [
      (.built, "built"), (.restored, "restored"), (.upToDate, "up to date"), (.failed, "failed"),
      (.blocked, "blocked"),
    ]
    let counts = words.compactMap { result, word in
      let count = report.builds.count { $0.result == result }
      return count > 0 ? "\(Figure.count(count)) \(word)" : nil
    }
    return [style.fact("Done", "\(counts.joined(separator: ", ")) in \(Figure.seconds(report.seconds))")]
  }

  /// What failed, why it was being built, the lines that matter, the log, the command that repeats it.
  func failed(_ build: BuildReport.Build) -> [String] {
    guard let trouble = build.failure else { return [] }
    if build.result == .blocked { return [style.fact("Blocked", "\(build.spec)  \(trouble.message)")] }
    let stage = trouble.stage.isEmpty || trouble.stage == "plan" ? "" : " \(trouble.stage)"
    let seconds = build.seconds > 0.5 ? " after \(Figure.seconds(build.seconds))" : ""
    var lines = ["\(style.fail) \(style.paint(build.spec, .bold))\(stage) failed\(seconds)"]
    if !build.reason.isEmpty { lines[0] += "    \(style.paint("built because: " + build.reason, .dim))" }
    let shown =
      trouble.lines.isEmpty ? trouble.message.split(separator: "\n").map(String.init) : trouble.lines
    lines += shown.map { "  \(Cells.harmless($0))" }
    if let file = trouble.file { lines.append("  log    \(file)\(trouble.line.map { ":\($0)" } ?? "")") }
    lines.append("  again  \(Command(build.reproduce))")
    if let look = trouble.look { lines.append("  look   \(look.joined(separator: " "))") }
    if let hint = trouble.hint { lines.append("  hint   \(hint)") }
    return lines
  }
}
