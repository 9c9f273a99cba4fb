/// Lists of plain values by number. Nearly all of them never change and lie one after the other; one that did has a
/// place of its own.
struct Lists<Element: BitwiseCopyable & Sendable>: Sendable {
  /// Where each list begins; the last one is the end of all.
  private var starts: [UInt32] = [0]
  private var elements: [Element] = []
  private var changed: [Int32: [Element]] = [:]

  init() {}

  var count: Int { starts.count - 1 }

  subscript(number: Int32) -> ArraySlice<Element> {
    if !changed.isEmpty, let own = changed[number] { return own[...] }
    let position = Int(number)
    return elements[Int(starts[position])..<Int(starts[position + 1])]
  }

  /// As `subscript`, for walks: nothing is counted or copied.
  @inline(__always)
  func forEach(_ number: Int32, _ body: (Element) -> Void) {
    if !changed.isEmpty, let own = changed[number] {
      for element in own { body(element) }
      return
    }
    let position = Int(number)
    for place in Int(starts[position])..<Int(starts[position + 1]) { body(elements[place]) }
  }

  func isEmpty(_ number: Int32) -> Bool {
    if !changed.isEmpty, let own = changed[number] { return own.isEmpty }
    return starts[Int(number)] == starts[Int(number) + 1]
  }

  mutating func append(_ list: [Element] = []) {
    elements += list
    starts.append(UInt32(elements.count))
  }

  mutating func set(_ number: Int32, to list: [Element]) {
    if number == count { append(list) } else { changed[number] = list }
  }

  mutating func add(_ element: Element, to number: Int32) {
    own(number)
    changed[number]?.append(element)
  }

  mutating func remove(from number: Int32, where isGone: (Element) -> Bool) {
    own(number)
    changed[number]?.removeAll(where: isGone)
  }

  private mutating func own(_ number: Int32) {
    if changed[number] == nil { changed[number] = Array(self[number]) }
  }

  /// Puts what changed among the others again.
  mutating func gather() {
    guard !changed.isEmpty else { return }
    var all = Lists()
    all.starts.reserveCapacity(starts.count)
    all.elements.reserveCapacity(elements.count)
    for number in 0..<Int32(count) {
      all.elements += self[number]
      all.starts.append(UInt32(all.elements.count))
    }
    self = all
  }

  // MARK: as bytes

  /// Of lists that are gathered.
  func put(into writer: inout FlatWriter) {
    writer.put(starts)
    writer.put(elements)
  }

  init(from reader: inout FlatReader) throws(FlatError) {
    starts = try reader.take()
    elements = try reader.take()
  }
}
