/// What the hashes of a signatures file mean for a build.
package enum SignatureHandling: String, Codable, Sendable, CaseIterable {
  /// Every source needs an entry and must fit it.
  case enforce
  /// Sources are taken as they are found.
  case skip
  /// As `enforce`, once the file has been written anew from the sources as they are found.
  case update
}

/// How builds come to their sources.
package struct SourcePolicy: Hashable, Codable, Sendable {
  package var isChecked: Bool
  /// State of the source repositories where published SRPMs are built; nil: SRPMs are packed from the tree.
  package var repositories: Digest?

  package init(isChecked: Bool = true, repositories: Digest? = nil) {
    self.isChecked = isChecked
    self.repositories = repositories
  }
}

/// What a spec is built from, by content.
package struct SourceContent: Hashable, Codable, Sendable {
  /// Of each source by base name; patches and the spec are in the tree.
  package var files: [String: Digest]
  /// Stands for the whole package directory.
  package var srpm: RepositoryPackage?

  package init(files: [String: Digest] = [:], srpm: RepositoryPackage? = nil) {
    self.files = files
    self.srpm = srpm
  }
}
