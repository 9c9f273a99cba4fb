/// Where a spec is: its identity and its file.
package struct SpecLocation: Hashable, Codable, Sendable, Comparable {
  /// File name without `.spec`.
  package var id: String
  /// Relative to the tree.
  package var path: String

  package init(id: String, path: String) {
    self.id = id
    self.path = path
  }

  /// - Parameter path: of a `.spec`, relative to the tree.
  package init(path: String) {
    let name =
      path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
    self.init(id: String(name.hasSuffix(".spec") ? name.dropLast(5) : name), path: path)
  }

  /// The package directory, relative to the tree.
  package var directory: String {
    String(path[..<(path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)])
  }
  package static func < (a: SpecLocation, b: SpecLocation) -> Bool { (a.id, a.path) < (b.id, b.path) }
}
