import CLinux
import Foundation

/// Words looked for in lines of logs, by their bytes. Builds print hundreds of thousands of lines, each of which is held
/// against fifty words: Foundation's search, which knows languages, took more of the processors than the builds had left.
extension String {
  func holds(_ word: String) -> Bool { offset(of: word) != nil }

  /// Where `word` first stands, as `range(of:)`.
  func place(of word: String) -> Range<Index>? {
    offset(of: word).map { start in
      utf8.index(startIndex, offsetBy: start)..<utf8.index(startIndex, offsetBy: start + word.utf8.count)
    }
  }

  private func offset(of word: String) -> Int? {
    // both lie in one piece: lines are made of bytes, words are the program's own
    let found = utf8.withContiguousStorageIfAvailable { line in
      word.utf8.withContiguousStorageIfAvailable { word in
        clinux_find(line.baseAddress, line.count, word.baseAddress, word.count)
      }
    }
    guard case .some(.some(let offset)) = found else {
      return range(of: word, options: .literal).map { utf8.distance(from: startIndex, to: $0.lowerBound) }
    }
    return offset < 0 ? nil : offset
  }
}
