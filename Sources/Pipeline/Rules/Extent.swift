import AzureLinux

/// Whose own packages stand in build roots instead of the published ones, besides those of changed specs.
package struct Extent: Hashable, Sendable {
  /// Unchanged specs that were rebuilt because of a changed one, step by step: each is built with those of earlier
  /// steps.
  package var rebuilt: [[String]]
  /// Everything that the tree makes counts, changed or not.
  package var isFromScratch: Bool
  /// Groups of specs that need each other to be built: none of a group sees what the others of it make, so that
  /// published packages break the circle, whichever of them is built first.
  package var apart: [[String]]
  /// Specs that stay as published whatever was done to them.
  package var ignored: [String]

  package init(
    rebuilt: [[String]] = [], isFromScratch: Bool = false, apart: [[String]] = [], ignored: [String] = []
  ) {
    self.rebuilt = rebuilt
    self.isFromScratch = isFromScratch
    self.apart = apart
    self.ignored = ignored
  }

  /// How a spec is built whose packages stand in the root of another: as it was when its turn came.
  func inside(_ spec: String) -> Extent {
    var extent = self
    extent.rebuilt = Array(rebuilt.prefix { !$0.contains(spec) })
    if extent.rebuilt.count == rebuilt.count { extent.rebuilt = [] }
    return extent
  }

  /// Without what was built again and is not among these: a build does not depend on what cannot be in its root.
  func keeping(_ specs: [String]) -> Extent {
    var extent = self
    extent.rebuilt = rebuilt.map { $0.filter(specs.contains) }.filter { !$0.isEmpty }
    return extent
  }

  /// Specs whose own packages are kept out of this one's build root: its own, above all.
  package func unaware(for spec: String) -> Set<String> {
    apart.reduce(into: Set(ignored + [spec])) { if $1.contains(spec) { $0.formUnion($1) } }
  }
}

extension Extent: Codable {
  private enum CodingKeys: String, CodingKey { case rebuilt, isFromScratch, apart, ignored }

  /// What is empty is left out: the key of a plain build stays short.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    if !rebuilt.isEmpty { try values.encode(rebuilt, forKey: .rebuilt) }
    if isFromScratch { try values.encode(true, forKey: .isFromScratch) }
    if !apart.isEmpty { try values.encode(apart, forKey: .apart) }
    if !ignored.isEmpty { try values.encode(ignored, forKey: .ignored) }
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      rebuilt: try values.decodeIfPresent([[String]].self, forKey: .rebuilt) ?? [],
      isFromScratch: try values.decodeIfPresent(Bool.self, forKey: .isFromScratch) ?? false,
      apart: try values.decodeIfPresent([[String]].self, forKey: .apart) ?? [],
      ignored: try values.decodeIfPresent([String].self, forKey: .ignored) ?? [])
  }
}
