import Dispatch
import Foundation
import Synchronization

/// A terminal whose keys arrive one by one, unseen. Ctrl-C and Ctrl-Z stay what they are.
package final class Keyboard: Sendable {
  private struct State {
    var source: (any DispatchSourceRead)?
    var hasEnded = false
  }

  private let descriptor: Int32
  private let state = Mutex(State())
  private let sink: AsyncStream<Character>.Continuation
  /// What is pressed while it is open.
  package let keys: AsyncStream<Character>

  /// nil when this is not a terminal.
  package init?(descriptor: Int32) {
    guard isatty(descriptor) == 1 else { return nil }
    self.descriptor = descriptor
    (keys, sink) = AsyncStream.makeStream()
  }

  /// Takes the terminal, if azl-dev is in its foreground; again does nothing.
  package func open() {
    // a job in the background that touches the terminal's mode, or reads, is stopped by the kernel
    guard tcgetpgrp(descriptor) == getpgrp() else { return }
    state.withLock { state in
      guard state.source == nil, !state.hasEnded, TerminalMode.takeKeys(descriptor) else { return }
      let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
      source.setEventHandler { [weak self] in self?.read() }
      state.source = source
      source.resume()
    }
  }

  /// Gives the terminal back as it was.
  package func close() {
    state.withLock { state in
      state.source?.cancel()
      state.source = nil
    }
    TerminalMode.giveBack()
  }

  /// Closes it for good.
  package func end() {
    state.withLock { $0.hasEnded = true }
    close()
    sink.finish()
  }

  private func read() {
    guard tcgetpgrp(descriptor) == getpgrp() else { return close() }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return count == 0 ? end() : () }
    // arrows and function keys come as sequences, whose letters are no keys
    guard bytes[0] != 0x1B else { return }
    for key in String(decoding: bytes[..<count], as: UTF8.self) { sink.yield(key) }
  }
}

/// The mode in which the terminal was found, brought back however azl-dev ends, but for SIGKILL.
package enum TerminalMode {
  private struct Found {
    var descriptor: Int32
    var mode: termios
  }
  // because a signal handler can only use memory that is there; written before `isTaken` is set
  private nonisolated(unsafe) static let found = UnsafeMutablePointer<Found>.allocate(capacity: 1)
  private static let isTaken = Atomic(false)
  private static let faults = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
  // because sigaction(2) hands over the handlers before, which are put back from within a handler
  private nonisolated(unsafe) static let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)

  /// Keys one by one without echo. False when the terminal refuses.
  static func takeKeys(_ descriptor: Int32) -> Bool {
    take(descriptor) { mode in
      mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
      withUnsafeMutableBytes(of: &mode.c_cc) {
        $0[Int(VMIN)] = 1
        $0[Int(VTIME)] = 0
      }
    }
  }

  /// Every byte as it comes, Ctrl-C included: for another machine's terminal. False when the terminal refuses.
  package static func takeRaw(_ descriptor: Int32) -> Bool { take(descriptor) { cfmakeraw(&$0) } }

  private static func take(_ descriptor: Int32, _ change: (inout termios) -> Void) -> Bool {
    guard !isTaken.load(ordering: .acquiring) else { return true }
    var mode = termios()
    guard tcgetattr(descriptor, &mode) == 0 else { return false }
    found.initialize(to: Found(descriptor: descriptor, mode: mode))
    change(&mode)
    guard tcsetattr(descriptor, TCSANOW, &mode) == 0 else { return false }
    isTaken.store(true, ordering: .releasing)
    guardAgainstFaults()
    return true
  }

  /// As it was found. May be called from anywhere, any number of times.
  package static func giveBack() {
    guard isTaken.exchange(false, ordering: .acquiringAndReleasing) else { return }
    tcsetattr(found.pointee.descriptor, TCSANOW, &found.pointee.mode)
  }

  private static let installed: Void = {
    for number in faults {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        TerminalMode.giveBack()
        // the faulting instruction runs again and meets the handler that it would have met
        sigaction(number, TerminalMode.before + Int(number), nil)
      }
      sigaction(number, &action, before + Int(number))
    }
  }()
  private static func guardAgainstFaults() { installed }
}
