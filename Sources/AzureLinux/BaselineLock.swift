/// `.azldev/baseline.lock`: what `init` resolved, so that later commands need not look again.
package struct BaselineLock: Hashable, Codable, Sendable {
  package var schema = "azl-dev/baseline/1"
  /// As the user or `init` named it.
  package var ref: String
  package var commit: String
  package var identity: BuildIdentity
  /// Digest of each repository's repomd.xml when the baseline was set.
  package var repositories: [String: Digest]

  package init(ref: String, commit: String, identity: BuildIdentity, repositories: [String: Digest]) {
    self.ref = ref
    self.commit = commit
    self.identity = identity
    self.repositories = repositories
  }
}

/// One state of a repository, as a build was planned with it.
package struct PinnedRepository: Hashable, Codable, Sendable {
  package var id: String
  package var url: String
  /// Of `repomd.xml`, which names all else by checksum.
  package var repomd: Digest
  package var revision: Int64?

  package init(id: String, url: String, repomd: Digest, revision: Int64?) {
    self.id = id
    self.url = url
    self.repomd = repomd
    self.revision = revision
  }
}
