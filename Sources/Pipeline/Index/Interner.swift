/// Texts by number: a tree names the same capabilities tens of thousands of times.
struct Interner: Sendable {
  private var numbers: [String: Int32] = [:]
  private var texts: [String] = []

  subscript(number: Int32) -> String { texts[Int(number)] }
  var count: Int { texts.count }

  func known(_ text: String) -> Int32? { numbers[text] }

  mutating func number(_ text: String) -> Int32 {
    if let known = numbers[text] { return known }
    let number = Int32(texts.count)
    numbers[text] = number
    texts.append(text)
    return number
  }
}
