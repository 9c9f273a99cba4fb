import AzureLinux
import Foundation
import Pipeline
import Terminal

/// One round of a watch: the save, what it reaches, what runs, the verdict.
extension WatchText {
  func sections(_ round: WatchRound, now: Date, mode: WatchMode) -> [WatchSection] {
    let names = max(
      10, min(24, (round.running.map(\.name) + round.built.map(\.spec)).map(Cells.count).max() ?? 0))
    let running = WatchSection(running(round, now, names), keep: 1)
    let isBuilding = round.verdict == nil
    return [
      WatchSection([saved(round)], keep: 1),
      WatchSection(affected(round), keep: 1),
      WatchSection(round.built.reversed().map { built($0, names) }, keep: 1),
    ] + (isBuilding ? [running] : []) + [
      WatchSection(waiting(round), keep: 0),
      WatchSection(stays(round), keep: 0),
    ] + round.failed.map { WatchSection(failure($0), keep: 3) } + [
      WatchSection(round.verdict.map { verdict($0, round) } ?? [], keep: 1),
      WatchSection(round.follow.flatMap { follow($0, names) }, keep: 1),
    ] + (isBuilding ? [] : [running])
  }

  private func saved(_ round: WatchRound) -> String {
    let head: String
    switch round.cause {
    case .start: head = "looking at what differs from the baseline"
    case .asked: head = "once more"
    case .saved([]): head = "many files changed: looking at everything"
    case .saved(let paths):
      let names = paths.map { String($0.split(separator: "/").last ?? "") }
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      head = Cells.harmless(names.prefix(3).joined(separator: " ")) + more + " saved"
    }
    let facts = facts(round)
    return clip(
      "\(time(round.began))  \(Cells.pad(head, to: facts.isEmpty ? 0 : 22))"
        + (facts.isEmpty ? "" : "  \(dim(facts))"))
  }

