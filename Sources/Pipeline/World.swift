import AzureLinux

/// The stages as the rules see them. The concrete ones are wired in one file of the executable.
package struct World: Sendable {
  package let tree: any TreeReading
  package let specs: any SpecReading
  package let baseline: any BaselineReading
  package let packages: any PackageResolving
  package let builder: any PackageBuilding
  package let matching: any DependencyMatching

  package init(
    tree: any TreeReading, specs: any SpecReading, baseline: any BaselineReading,
    packages: any PackageResolving, builder: any PackageBuilding, matching: any DependencyMatching
  ) {
    self.tree = tree
    self.matching = matching
    self.specs = specs
    self.baseline = baseline
    self.packages = packages
    self.builder = builder
  }
}

package protocol SpecReading: Sendable {
  /// Whether one of these package directories holds, or held, files that become macros.
  func haveMacros(_ directories: Set<String>) async throws -> Bool
  /// Lays the macros that a parse may read ready: of the repositories' RPMs and the tree's files. Their digest.
  func macros() async throws -> Digest
  func hasMacros(_ digest: Digest) async -> Bool
  /// By path of a spec: names of specs, as macros spell them, whose version or release its text reads.
  func versionReads() async throws -> [String: [String]]
  /// Of one spec.
  func versionReads(of spec: SpecLocation) async -> [String]
  /// What `versionReads()` answers from now on.
  func take(versionReads: [String: [String]]) async
  /// - Parameter versions: of specs whose version this one may read, by id.
  func parse(_ spec: SpecLocation, versions: [String: EVR], macros: Digest) async throws -> SpecInfo
}

/// What is in the tree. Known from the last look; events and the passing of time change nothing by themselves.
package protocol TreeReading: Sendable {
  /// All specs, sorted.
  func specs() async throws -> [SpecLocation]
  /// Those that nothing is built of, because a folder named earlier has one of the name.
  func hidden() async throws -> [SpecLocation]
  /// Of one package directory.
  func specs(in directory: String) async throws -> [SpecLocation]
  /// Of all files of a package directory.
  func digest(of directory: String) async throws -> Digest
  /// Of all of them, and of the other folders that count.
  func digests() async throws -> [String: Digest]
  /// Of the whole tree.
  func digest() async throws -> Digest
  /// Nil when there is no such file.
  func digest(ofFile path: String) async throws -> Digest?
  /// Of these directories, those that every look at the tree sees.
  func seen(_ directories: Set<String>) async -> Set<String>
  /// Whether every file of these package directories is the one last looked at, untouched since.
  func isUntouched(_ directories: Set<String>) async -> Bool
  /// Looks at these files and folders, or at everything.
  /// - Returns: package directories whose files differ from the look before.
  func look(at paths: Set<String>?) async throws -> Set<String>
}

package protocol BaselineReading: Sendable {
  func changes() async throws -> [TreeChange]
  func identity() async throws -> BuildIdentity
}

package protocol PackageResolving: Sendable {
  /// Of all repositories' metadata and the worker manifest.
  func snapshot() async throws -> Digest
  func plan(_ request: PlanRequest) async throws -> BuildRootPlan
  /// Changes whenever `facts` would answer something else.
  func factsIdentity() async throws -> String
  /// What was found out about published packages before.
  func facts() async throws -> PublishedFacts
  /// That, and what there is to know about these.
  func facts(packages: Set<String>, names: Set<String>) async throws -> PublishedFacts
  /// Name of the source package that a published package of this name was built from.
  func source(ofPackage name: String) async throws -> String?
  /// Whether all packages of this spec are published with these very versions.
  func isPublished(_ spec: SpecInfo) async throws -> Bool
  /// Says that these stand in a build root, or throws where only the tree's own versions may.
  func accept(_ substitutes: [Substitute], for spec: SpecLocation) async throws
  /// The plan again with the packages of changed specs as they were really built, but for those that equal one of
  /// `published`.
  func settle(
    _ request: PlanRequest, built: [PackageInterface], published: [PackageInterface]
  ) async throws -> SettledRoot
}

