import AzureLinux
import Foundation
import Pipeline
import Terminal

/// The lines of a watch's screen for one width: what does not fit goes from the right.
struct WatchText: Sendable {
  let style: Style
  let width: Int
  let zone: TimeZone

  /// Where everything but the time begins.
  private var indent: String { String(repeating: " ", count: width < 60 ? 2 : 10) }

  private func clip(_ line: String) -> String { Cells.clip(line, to: width) }
  private func line(_ text: String) -> String { clip(indent + text) }
  private func dim(_ text: String) -> String { style.paint(text, .dim) }

  private func time(_ date: Date) -> String {
    date.formatted(
      Date.VerbatimFormatStyle(
        format:
          "\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
        timeZone: zone, calendar: Calendar(identifier: .gregorian)))
  }

  /// `  <glyph> <name>  <figure>  <text>`, each in its column.
  private func row(_ glyph: String, _ name: String, _ figure: String, _ text: String, names: Int) -> String {
    let head = "\(glyph) \(Cells.pad(name, to: names))  \(Cells.pad(figure, to: 8))"
    return line(text.isEmpty ? head : "\(head)  \(text)")
  }

  /// As many of `total` names as fit after a text.
  private func names(_ specs: [String], of total: Int, after text: String = "") -> String {
    func tail(_ left: Int) -> String { left == 0 ? "" : " and \(Figure.count(left, "more", plural: "more"))" }
    var line = text
    for (position, spec) in specs.enumerated() {
      let longer = line + (position == 0 ? "" : " ") + Cells.harmless(spec)
      guard Cells.count(indent + longer + tail(total - position - 1)) <= width else {
        return position == 0 ? text : line + tail(total - position)
      }
      line = longer
    }
    return line + tail(total - specs.count)
  }

  // MARK: the frame

  func header(
    _ opened: (release: String, baseline: String, specs: Int), _ mode: WatchMode, _ keys: [WatchKey]
  ) -> String {
    let parts = [
      "azurelinux \(opened.release)", "baseline \(opened.baseline)", Figure.count(opened.specs, "spec"),
    ]
    var left = mode.isPlan ? parts + ["plan only"] : parts
    var keys = keys
    while !keys.isEmpty {
      let names = left.joined(separator: " \(style.dot) ")
      let text = keys.map { $0.label(mode) }.joined(separator: "  ")
      let room = width - Cells.count(names) - Cells.count(text)
      if room >= 3 { return names + String(repeating: " ", count: room) + dim(text) }
      // the last key names all the others
      if keys.count > 1 {
        keys.remove(at: keys.count - 2)
      } else if left.count > 1 {
        left.removeLast()
      } else {
        break
      }
    }
    return clip(left.joined(separator: " \(style.dot) "))
  }

  func paused(_ held: Int) -> String {
    line(
      style.paint("paused", .warn)
        + (held > 0 ? ": \(Figure.count(held, "saved file waits", plural: "saved files wait"))" : "")
        + dim("  p goes on"))
  }

  func help() -> [String] {
    [""] + WatchKey.allCases.map { line("\($0.rawValue)  \(Cells.pad($0.word, to: 8)) \(dim($0.meaning))") }
  }

  func more(_ count: Int) -> String { line(dim("… and \(count) more lines")) }

  // MARK: a round

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

  private func affected(_ round: WatchRound) -> [String] {
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

  private func verdict(_ verdict: WatchRound.Verdict, _ round: WatchRound) -> [String] {
    let at = time(round.ended ?? round.began)
    switch verdict {
    case .report(let report): return [clip(WatchView(style: style).verdict(report, at: at))]
    case .nothingToBuild: return []
    case .abandoned:
      return [clip("\(at)  \(dim("\(style.dot) ended by a newer save; what was built is kept"))")]
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

  // MARK: what is past, and why

  /// A round on one line.
  func summary(_ round: WatchRound) -> String {
    let at = time(round.ended ?? round.began)
    let follow = round.follow.compactMap { event -> String? in
      switch event {
      case .passed(let kind, _, _): "\(kind.rawValue) \(style.pass)"
      case .failed(let kind, _, _): "\(kind.rawValue) \(style.fail)"
      case .started, .stopped: nil
      }
    }
    let tail = follow.isEmpty ? "" : " \(style.dot) \(follow.joined(separator: " "))"
    switch round.verdict {
    case .report, .broken, .skipped, .abandoned:
      return clip((round.verdict.map { verdict($0, round) }?.first ?? "") + tail)
    case .nothingToBuild, nil:
      let what = affected(round).first?.trimmingCharacters(in: .whitespaces) ?? "nothing found yet"
      return clip("\(at)  \(style.dot) \(what)\(tail)")
    }
  }

  /// Why what runs is being built, and by which way it hangs together with the change.
  func reasons(_ round: WatchRound, _ standing: [BuildReport.Build]) -> [String] {
    var subjects = round.running.map { ($0.name, $0.reason) }
    subjects += (round.failed + standing).map { ($0.spec, $0.reason) }
    if subjects.isEmpty { subjects = round.built.map { ($0.spec, $0.reason) } }
    guard !subjects.isEmpty else { return [line(dim("nothing was built: no reason to give"))] }
    return subjects.flatMap { spec, reason -> [String] in
      let dependent = round.reach.nearest.first { $0.spec == spec }
      // the reason of a first build is the way, which follows
      let text = reason == dependent?.reason ? "never built here" : reason
      return [line("\(spec)  \(dim(Cells.harmless(text)))")]
        + (dependent?.path ?? []).map { edge in
          let place = edge.file.map { file in edge.line.map { "\(file):\($0)" } ?? file } ?? ""
          let verb = edge.edge == "requires" ? "requires" : "builds with"
          return line("  \(edge.to) \(verb) \(edge.via) of \(edge.from)  \(dim(place))")
        }
    }
  }
}

extension WatchKey {
  func label(_ mode: WatchMode) -> String {
    switch self {
    case .pause: "p \(mode.isPaused ? "resume" : word)"
    case .image where mode.image, .boot where mode.boot: "\(rawValue) \(word) on"
    default: "\(rawValue) \(word)"
    }
  }

  /// Those that do something now; the last one shows all.
  static func shown(_ mode: WatchMode, _ round: WatchRound?) -> [WatchKey] {
    let isLimited = round?.stays.contains { $0.because.hasPrefix("not queued") } ?? false
    return allCases.filter { key in
      switch key {
      case .skip: round?.isRunning ?? false
      case .all: isLimited
      case .again, .image, .boot: !mode.isPlan
      case .pause, .explain, .quit, .help: true
      }
    }
  }
}
