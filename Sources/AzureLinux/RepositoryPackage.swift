/// One RPM as a repository's metadata describe it.
package struct RepositoryPackage: Hashable, Codable, Sendable {
  package var nevra: NEVRA
  /// Id of the repository, or `local` for RPMs built here.
  package var repository: String
  /// Relative to the repository's base URL; an absolute path for `local`.
  package var location: String
  /// Of the whole file, from the metadata.
  package var digest: Digest
  /// Bytes.
  package var size: Int64
  /// File name of the SRPM that it was built from.
  package var sourceRPM: String

  package init(
    nevra: NEVRA, repository: String, location: String, digest: Digest, size: Int64, sourceRPM: String
  ) {
    self.nevra = nevra
    self.repository = repository
    self.location = location
    self.digest = digest
    self.size = size
    self.sourceRPM = sourceRPM
  }

  /// Name of the source package, read off the SRPM's file name.
  package var sourceName: String { NEVRA(fileName: sourceRPM)?.name ?? nevra.name }
}

/// An RPM on this machine, verified.
package struct RPMFile: Hashable, Codable, Sendable {
  package var nevra: NEVRA
  /// Absolute.
  package var path: String
  /// Of the whole file.
  package var digest: Digest
  /// Bytes.
  package var size: Int64

  package init(nevra: NEVRA, path: String, digest: Digest, size: Int64) {
    self.nevra = nevra
    self.path = path
    self.digest = digest
    self.size = size
  }
}

/// One `[[repository]]` of the configuration.
package struct RepositorySettings: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, Sendable, CaseIterable { case base, debuginfo, toolchain, source }

  package var id: String
  /// `http://`, `https://` or `file://`; `$releasever` and `$basearch` are filled in before use.
  package var url: String
  package var kind: Kind
  /// Lower wins, as in dnf.
  package var priority: Int
  package var enabled: Bool
  package var gpgcheck: Bool
  package var repoGpgcheck: Bool
  /// Armoured OpenPGP key files, relative to the tree or absolute.
  package var keys: [String]
  package var ca: String?
  package var cert: String?
  package var key: String?
  /// More servers of the same files, asked in order after `url`.
  package var mirrors: [String] = []
  /// URLs of lists of such servers.
  package var mirrorlist: String?
  package var metalink: String?
  /// Does without it where its metadata cannot be had.
  package var skipIfUnavailable = false
  /// Whether an HTTPS server must prove who it is.
  package var sslverify = true

  package init(
    id: String, url: String, kind: Kind = .base, priority: Int = 99, enabled: Bool = true,
    gpgcheck: Bool = true,
    repoGpgcheck: Bool = true, keys: [String] = [], ca: String? = nil, cert: String? = nil, key: String? = nil
  ) {
    self.id = id
    self.url = url
    self.kind = kind
    self.priority = priority
    self.enabled = enabled
    self.gpgcheck = gpgcheck
    self.repoGpgcheck = repoGpgcheck
    self.keys = keys
    self.ca = ca
    self.cert = cert
    self.key = key
  }
}
