import AzureLinux
import SystemPackage

/// One repository as the solver reads it: its metadata files, already verified.
package struct RepositorySource: Hashable, Sendable {
  package var id: String
  /// Lower wins, as in dnf.
  package var priority: Int
  /// `primary.xml`, plain or compressed.
  package var primary: FilePath
  /// `filelists.xml`; without it only the files that `primary.xml` lists can be required.
  package var filelists: FilePath?
  /// Where the parsed form is kept, named by content; nil parses every time.
  package var cache: FilePath?
  /// Seconds since 1970; what was published later is not there. Nil: all is.
  package var until: Int64?

  package init(
    id: String, priority: Int, primary: FilePath, filelists: FilePath? = nil, cache: FilePath? = nil,
    until: Int64? = nil
  ) {
    self.until = until
    self.id = id
    self.priority = priority
    self.primary = primary
    self.filelists = filelists
    self.cache = cache
  }
}

/// A changed spec: what takes the place of the published packages of its source package.
package struct ReplacedSpec: Hashable, Sendable {
  package enum Packages: Hashable, Sendable {
    case local([LocalPackage])
    /// Not built yet: as the spec says, completed by what the published package of the same name generates.
    case predicted([BinaryPackage])
  }

  /// File name without `.spec`.
  package var spec: String
  package var source: SourcePackage
  package var packages: Packages

  package init(spec: String, source: SourcePackage, packages: Packages) {
    self.spec = spec
    self.source = source
    self.packages = packages
  }
}

/// What has to be in a root.
package struct SolveRequest: Hashable, Sendable {
  package var install: [Dependency]
  /// Packages that are in the root in any case, in these versions unless that is impossible.
  package var base: [RepositoryPackage]
  /// Changed specs that this root knows nothing of: it gets their published packages. The spec being built, above
  /// all, which is not built with itself.
  package var unaware: Set<String>

  package init(install: [Dependency], base: [RepositoryPackage] = [], unaware: Set<String> = []) {
    self.install = install
    self.base = base
    self.unaware = unaware
  }
}

package enum ResolvedPackage: Hashable, Codable, Sendable {
  case published(RepositoryPackage)
  case local(spec: String, RPMFile)
  case predicted(spec: String, NEVRA)

  package var nevra: NEVRA {
    switch self {
    case .published(let package): package.nevra
    case .local(_, let file): file.nevra
    case .predicted(_, let nevra): nevra
    }
  }
}

package struct Solution: Hashable, Codable, Sendable {
  /// The whole root in install order.
  package var packages: [ResolvedPackage]
  /// What is not in the request's base, in install order.
  package var extra: [ResolvedPackage]
  /// Of the request's base, what had to give way to another version.
  package var replaced: [RepositoryPackage]
}

/// A file name of a manifest and what is published for it.
package struct ManifestEntry: Hashable, Codable, Sendable {
  package var requested: String
  package var package: RepositoryPackage
  /// false: the newest published package of that name stands in.
  package var isExact: Bool
}
