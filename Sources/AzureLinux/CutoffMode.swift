/// What decides whether a dependent is built again after a package in its root was: `[build] dependents`.
package enum CutoffMode: String, Codable, Sendable, CaseIterable {
  /// The content of that package differs, clocks and names of machines aside.
  case exact
  /// What another build can see of it differs: see `InterfaceDigest`.
  case interface
  /// A file that the dependent's last build opened differs, or which files there are.
  case observed
  /// It was built again, whatever came of it: upstream's rule.
  case names
}
