/// The macros `%azl_<spec>_version`, `_release` and `_epoch`, by which a spec reads what another one declares.
package enum VersionMacros {
  private static let start = Array("azl_".utf8)
  private static let ends = ["_version", "_release", "_epoch"].map { Array($0.utf8) }

  /// Spec names, as the macros spell them, that a text reads.
  package static func reads(in text: UnsafeRawBufferPointer) -> Set<String> {
    var names: Set<String> = []
    var index = 0
    while index + start.count <= text.count {
      // one in thirty bytes is an "a"; few go on like this
      guard text[index] == start[0], text[index + 1] == start[1], text[index + 2] == start[2],
        text[index + 3] == start[3]
      else {
        index += 1
        continue
      }
      let first = index + start.count
      var last = first
      while last < text.count, isWord(text[last]) { last += 1 }
      let word = text[first..<last]
      for end in ends where word.count > end.count && word.suffix(end.count).elementsEqual(end) {
        names.insert(String(decoding: word.dropLast(end.count), as: UTF8.self))
      }
      index = last
    }
    return names
  }

  package static func reads(in text: String) -> Set<String> {
    var text = text
    return text.withUTF8 { reads(in: UnsafeRawBufferPointer($0)) }
  }

  /// A spec's name as the macros spell it.
  package static func spelling(of spec: String) -> String {
    String(decoding: spec.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
  }

  /// Whether this is how the macros spell a spec's name, without making a text of it: three thousand are asked.
  package static func isSpelling(_ word: String, of spec: String) -> Bool {
    word.utf8.count == spec.utf8.count
      && word.utf8.elementsEqual(spec.utf8) {
        $0 == $1 || ($0 == UInt8(ascii: "_") && $1 == UInt8(ascii: "-"))
      }
  }

  /// Definitions by name; a release without the distribution tag.
  package static func definitions(_ versions: [String: EVR], dist: String) -> [String: String] {
    var macros: [String: String] = [:]
    for (spec, evr) in versions {
      let name = "azl_" + spelling(of: spec)
      macros[name + "_version"] = evr.version
      macros[name + "_release"] = without(dist, evr.release)
      if let epoch = evr.epoch { macros[name + "_epoch"] = String(epoch) }
    }
    return macros
  }

  private static func without(_ part: String, _ text: String) -> String {
    let whole = Array(text.utf8)
    let part = Array(part.utf8)
    guard !part.isEmpty, whole.count >= part.count else { return text }
    for start in 0...(whole.count - part.count) where whole[start...].starts(with: part) {
      return String(decoding: whole[..<start] + whole[(start + part.count)...], as: UTF8.self)
    }
    return text
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
