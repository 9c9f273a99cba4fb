import Testing

@testable import Packages

@Suite struct ByteSearchTests {
  @Test(arguments: [
    ("cc1: fatal error: x", "rror"), ("plain line", "rror"), ("", "x"), ("ende", "e"),
    ("Ünicode ‘x’: fehlt", "’: "),
    ("e\u{301}", "e"), ("a", "aa"),
  ])
  func placesAreThoseOfABytewiseSearch(line: String, word: String) {
    let lines = Array(line.utf8)
    let words = Array(word.utf8)
    let first = lines.indices.first { lines[$0...].starts(with: words) }
    #expect(line.holds(word) == (first != nil))
    let place = line.place(of: word)
    #expect(place.map { line.utf8.distance(from: line.startIndex, to: $0.lowerBound) } == first)
    #expect(
      place.map { String(line[$0].utf8.map { Character(UnicodeScalar($0)) }) }
        == first.map { _ in
          String(words.map { Character(UnicodeScalar($0)) })
        })
  }
}
