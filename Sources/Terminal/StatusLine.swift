import Foundation
import Synchronization

/// The one line that moves: progress on standard error that gives way to every real line. Silent when standard
/// error is not a terminal.
package final class StatusLine: Sendable {
  private struct State {
    var shown = ""
    var text: String?
  }
  private let state = Mutex(State())
  /// Of the process, whichever of these drew last.
  private static let terminal = Mutex((isShown: false, isLeft: false))
  package let style: Style

  package init(style: Style) { self.style = style }

  /// Shows `text` in place of what was there; nil clears it.
  package func show(_ text: String?) {
    guard style.isTerminal else { return }
    state.withLock { state in
      state.text = text
      draw(&state)
    }
  }

  /// Writes a whole line to standard error above the status.
  package func print(_ line: String) {
    state.withLock { state in
      erase(&state)
      FileHandle.standardError.write(Data((line + "\n").utf8))
      draw(&state)
    }
  }

  /// Writes to standard output with the status out of the way.
  package func output(_ text: String) {
    state.withLock { state in
      erase(&state)
      FileHandle.standardOutput.write(Data((text + "\n").utf8))
      draw(&state)
    }
  }

  /// Clears what any of these shows, for good: the process has but one more line to say.
  package static func leave() {
    terminal.withLock { terminal in
      terminal.isLeft = true
      guard terminal.isShown else { return }
      FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
      terminal.isShown = false
    }
  }

  private func erase(_ state: inout State) {
    guard !state.shown.isEmpty else { return }
    state.shown = ""
    Self.terminal.withLock { terminal in
      guard terminal.isShown else { return }
      FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
      terminal.isShown = false
    }
  }

  private func draw(_ state: inout State) {
    let next = state.text.map { String($0.prefix(max(1, style.width - 1))) } ?? ""
    guard next != state.shown else { return }
    erase(&state)
    state.shown = next
    guard !next.isEmpty else { return }
    Self.terminal.withLock { terminal in
      guard !terminal.isLeft else { return }
      FileHandle.standardError.write(Data(next.utf8))
      terminal.isShown = true
    }
  }
}
