import CLinux
import Synchronization

/// The memory of a process that stays open all day: what loading the index freed goes back to the kernel.
final class Heap: Sendable {
  private let answers = Mutex(0)

  /// Before anything else is allocated.
  static func share() { clinux_share_heap() }

  /// After an answer was given: with the first, and with each of a long row.
  func care() {
    let count = answers.withLock { answers in
      defer { answers += 1 }
      return answers
    }
    if count % 500 == 0 { clinux_trim_heap() }
  }
}