package protocol PackageBuilding: Sendable {
  func sourcePolicy() async throws -> SourcePolicy
  /// Finds and verifies what the spec is built from; downloads what is not here.
  func sources(of spec: SpecInfo, _ policy: SourcePolicy) async throws -> SourceContent
  /// Whether `sources` has nothing to download.
  func hasSources(of spec: SpecInfo) async -> Bool
  /// What is going to be built, for whoever shares out processors: the longest way to the end goes first.
  func expect(_ order: BuildOrder) async
  /// Builds under way go on; no other begins until more is expected.
  func stop() async
  /// Takes an earlier build of the same inputs from the store where there is one, but for those of `renew`.
  func build(_ request: BuildRequest) async throws -> BuiltPackage
  /// The next build of each of these specs is made anew.
  func renew(_ specs: [String]) async
  /// Builds once more and runs `%check`; no package comes out of it.
  func check(_ request: BuildRequest) async throws -> CheckOutcome
  func isIntact(_ package: BuiltPackage) async -> Bool
  /// What the published packages of a spec offer; nil when they are not all published. Downloads them.
  ///
  /// - Parameter isInterface: as far as another build can see; otherwise their content.
  func published(_ spec: SpecInfo, isInterface: Bool) async throws -> PackageInterface?
  /// What decides whether a dependent is built again, as far as this machine can tell.
  var cutoff: CutoffMode { get async }
  /// Of what another build can see of these, one by one.
  func interfaces(of rpms: [RPMFile]) async throws -> [Digest]
  /// Of which files there are in a root.
  func names(in root: SettledRoot) async throws -> Digest
  /// Of what is in those of a root that a stored list names.
  func contents(of list: Digest, in root: SettledRoot) async throws -> Digest
  /// Builds, and keeps nothing but what the packages are like.
  func trial(_ request: BuildRequest) async throws -> [PackageInterface.Package]
}

/// A published package that stands for the one that an unchanged spec of the tree would make.
package struct Substitute: Sendable, Hashable {
  package var own: NEVRA
  package var published: NEVRA
  package init(own: NEVRA, published: NEVRA) {
    self.own = own
    self.published = published
  }
}

/// What a build root is asked for.
package struct PlanRequest: Sendable, Hashable {
  package var spec: String
  /// Of the spec, relative to the tree.
  package var path: String
  package var requires: [Dependency]
  /// Changed specs, whose published packages do not count.
  package var changed: [SpecInfo]
  /// Specs, changed or not, whose published packages this root gets.
  package var unaware: Set<String>

  package init(
    spec: String, path: String, requires: [Dependency], changed: [SpecInfo], unaware: Set<String>
  ) {
    self.spec = spec
    self.path = path
    self.requires = requires
    self.changed = changed
    self.unaware = unaware
  }
}

/// A build root with nothing left open.
package struct SettledRoot: Sendable, Hashable, Codable {
  package enum Item: Sendable, Hashable, Codable {
    case published(RepositoryPackage)
    case built(PackageInterface.Package)

    package var name: String {
      switch self {
      case .published(let package): package.nevra.name
      case .built(let package): package.nevra.name
      }
    }
  }
  package var base: [RepositoryPackage]
  package var extra: [Item]
  package init(base: [RepositoryPackage], extra: [Item]) {
    self.base = base
    self.extra = extra
  }
}

package struct BuildRequest: Hashable, Codable, Sendable {
  package var location: SpecLocation
  package var info: SpecInfo
  /// Of the package directory.
  package var tree: Digest
  package var identity: BuildIdentity
  package var sources: SourceContent
  package var root: SettledRoot
  /// What is installed: the same packages, where some that `root` holds as published are as they were built here.
  package var files: SettledRoot
  /// Versions of other specs that the spec reads.
  package var versions: [String: EVR]
  /// Whether the build is watched for the files that it opens.
  package var isObserved: Bool
}
