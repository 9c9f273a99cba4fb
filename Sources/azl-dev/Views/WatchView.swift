import AzureLinux
import Foundation
import Pipeline
import Terminal

/// The lines of a watch where there is no screen: one for each event, the verdict of a round last.
struct WatchView: Sendable {
  let style: Style
  private static let indent = String(repeating: " ", count: 10)

  func lines(_ news: WatchNews, at time: String) -> [String] {
    switch news {
    case .opened(let release, let baseline, let specs):
      [opening(release: release, baseline: baseline, specs: specs)]
    case .loop(let event): lines(event, at: time)
    case .session(.finished(let build), _): finished(build).map { [$0] } ?? []
    case .session(.failed(let build, _), _): BuildView(style: style).failed(build)
    case .session(.checked(let spec, let outcome, let isRemembered), _):
      BuildView(style: style).checked(spec, outcome, isRemembered: isRemembered)
    case .session(.verified(let one), _) where !one.isRight: [BuildView(style: style).verified(one)]
    case .follow(let event): lines(event, at: time)
    case .session, .activity, .facts, .mode, .skipped, .helpToggled, .reasonsToggled: []
    }
  }

  private func lines(_ event: WatchEvent, at time: String) -> [String] {
    switch event {
    case .saved(let paths): [saved(paths, at: time)]
    case .held(let count):
      ["\(time)  paused: \(Figure.count(count, "saved file waits", plural: "saved files wait"))"]
    case .affected(let changed, let reach, let seconds): [affected(changed, reach, seconds: seconds)]
    case .abandoned: []
    case .round(let report): [verdict(report, at: time)]
    case .failed(let error):
      ["\(time)  \(style.fail) \((error as? any Failure)?.message ?? "\(error)")"]
        + ((error as? any Failure)?.nextStep.map { ["            \($0)"] } ?? [])
    }
  }

  private func lines(_ event: FollowUpEvent, at time: String) -> [String] {
    switch event {
    case .started, .stopped: []
    case .passed(let kind, let seconds, let fact):
      ["\(time)  \(style.pass) \(kind.rawValue) \(Figure.seconds(seconds))  \(fact)"]
    case .failed(let kind, let seconds, let lines):
      ["\(time)  \(style.fail) \(kind.rawValue) failed after \(Figure.seconds(seconds))"]
        + lines.map { "  \($0)" }
    }
  }

  func opening(release: String, baseline: String, specs: Int) -> String {
    "azurelinux \(release) \(style.dot) baseline \(baseline) \(style.dot) \(Figure.count(specs, "spec"))"
      + " \(style.dot) watching; Ctrl-C ends"
  }

  func saved(_ paths: [String], at time: String) -> String {
    guard !paths.isEmpty else { return "\(time)  many files changed: looking at everything" }
    let more = paths.count > 3 ? " and \(paths.count - 3) more" : ""
    return "\(time)  \(paths.prefix(3).joined(separator: " "))\(more) saved"
  }

  func affected(_ changed: [String], _ reach: WatchReach, seconds: Double) -> String {
    let time = style.paint("  \(Int((seconds * 1000).rounded())) ms", .dim)
    guard !changed.isEmpty else { return "\(Self.indent)equal to the baseline: nothing to build\(time)" }
    let names = changed.prefix(5).joined(separator: " ") + (changed.count > 5 ? " …" : "")
    let reached =
      reach.direct == 0
      ? "nothing builds with it"
      : "\(Figure.count(reach.direct)) direct \(style.dot) \(Figure.count(reach.transitive)) through"
    return "\(Self.indent)\(names) changed \(style.dot) \(reached)\(time)"
  }

  /// A build that is done, on one line; none for one that held.
  func finished(_ build: BuildReport.Build) -> String? {
    guard build.result == .built else { return nil }
    let count = build.rpms.filter { !$0.path.contains("-debug") }.count
    let fact = "\(build.spec) in \(Figure.seconds(build.seconds)), \(Figure.count(count, "RPM"))"
    // one event, one line: what does not fit is in the log and in `affected`
    let room = style.isTerminal ? style.width - fact.count - 17 : .max
    let reason = build.reason.count > room ? build.reason.prefix(max(room - 1, 0)) + "…" : build.reason[...]
    return style.fact("Built", "\(fact)  \(style.paint(String(reason), .dim))")
  }

  func verdict(_ report: BuildReport, at time: String) -> String {
    let failed = report.builds.filter { $0.result == .failed }.map(\.spec)
    if !failed.isEmpty {
      return "\(time)  \(style.fail) \(failed.joined(separator: " ")) failed: fix it and save"
    }
    let wrong = (report.verified ?? []).filter { !$0.isRight }.map(\.spec)
    if !wrong.isEmpty {
      return "\(time)  \(style.fail) \(wrong.joined(separator: " ")) should have been built again"
    }
    let built = report.builds.filter { $0.result == .built }.map(\.spec)
    let restored = report.builds.filter { $0.result == .restored }.map(\.spec)
    var parts = built.isEmpty ? [] : ["\(built.joined(separator: " ")) in \(Figure.seconds(report.seconds))"]
    if !restored.isEmpty { parts.append("\(restored.joined(separator: " ")) taken from earlier builds") }
    var text = parts.isEmpty ? "nothing to build" : parts.joined(separator: " \(style.dot) ")
    let queued = report.cutOff.filter { $0.because.hasPrefix("not queued") }.count
    let stay = report.cutOff.count - queued + report.builds.filter { $0.result == .upToDate }.count
    if stay > 0 { text += " \(style.dot) \(stay) \(stay == 1 ? "stays as it is" : "stay as they are")" }
    if queued > 0 { text += " \(style.dot) \(queued) not queued ([watch] max_builds)" }
    return "\(time)  \(style.pass) \(text)"
  }
}