  /// What is different in the files that were saved: `Release 1 → 2, fix.patch new`.
  private func facts(_ round: WatchRound) -> String {
    let specs = round.facts.keys.sorted()
    let isSave = if case .saved = round.cause { true } else { false }
    return (isSave ? specs.filter(round.touches) : specs).flatMap { spec in
      (round.facts[spec] ?? []).map { fact in
        let parts = fact.split(separator: "  ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2 else { return fact }
        return parts[0].hasPrefix(spec + ".spec") ? String(parts[1]) : "\(parts[0]) \(parts[1])"
      }
    }.prefix(4).map { Cells.harmless($0.replacing("%{?dist}", with: "")) }.joined(separator: ", ")
  }

  func affected(_ round: WatchRound) -> [String] {
    guard let changed = round.changed else { return [] }
    let took = dim("  \(Int((round.looked * 1000).rounded())) ms")
    guard !changed.isEmpty else { return [line("equal to the baseline: nothing to build\(took)")] }
    let names = changed.prefix(5).joined(separator: " ") + (changed.count > 5 ? " …" : "")
    guard round.reach.count > 0 else {
      return [line("\(names) changed \(style.dot) nothing builds with it\(took)")]
    }
    let reach =
      "\(Figure.count(round.reach.direct)) direct \(style.dot) \(Figure.count(round.reach.transitive)) through"
    return [
      line("\(names) changed \(style.dot) \(reach)\(took)"),
      line(dim(self.names(round.reach.nearest.prefix(width).map(\.spec), of: round.reach.count))),
    ]
  }

  private func running(_ round: WatchRound, _ now: Date, _ names: Int) -> [String] {
    let glyph = style.paint(style.running, .bold)
    var lines = round.running.map { run in
      let expected = run.expected.map { " of ~\(Figure.clock(max(1, $0.rounded())))" } ?? ""
      let elapsed = Figure.clock(max(0, now.timeIntervalSince(run.since)))
      return row(glyph, run.name, run.stage, elapsed + expected, names: names)
    }
    if let step = round.step {
      let elapsed = Figure.clock(max(0, now.timeIntervalSince(step.since)))
      lines.append(line("\(glyph) \(step.subject)  \(step.text)  \(elapsed)"))
    }
    if !round.downloads.isEmpty {
      let bytes = round.fetched.bytes + round.downloads.values.reduce(0, +)
      lines.append(
        line("\(glyph) fetching \(Figure.count(round.downloads.count, "file"))  \(Figure.bytes(bytes))"))
    }
    return lines
  }

  /// Dependents of which nothing is decided yet.
  private func waiting(_ round: WatchRound) -> [String] {
    guard round.verdict == nil, !round.running.isEmpty else { return [] }
    let known = Set(
      round.running.map(\.name) + round.built.map(\.spec) + round.failed.map(\.spec)
        + round.stays.flatMap(\.specs))
    let left = round.reach.count - known.subtracting(round.changed ?? []).count
    guard left > 0 else { return [] }
    let count = Figure.count(left, "dependent waits", plural: "dependents wait")
    return [line(dim("\(style.dot) \(count): built only where an output differs"))]
  }

  private func stays(_ round: WatchRound) -> [String] {
    var lines = round.stays.map { group in
      let count = group.specs.count
      let text =
        group.because.hasPrefix("not queued")
        ? "\(Figure.count(count, group.because, plural: group.because)); a builds all"
        : "\(Figure.count(count, "stays", plural: "stay"))  \(group.because)"
      return line(dim(names(Array(group.specs.prefix(width)), of: count, after: "\(style.dot) \(text)  ")))
    }
    if round.upToDate > 0 {
      lines.append(
        line(
          dim(
            "\(style.dot) \(Figure.count(round.upToDate, "is", plural: "are")) up to date: nothing read has changed"
          )))
    }
    return lines
  }

  private func built(_ build: BuildReport.Build, _ names: Int) -> String {
    let count = build.rpms.count { !$0.path.contains("-debug") }
    return row(
      style.pass, build.spec, Figure.seconds(build.seconds),
      "\(Figure.count(count, "RPM"))  \(dim(Cells.harmless(build.reason)))", names: names)
  }

  /// What failed, why it was being built, the lines that matter, the log, the command that repeats it.
  func failure(_ build: BuildReport.Build) -> [String] {
    BuildView(style: style).failed(build).map(line)
  }

  func verdict(_ verdict: WatchRound.Verdict, _ round: WatchRound) -> [String] {
    let at = time(round.ended ?? round.began)
    switch verdict {
    case .report(let report): return [clip(WatchView(style: style).verdict(report, at: at))]
    case .nothingToBuild: return []
    case .abandoned:
      return [clip("\(at)  \(dim("\(style.dot) a newer save takes over; what it needs too goes on"))")]
    case .skipped: return [clip("\(at)  \(dim("\(style.dot) skipped; the next save goes on"))")]
    case .broken(let message, let next):
      let lines = (message.split(separator: "\n") + (next.map { [Substring($0)] } ?? [])).map(String.init)
      return [clip("\(at)  \(style.fail) \(Cells.harmless(lines.first ?? ""))")]
        + lines.dropFirst().map { line("  " + Cells.harmless($0)) }
    }
  }

  private func follow(_ event: FollowUpEvent, _ names: Int) -> [String] {
    switch event {
    case .started: return []
    case .passed(let kind, let seconds, let fact):
      return [row(style.pass, kind.rawValue, Figure.seconds(seconds), fact, names: names)]
    case .failed(let kind, let seconds, let lines):
      return [row(style.fail, kind.rawValue, Figure.seconds(seconds), lines.first ?? "", names: names)]
        + lines.dropFirst().map { line("  " + Cells.harmless($0)) }
    case .stopped(let kind): return [line(dim("\(style.dot) \(kind.rawValue) ended by a newer save"))]
    }
  }
}
