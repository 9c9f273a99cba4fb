import AzureLinux
import SystemPackage

package struct BuildRequest: Sendable {
  /// `packages` gives SRPM and RPMs with `with_check 0`; `check` builds with `with_check 1`, runs `%check`, gives a
  /// verdict and no files; `trial` builds as for packages and only says what they are like.
  package enum Purpose: String, Codable, Sendable { case packages, check, trial }

  package var spec: SpecInfo
  package var sources: SourceSet
  /// Verified RPMs of the root that all packages share, and what this package adds.
  package var base: [RPMFile]
  package var extra: [RPMFile]
  package var identity: BuildIdentity
  package var arch: String
  /// Names the log folder.
  package var key: Digest
  package var purpose: Purpose
  package var limits: BuildLimits
  /// What an earlier build of the spec published (paths relative to `Workspace.out`); those not built again go.
  package var previous: [String]
  /// State of the repositories with which the root was planned; beside the log afterwards.
  package var repositories: [PinnedRepository] = []
  /// What runs the build and notes the files that it opens: a program and its first words; see `BuildObserver`.
  package var observer: String?
  /// What the packages in the root are like: for builds that ask its rpm database.
  package var rootContents: [Digest] = []
  /// Folder of compiled files that builds share through ccache; nil: none. It changes nothing that comes out.
  package var cache: FilePath?

  package init(
    spec: SpecInfo, sources: SourceSet, base: [RPMFile], extra: [RPMFile], identity: BuildIdentity,
    arch: String,
    key: Digest, purpose: Purpose = .packages, limits: BuildLimits = BuildLimits(), previous: [String] = []
  ) {
    self.spec = spec
    self.sources = sources
    self.base = base
    self.extra = extra
    self.identity = identity
    self.arch = arch
    self.key = key
    self.purpose = purpose
    self.limits = limits
    self.previous = previous
  }
}

package struct BuildOutput: Hashable, Codable, Sendable {
  package struct Phase: Hashable, Codable, Sendable {
    package var stage: BuildStage
    package var seconds: Double
  }

  /// Nil for a check.
  package var srpm: RPMFile?
  /// Sorted by path; paths are in `Workspace.out`, the same content is in the store.
  package var rpms: [RPMFile]
  package var check: CheckVerdict
  /// What failed in `%check`, when it did.
  package var checkFailure: BuildFailure?
  package var phases: [Phase]
  package var seconds: Double
  /// Relative to the tree.
  package var log: String
  /// Relative to `Workspace.out`: what the next build of the spec passes as `previous`.
  package var published: [String]
  /// Of a trial: what the packages are like, by file name.
  package var contents: [String: Digest] = [:]
  /// What was opened in the root, where that was watched to the end.
  package var opened: BuiltPackage.Opened?
}
