/// One Provides, Requires or BuildRequires entry as rpm evaluated it.
package struct Dependency: Hashable, Codable, Sendable, CustomStringConvertible {
  /// As rpm prints it: `zlib-devel >= 1.3`, `/bin/sh`, `(a if b)`.
  package var text: String
  /// Empty for rich dependencies, of which only `text` counts.
  package var name: String
  /// One of `=`, `<`, `<=`, `>`, `>=`, or empty.
  package var op: String
  package var evr: String
  /// Line of the spec that asks for it, where known.
  package var line: Int?

  package init(text: String, name: String, op: String = "", evr: String = "", line: Int? = nil) {
    self.text = text
    self.name = name
    self.op = op
    self.evr = evr
    self.line = line
  }

  package var description: String { text }
  package var isRich: Bool { text.hasPrefix("(") }
}
