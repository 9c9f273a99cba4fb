/// What the outside world says about a build, pinned so that two builds of the same key are the same.
package struct BuildIdentity: Hashable, Codable, Sendable {
  /// `.azl3`
  package var dist: String
  package var releaseVersion: String
  package var buildNumber: String
  /// The clock inside the build, in seconds since 1970.
  package var sourceDateEpoch: Int64
  /// Any other define, by name.
  package var defines: [String: String]

  package init(
    dist: String, releaseVersion: String, buildNumber: String, sourceDateEpoch: Int64,
    defines: [String: String] = [:]
  ) {
    self.dist = dist
    self.releaseVersion = releaseVersion
    self.buildNumber = buildNumber
    self.sourceDateEpoch = sourceDateEpoch
    self.defines = defines
  }

  /// `azl` and `3` of `.azl3`.
  package var distribution: (name: String, major: String)? {
    let tag = dist.drop { $0 == "." }
    let name = tag.prefix { $0.isLetter }
    let major = tag.dropFirst(name.count).prefix { $0.isNumber }
    return name.isEmpty || major.isEmpty ? nil : (String(name), String(major))
  }
}

/// The RPMs of one spec's build root: a slice of all that is known, so that what does not touch it stops here.
package struct BuildRootPlan: Hashable, Codable, Sendable {
  package enum Item: Hashable, Codable, Sendable {
    case published(RepositoryPackage)
    /// A package of a changed spec, which is built first.
    case local(spec: String, package: String)
  }

  /// The worker manifest, in install order.
  package var base: [RepositoryPackage]
  /// On top of the base, in install order.
  package var extra: [Item]
  /// What the user should know: a manifest entry served by another release, for one.
  package var notices: [String]

  package init(base: [RepositoryPackage], extra: [Item], notices: [String] = []) {
    self.base = base
    self.extra = extra
    self.notices = notices
  }

  /// Specs that are built first, in the order of the plan.
  package var localSpecs: [String] {
    var seen: Set<String> = []
    return extra.compactMap { item in
      if case .local(let spec, _) = item, seen.insert(spec).inserted { spec } else { nil }
    }
  }
}

/// One RPM that was built here.
package struct BuiltRPM: Hashable, Codable, Sendable {
  package var file: RPMFile
  /// Of all that another build could see: without build time, host, changelog, SRPM checksum and signatures.
  package var content: Digest

  package init(file: RPMFile, content: Digest) {
    self.file = file
    self.content = content
  }
}

package enum CheckVerdict: String, Codable, Sendable {
  case passed, failed
  case notRun = "not_run"
  /// `%check` ran, but nothing in the log says how it ended.
  case noMarker = "no_marker"
}

/// What `%check` of a spec said.
package struct CheckOutcome: Hashable, Codable, Sendable {
  package var verdict: CheckVerdict
  package var seconds: Double
  /// Relative to the tree; empty when nothing ran.
  package var log: String
  package var failure: BuildReport.Trouble?

  package init(verdict: CheckVerdict, seconds: Double, log: String, failure: BuildReport.Trouble? = nil) {
    self.verdict = verdict
    self.seconds = seconds
    self.log = log
    self.failure = failure
  }
}

/// What building a spec gave.
package struct BuiltPackage: Hashable, Codable, Sendable {
  package var spec: String
  /// Digest of all that went into the build.
  package var key: Digest
  package var srpm: RPMFile
  package var rpms: [BuiltRPM]
  /// Relative to the tree.
  package var log: String
  /// Seconds by rpmbuild stage, in order.
  package var stages: [StageTime]
  /// With its processors in hand: from the build root to the finished packages.
  package var seconds: Double
  /// What it opened in its root, where it was watched.
  package var opened: Opened?

  package struct Opened: Hashable, Codable, Sendable {
    /// Of a list of files in the content store.
    package var list: Digest
    package var count: Int
    /// Of what was in them.
    package var contents: Digest
    package init(list: Digest, count: Int, contents: Digest) {
      self.list = list
      self.count = count
      self.contents = contents
    }
  }
  /// An earlier build of this key, taken from the store in `seconds`.
  package var isRestored = false

  package struct StageTime: Hashable, Codable, Sendable {
    package var name: String
    package var seconds: Double
    package init(name: String, seconds: Double) {
      self.name = name
      self.seconds = seconds
    }
  }

  package init(
    spec: String, key: Digest, srpm: RPMFile, rpms: [BuiltRPM], log: String,
    stages: [StageTime], seconds: Double, opened: Opened? = nil
  ) {
    self.spec = spec
    self.key = key
    self.srpm = srpm
    self.rpms = rpms
    self.log = log
    self.stages = stages
    self.seconds = seconds
    self.opened = opened
  }
}

/// What travels from a built package to those that build with it. Equal interface: they stay as they are.
package struct PackageInterface: Hashable, Codable, Sendable {
  package struct Package: Hashable, Codable, Sendable {
    package var nevra: NEVRA
    /// Relative to the workspace's `out`.
    package var path: String
    package var content: Digest
    package init(nevra: NEVRA, path: String, content: Digest) {
      self.nevra = nevra
      self.path = path
      self.content = content
    }
  }
  package var packages: [Package]
  package init(packages: [Package]) { self.packages = packages }
}

/// A difference between the baseline and the tree.
package struct TreeChange: Hashable, Codable, Sendable {
  /// Relative to the tree.
  package var path: String
  package var oldPath: String?
  /// `added`, `modified`, `deleted`, `renamed`, `untracked`, `typechange`.
  package var status: String

  package init(path: String, oldPath: String? = nil, status: String) {
    self.path = path
    self.oldPath = oldPath
    self.status = status
  }
}
