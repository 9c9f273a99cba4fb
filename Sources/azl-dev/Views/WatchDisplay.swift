import Foundation
import Pipeline
import Synchronization
import Terminal

/// Keeps a watch's screen on the terminal.
final class WatchDisplay: Sendable {
  private let screen: Mutex<WatchScreen>
  private let region: LiveRegion
  private let style: Style

  init(mode: WatchMode, keyboard: Keyboard?, style: Style) {
    screen = Mutex(WatchScreen(mode: mode))
    region = LiveRegion(descriptor: 1, keyboard: keyboard)
    self.style = style
  }

  func note(_ news: WatchNews) {
    let now = Date.now
    let isFirst = screen.withLock { screen in
      let isFirst = screen.opened == nil
      screen.note(news, at: now)
      return isFirst && screen.opened != nil
    }
    if isFirst { region.start { [self] in content($0) } }
    if case .loop(.affected) = news { region.invalidate(isAnswer: true) } else { region.invalidate() }
  }

  func end() {
    screen.withLock { $0.close() }
    region.end()
  }

  private func content(_ size: LiveFrame.Size) -> LiveRegion.Content {
    screen.withLock { screen in
      LiveRegion.Content(
        above: screen.takePast(style, width: size.width),
        lines: screen.lines(width: size.width, height: size.height - 1, now: .now, style: style),
        isMoving: screen.isMoving)
    }
  }
}
