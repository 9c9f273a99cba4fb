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

  /// The package directory, relative to the tree.
  package var directory: String { path.split(separator: "/").dropLast().joined(separator: "/") }
  package static func < (a: SpecLocation, b: SpecLocation) -> Bool { (a.id, a.path) < (b.id, b.path) }
}
