/// Who needs what, with every capability resolved to the packages that provide it.
package struct PackageGraph: Sendable, Hashable {
  package struct Need: Sendable, Hashable {
    package var dependency: Dependency
    /// Names of binary packages that provide it.
    package var providers: [String]
    package init(dependency: Dependency, providers: [String]) {
      self.dependency = dependency
      self.providers = providers
    }
  }
  package struct Package: Sendable, Hashable {
    /// Id of the spec that makes it; nil when no spec of the tree does.
    package var spec: String?
    package var requires: [Need]
    package init(spec: String?, requires: [Need]) {
      self.spec = spec
      self.requires = requires
    }
  }

  /// By name of the binary package.
  package var packages: [String: Package]
  /// BuildRequires by spec id.
  package var buildRequires: [String: [Need]]
  package init(packages: [String: Package], buildRequires: [String: [Need]]) {
    self.packages = packages
    self.buildRequires = buildRequires
  }
}
