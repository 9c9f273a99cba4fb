import AzureLinux

/// The files that a build is made from, found and verified: the spec, its sources, patches and includes.
package struct SourceSet: Hashable, Codable, Sendable {
  /// `srpm`: a published one, which stands for all others.
  package enum Role: String, Codable, Sendable { case spec, source, patch, include, srpm }
  package enum Origin: String, Codable, Sendable { case local, store, server }

  package struct File: Hashable, Codable, Sendable {
    /// Base name, as the spec knows it.
    package var name: String
    package var role: Role
    package var origin: Origin
    /// Absolute; where the content is now.
    package var path: String
    /// Of the content; for a source the same as the signatures file says.
    package var digest: Digest

    package init(name: String, role: Role, origin: Origin, path: String, digest: Digest) {
      self.name = name
      self.role = role
      self.origin = origin
      self.path = path
      self.digest = digest
    }
  }

  /// Whether the SRPM is there and need not be packed.
  package var hasSRPM: Bool { files.contains { $0.role == .srpm } }

  package var spec: File
  /// Sorted by name; no name twice.
  package var files: [File]

  package init(spec: File, files: [File]) {
    self.spec = spec
    self.files = files
  }
}
