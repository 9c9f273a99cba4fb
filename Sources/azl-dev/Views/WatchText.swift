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
  var indent: String { String(repeating: " ", count: width < 60 ? 2 : 10) }

  func clip(_ line: String) -> String { Cells.clip(line, to: width) }
  func line(_ text: String) -> String { clip(indent + text) }
  func dim(_ text: String) -> String { style.paint(text, .dim) }

  func time(_ date: Date) -> String {
    date.formatted(
      Date.VerbatimFormatStyle(
        format:
          "\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
        timeZone: zone, calendar: Calendar(identifier: .gregorian)))
  }

  /// `  <glyph> <name>  <figure>  <text>`, each in its column.
  func row(_ glyph: String, _ name: String, _ figure: String, _ text: String, names: Int) -> String {
    let head = "\(glyph) \(Cells.pad(name, to: names))  \(Cells.pad(figure, to: 8))"
    return line(text.isEmpty ? head : "\(head)  \(text)")
  }

  /// As many of `total` names as fit after a text.
  func names(_ specs: [String], of total: Int, after text: String = "") -> String {
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
