import Foundation

/// What lies at one path of a folder, as `find` and `getfattr` say. Pure.
struct TreeEntry: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case file, folder
    case link(to: String)
    /// An overlay's mark that what lies beneath is gone.
    case whiteout
    /// A device, a socket, a pipe.
    case other
  }

  /// Relative to the folder; empty for itself.
  var path: String
  var kind: Kind
  var mode: Int = 0
  var uid = 0
  var gid = 0
  /// Seconds since 1970.
  var changed = 0
  /// Of its inode; files with several names share it.
  var inode = 0
  var names = 1
  var attributes: [String: [UInt8]] = [:]

  /// Of an overlay's upper folder: nothing of what lies beneath is seen.
  var isOpaque: Bool { TreeEntry.marks.contains { attributes[$0 + "opaque"] != nil } }

  /// Attributes by which an overlay keeps its books: as root, and rootless.
  static let marks = ["trusted.overlay.", "user.overlay."]

  private static let fields = 8

  /// In the order of their paths: a folder before what is in it.
  static func list(_ folder: String) -> [String] {
    ["find", folder, "-printf", #"%y\0%m\0%U\0%G\0%T@\0%i\0%n\0%P\0%l\0"#]
  }

  static func attributes(_ folder: String) -> [String] {
    [
      "getfattr", "--recursive", "--physical", "--absolute-names", "--dump", "--match=-", "--encoding=hex",
      folder,
    ]
  }

  /// - Parameter attributes: what `getfattr` printed of the same folder.
  static func parse(_ list: Data, attributes: String, of folder: String) -> [TreeEntry] {
    let cells = list.split(separator: 0, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    let known = self.attributes(in: attributes, of: folder)
    return stride(from: 0, to: cells.count - fields, by: fields + 1).map { start in
      let row = cells[start..<start + fields + 1].map(\.self)
      var entry = TreeEntry(path: row[7], kind: kind(row[0], link: row[8]))
      entry.mode = Int(row[1], radix: 8) ?? 0
      entry.uid = Int(row[2]) ?? 0
      entry.gid = Int(row[3]) ?? 0
      entry.changed = Int(row[4].prefix { $0 != "." }) ?? 0
      entry.inode = Int(row[5]) ?? 0
      entry.names = Int(row[6]) ?? 1
      entry.attributes = known[entry.path] ?? [:]
      return entry
    }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private static func kind(_ letter: String, link: String) -> Kind {
    switch letter {
    case "f": .file
    case "d": .folder
    case "l": .link(to: link)
    // an overlay's whiteout is the only device that can be in a root made here
    case "c": .whiteout
    default: .other
    }
  }

  /// `# file: path`, then `name=0x…` lines, then an empty one. Special characters of names are octal.
  private static func attributes(in text: String, of folder: String) -> [String: [String: [UInt8]]] {
    var found: [String: [String: [UInt8]]] = [:]
    var path = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# file: ") {
        path = String(unescaped(line.dropFirst(8)).dropFirst(folder.count).drop { $0 == "/" })
      } else if let equals = line.firstIndex(of: "=") {
        let digits = line[equals...].dropFirst(3).utf8.map(\.self)
        found[path, default: [:]][String(line[..<equals])] = stride(from: 0, to: digits.count - 1, by: 2)
          .compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
          }
      }
    }
    return found
  }

  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
