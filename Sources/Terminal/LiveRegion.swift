import Dispatch
import Foundation
import Synchronization

/// Keeps a block of lines at the end of a terminal up to date, in place: when told that something changed, when the
/// terminal changed its size or came back, and once a second while something runs. Otherwise it does nothing.
package final class LiveRegion: Sendable {
  package struct Content: Sendable {
    /// Printed above the block, once; they stay.
    package var above: [String]
    package var lines: [String]
    /// Whether time alone changes the lines.
    package var isMoving: Bool
    package init(above: [String] = [], lines: [String], isMoving: Bool) {
      self.above = above
      self.lines = lines
      self.isMoving = isMoving
    }
  }

  private struct State {
    var shown: [String] = []
    /// Printed above, as many as a tall terminal shows.
    var earlier: [String] = []
    var isScheduled = false
    var isTicking = false
    var hasEnded = false
    var drawn = DispatchTime(uptimeNanoseconds: 0)
    var signals: [any DispatchSourceSignal] = []
    var content: (@Sendable (LiveFrame.Size) -> Content)?
  }

  private let descriptor: Int32
  private let keyboard: Keyboard?
  private let state = Mutex(State())
  /// Draws; whoever has news never waits for the terminal.
  private let queue = DispatchQueue(label: "live region")
  private static let pause = DispatchTimeInterval.milliseconds(30)

  /// - Parameter keyboard: given back to the shell while azl-dev is stopped.
  package init(descriptor: Int32, keyboard: Keyboard? = nil) {
    self.descriptor = descriptor
    self.keyboard = keyboard
  }

  /// - Parameter content: what is to be seen now; at most the height's lines less one are shown.
  package func start(_ content: @escaping @Sendable (LiveFrame.Size) -> Content) {
    // Ctrl-Z is answered by `stop`, which then stops the process for real
    signal(SIGTSTP, SIG_IGN)
    state.withLock { state in
      state.content = content
      state.signals = [
        source(SIGWINCH) { $0.draw() },
        source(SIGTSTP) { $0.stop() },
        source(SIGCONT) { $0.comeBack() },
      ]
    }
  }

  private func source(_ number: Int32, _ body: @escaping @Sendable (LiveRegion) -> Void)
    -> any DispatchSourceSignal
  {
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler { [weak self] in if let self { body(self) } }
    source.resume()
    return source
  }

  /// Draws soon: at once after a calm, a little later amid a burst.
  ///
  /// - Parameter isAnswer: somebody waits for just this.
  package func invalidate(isAnswer: Bool = false) {
    if isAnswer { return queue.async { [weak self] in self?.draw() } }
    let due: DispatchTime? = state.withLock { state in
      guard !state.isScheduled, !state.hasEnded else { return nil }
      state.isScheduled = true
      return max(.now(), state.drawn + Self.pause)
    }
    guard let due else { return }
    queue.asyncAfter(deadline: due) { [weak self] in
      self?.state.withLock { $0.isScheduled = false }
      self?.draw()
    }
  }

  /// Draws what is to stay and lets go of the terminal.
  package func end() {
    queue.sync {
      draw()
      state.withLock { state in
        state.hasEnded = true
        for source in state.signals { source.cancel() }
        state.signals = []
        state.content = nil
      }
      signal(SIGTSTP, SIG_DFL)
    }
  }

  // MARK: on the queue

  private func draw() {
    guard isInForeground else { return }
    let size = self.size
    guard let content = state.withLock({ $0.content })?(size) else { return }
    keyboard?.open()  // again, when azl-dev was brought to the foreground by a shell that told nobody
    let lines = Array(content.lines.prefix(max(1, size.height - 1)))
    let (text, tick) = state.withLock { state in
      let text = LiveFrame.update(
        from: state.shown, to: lines, above: content.above, earlier: state.earlier, size: size)
      state.shown = lines
      state.earlier = (state.earlier + content.above).suffix(100)
      state.drawn = .now()
      let tick = content.isMoving && !state.isTicking
      if tick { state.isTicking = true }
      return (text, tick)
    }
    write(text)
    guard tick else { return }
    queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in
      self?.state.withLock { $0.isTicking = false }
      self?.draw()
    }
  }

  private func stop() {
    let shown = state.withLock { state in
      defer { state.shown = [] }
      return state.shown
    }
    if isInForeground { write(LiveFrame.erase(shown, size: size)) }
    keyboard?.close()
    kill(getpid(), SIGSTOP)  // and SIGCONT goes on in `comeBack`
  }

  /// What stood on the terminal is anybody's guess.
  private func comeBack() {
    state.withLock { $0.shown = [] }
    keyboard?.close()
    draw()
  }

  /// A job in the background must not write over what its shell shows.
  private var isInForeground: Bool { tcgetpgrp(descriptor) == getpgrp() }

  private var size: LiveFrame.Size {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return LiveFrame.Size(width: 80, height: 24)
    }
    return LiveFrame.Size(width: Int(size.ws_col), height: Int(size.ws_row))
  }

  /// In one call, unless the terminal takes only part of it.
  private func write(_ text: String) {
    var bytes = ArraySlice(Array(text.utf8))
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR && errno != EAGAIN { return }
    }
  }
}
