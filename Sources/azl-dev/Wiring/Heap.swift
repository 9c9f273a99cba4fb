import CLinux
import Synchronization

/// The memory of a process that stays open all day: what only its start needed goes back to the kernel.
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
    guard count % 500 == 0 else { return }
    clinux_trim_heap()
    clinux_forget_code_pages()
  }
}
