import CLinux
import Foundation
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
    guard count % 25 == 0 else { return }
    clinux_trim_heap()
    clinux_forget_code_pages()
    forgetPackIndexes()
  }

  /// Git's own are mapped whole, and every question reads a few bytes here and there.
  private func forgetPackIndexes() {
    let maps = FileHandle(forReadingAtPath: "/proc/self/maps")?.readDataToEndOfFile() ?? Data()
    for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") where line.hasSuffix(".idx") {
      let words = line.split(separator: " ")
      let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard words[1].hasPrefix("r--"), ends.count == 2 else { continue }
      // because nobody writes there, the file has what is read again
      madvise(UnsafeMutableRawPointer(bitPattern: ends[0]), Int(ends[1] - ends[0]), MADV_DONTNEED)
    }
  }
}
