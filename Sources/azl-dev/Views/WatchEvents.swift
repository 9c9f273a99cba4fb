import AzureLinux
import Foundation
import Pipeline
import Synchronization
import Terminal

/// Tells what a watch does on standard output, in the way that suits it: a screen on a terminal, a line for each
/// event elsewhere, or JSON Lines.
final class WatchEvents: Sendable {
  private enum Form: Sendable {
    case screen(WatchDisplay)
    case lines(WatchView)
    case json
  }
  private let form: Form
  private let failed = Mutex(false)

  init(json: Bool, mode: WatchMode, keyboard: Keyboard?) {
    let style = Output.style
    form =
      if json {
        .json
      } else if style.isTerminal {
        .screen(WatchDisplay(mode: mode, keyboard: keyboard, style: style))
      } else {
        .lines(WatchView(style: style))
      }
  }

  /// Whether the last round failed, or what follows it.
  var hasFailed: Bool { failed.withLock { $0 } }

  /// Whether everything is on the screen, and nothing else may write there.
  var isScreen: Bool { if case .screen = form { true } else { false } }

  func note(_ news: WatchNews, on status: StatusLine) {
    switch news {
    case .loop(.affected): failed.withLock { $0 = false }
    case .loop(.round(let report)): failed.withLock { $0 = report.result == .failed || report.hasWrongSkip }
    case .loop(.failed), .follow(.failed): failed.withLock { $0 = true }
    default: break
    }
    switch form {
    case .screen(let display): display.note(news)
    case .lines(let view): for line in view.lines(news, at: time) { status.output(line) }
    case .json:
      guard let line = WatchLine(news), let data = try? JSONEncoder.lines.encode(line) else { return }
      status.output(String(decoding: data, as: UTF8.self))
    }
  }

  func end() { if case .screen(let display) = form { display.end() } }

  private var time: String { Date.now.formatted(Self.clock) }
  private static let clock = Date.VerbatimFormatStyle(
    format:
      "\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
    timeZone: .current, calendar: .current)
}
