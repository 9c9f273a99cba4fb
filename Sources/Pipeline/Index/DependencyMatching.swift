import AzureLinux

/// What the index asks of rpm's own rules.
package protocol DependencyMatching: Sendable {
  /// Whether the versions that an entry offers and those that a need accepts have one in common.
  func overlap(offer: VersionRange, need: VersionRange) -> Bool
  /// The parts of a rich dependency; nil where rpm does not read it.
  func parts(ofRich text: String) -> RichDependency?
}

/// `op` and `evr` of a dependency; both empty for any version.
package struct VersionRange: Hashable, Sendable {
  package var op: String
  package var evr: String
  package init(op: String, evr: String) {
    self.op = op
    self.evr = evr
  }
}
