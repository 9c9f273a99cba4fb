import Glibc
import SpecFormat

/// Where in a spec's text a dependency is asked for.
struct SpecLines {
  enum Tag { case requires, buildRequires }

  private var requires: [String: Int] = [:]
  private var buildRequires: [String: Int] = [:]

  init(_ text: UnsafeRawBufferPointer) {
    guard let start = text.baseAddress else { return }
    var number = 0
    var rest = text
    while !rest.isEmpty {
      number += 1
      let end = memchr(rest.baseAddress!, 0x0a, rest.count)
      let length = end.map { $0 - UnsafeMutableRawPointer(mutating: rest.baseAddress!) } ?? rest.count
      read(UnsafeRawBufferPointer(rebasing: rest[..<length]), number: number)
      rest = UnsafeRawBufferPointer(rebasing: rest[min(length + 1, rest.count)...])
    }
    _ = start
  }

  /// The dependency with the first line that names it; without one when macros hide the name.
  func place(_ dependency: Dependency, _ tag: Tag) -> Dependency {
    var placed = dependency
    let lines = tag == .requires ? requires : buildRequires
    placed.line = lines[dependency.isRich ? dependency.text : dependency.name]
    return placed
  }

  private mutating func read(_ line: UnsafeRawBufferPointer, number: Int) {
    var start = 0
    while start < line.count, Self.isSpace(line[start]) { start += 1 }
    let rest = UnsafeRawBufferPointer(rebasing: line[start...])
    let tag: Tag
    let length: Int
    switch rest.first {
    case UInt8(ascii: "b"), UInt8(ascii: "B"):
      guard Self.starts(rest, "buildrequires") else { return }
      (tag, length) = (.buildRequires, 13)
    case UInt8(ascii: "r"), UInt8(ascii: "R"):
      guard Self.starts(rest, "requires") else { return }
      (tag, length) = (.requires, 8)
    default: return
    }
    guard let colon = rest[length...].firstIndex(of: UInt8(ascii: ":")) else { return }
    let value = rest[(colon + 1)...]
    note(value.split { Self.isSpace($0) || $0 == UInt8(ascii: ",") }, tag, number)
    // a rich dependency is one with its spaces
    if let open = value.firstIndex(where: { !Self.isSpace($0) }), value[open] == UInt8(ascii: "(") {
      var end = value.endIndex
      while end > open, Self.isSpace(value[end - 1]) { end -= 1 }
      note([value[open..<end]], tag, number)
    }
  }

  private mutating func note(_ words: [Slice<UnsafeRawBufferPointer>], _ tag: Tag, _ number: Int) {
    for word in words {
      let word = String(decoding: word, as: UTF8.self)
      switch tag {
      case .requires: if requires[word] == nil { requires[word] = number }
      case .buildRequires: if buildRequires[word] == nil { buildRequires[word] = number }
      }
    }
  }

  private static func starts(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    bytes.count >= word.utf8CodeUnitCount
      && strncasecmp(bytes.baseAddress!, word.utf8Start, word.utf8CodeUnitCount) == 0
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
}
