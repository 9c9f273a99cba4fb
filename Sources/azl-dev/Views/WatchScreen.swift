import AzureLinux
import Foundation
import Pipeline
import Terminal

/// The screen of a watch as a value: news in, lines out. The current round, with a failure of an earlier one that
/// nobody has touched since; rounds before it leave as one line each.
struct WatchScreen: Sendable {
  var zone = TimeZone.current
  private(set) var mode: WatchMode
  private(set) var opened: (release: String, baseline: String, specs: Int)?
  private(set) var round: WatchRound?
  /// Failures of earlier rounds.
  private(set) var standing: [BuildReport.Build] = []
  /// Saves that wait for the end of a pause.
  private(set) var held = 0
  private(set) var showsHelp = false
  private(set) var showsReasons = false
  private var isSkipping = false
  private var isOver = false
  private var past: [Past] = []

  private enum Past: Sendable {
    case round(WatchRound)
    case notice(String)
  }

  init(mode: WatchMode = WatchMode()) { self.mode = mode }

  /// Whether time alone changes the lines.
  var isMoving: Bool { round?.isRunning ?? false }

  mutating func note(_ news: WatchNews, at now: Date) {
    switch news {
    case .opened(let release, let baseline, let specs):
      opened = (release, baseline, specs)
      round = WatchRound(.start, at: now)
    case .mode(let new):
      mode = new
      if !mode.isPaused { held = 0 }
    case .skipped: isSkipping = true
    case .helpToggled: showsHelp.toggle()
    case .reasonsToggled: showsReasons.toggle()
    case .activity(.notice(let text)): past.append(.notice(text))
    case .loop(.held(let count)): held = count
    case .loop(.saved(let paths)): begin(.saved(paths), at: now)
    case .loop(.abandoned) where isSkipping && round?.verdict == nil:
      round?.end(.skipped, at: now)
    case .loop(.affected(let changed, _, _)):
      // no save began it, so a key did
      if round?.changed != nil { begin(.asked, at: now) }
      round?.note(news, at: now)
      if changed.isEmpty { standing = [] } else if mode.isPlan { round?.end(.nothingToBuild, at: now) }
    default:
      round?.note(news, at: now)
      settle()
    }
  }

  private mutating func begin(_ cause: WatchRound.Cause, at now: Date) {
    if var before = round {
      if before.ended == nil { before.end(.abandoned, at: now) }
      past.append(.round(before))
      let old = Set(before.failed.map(\.spec))
      standing = standing.filter { !old.contains($0.spec) } + before.failed
    }
    isSkipping = false
    let next = WatchRound(cause, at: now)
    standing.removeAll { next.touches($0.spec) }
    round = next
  }

  /// A failure stands until its spec has a new result, or the round says nothing of it.
  private mutating func settle() {
    guard let round, !standing.isEmpty else { return }
    let known = Set((round.built + round.failed).map(\.spec))
    standing.removeAll { known.contains($0.spec) }
    if case .report = round.verdict { standing = [] }
  }

  /// Leaves what is worth reading when the keys do nothing any more.
  mutating func close() {
    isOver = true
    showsHelp = false
    mode.isPaused = false
  }

  /// What has become past since the last call, a line each.
  mutating func takePast(_ style: Style, width: Int) -> [String] {
    defer { past = [] }
    let text = WatchText(style: style, width: width, zone: zone)
    return past.map { item in
      switch item {
      case .round(let round): text.summary(round)
      case .notice(let notice): Cells.clip(style.fact("Note", Cells.harmless(notice)), to: width)
      }
    }
  }

  /// At most `height` lines, none wider than `width`.
  func lines(width: Int, height: Int, now: Date, style: Style) -> [String] {
    let text = WatchText(style: style, width: width, zone: zone)
    var sections: [WatchSection] = []
    if let opened {
      sections.append(
        WatchSection([text.header(opened, mode, isOver ? [] : WatchKey.shown(mode, round))], keep: 1))
      sections.append(WatchSection([""], keep: 0))
    }
    if let round {
      sections += text.sections(round, now: now, mode: mode)
      sections += standing.map { WatchSection(text.failure($0), keep: 3) }
      if showsReasons { sections.append(WatchSection(text.reasons(round, standing), keep: 2)) }
    }
    if mode.isPaused { sections.append(WatchSection([text.paused(held)], keep: 1)) }
    if showsHelp { sections.append(WatchSection(text.help(), keep: 1)) }
    return WatchSection.fit(sections, height: height, more: text.more)
  }
}

/// Lines that belong together, of which some must stay when there is little room.
struct WatchSection: Sendable {
  var lines: [String]
  var keep: Int

  init(_ lines: [String], keep: Int) {
    self.lines = lines
    self.keep = keep
  }

  /// The longest sections give way first; each says how much is left out.
  static func fit(_ sections: [WatchSection], height: Int, more: (Int) -> String) -> [String] {
    var shown = sections.map(\.lines.count)
    while shown.reduce(0, +) > max(1, height) {
      let spare = shown.indices.filter { shown[$0] > sections[$0].keep }
      guard let longest = spare.max(by: { shown[$0] < shown[$1] }) else { break }
      shown[longest] -= 1
    }
    let lines = zip(sections, shown).flatMap { section, count -> [String] in
      guard count < section.lines.count, count > 0 else { return Array(section.lines.prefix(count)) }
      return section.lines.prefix(count - 1) + [more(section.lines.count - count + 1)]
    }
    return Array(lines.suffix(max(1, height)))
  }
}
