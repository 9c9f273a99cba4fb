import AzureLinux

/// Specs by where they lie, as a shell completes their names.
package enum SpecPath {
  /// - Parameter text: the path of a spec or the name of its file, or a folder that holds one spec alone.
  package static func spec(_ text: String, among specs: [SpecLocation]) -> SpecLocation? {
    var path = text.hasPrefix("./") ? text.dropFirst(2) : text[...]
    while path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix(".spec") {
      if path.contains("/") { return specs.first { $0.path == path } }
      return specs.first { $0.id == path.dropLast(5) }
    }
    guard path.contains("/") else { return nil }
    let inside = specs.filter { $0.directory == path }
    return inside.count == 1 ? inside[0] : nil
  }
}
