/// `azl-dev/build/1`: what `try`, `build` and `watch` did.
package struct BuildReport: Codable, Sendable, Hashable {
  package enum Result: String, Codable, Sendable {
    case built, failed, blocked, interrupted
    /// An earlier build of the same key, taken from the store.
    case restored
    case upToDate = "up_to_date"
  }
  package enum Output: String, Codable, Sendable {
    case changed, identical
    case interfaceEqual = "interface_equal"
  }
  package struct RPM: Codable, Sendable, Hashable {
    package var path: String
    package var nevra: String
    package var sha256: Digest
    package var size: Int64
    package init(path: String, nevra: String, sha256: Digest, size: Int64) {
      self.path = path
      self.nevra = nevra
      self.sha256 = sha256
      self.size = size
    }
  }
  package struct Trouble: Codable, Sendable, Hashable {
    package var stage: String
    package var message: String
    package var file: String?
    package var line: Int?
    package var lines: [String]
    /// The command that looks into the root, where it was kept.
    package var look: [String]?
    package var hint: String?
    package init(
      stage: String, message: String, file: String? = nil, line: Int? = nil, lines: [String] = [],
      look: [String]? = nil, hint: String? = nil
    ) {
      self.stage = stage
      self.message = message
      self.file = file
      self.line = line
      self.lines = lines
      self.look = look
      self.hint = hint
    }
  }
  package struct Build: Codable, Sendable, Hashable {
    package var spec: String
    package var key: Digest?
    package var reason: String
    package var result: Result
    package var output: Output?
    package var seconds: Double
    package var srpm: RPM?
    package var rpms: [RPM]
    package var check: CheckVerdict
    /// Seconds by stage, in order; `root` is from nothing until the root is entered.
    package var stages: [BuiltPackage.StageTime]?
    package var log: String?
    package var reproduce: [String]
    package var failure: Trouble?
    /// True of packages that were made in the root of a failed build; they lie in that root.
    package var notForRelease: Bool?
    /// Of a blocked build: the specs that it waited for in vain.
    package var blockedBy: [String]?
    package init(spec: String, reason: String, result: Result, seconds: Double) {
      self.spec = spec
      self.reason = reason
      self.result = result
      self.seconds = seconds
      rpms = []
      check = .notRun
      reproduce = ["azl-dev", "try", spec]
    }
  }
  /// A spec that made packages which the toolchain stage has made before, under the same names.
  package struct Conflict: Codable, Sendable, Hashable {
    package var spec: String
    /// File names.
    package var rpms: [String]
    package init(spec: String, rpms: [String]) {
      self.spec = spec
      self.rpms = rpms
    }
  }
  package struct CutOff: Codable, Sendable, Hashable {
    package var spec: String
    package var because: String
    package init(spec: String, because: String) {
      self.spec = spec
      self.because = because
    }
  }

  /// A dependent that was left as it is, built once more to see whether that was right.
  package struct Verified: Codable, Sendable, Hashable {
    package var spec: String
    package var isRight: Bool
    /// Packages that came out differently, as nevra.
    package var differs: [String]
    /// Why it no longer builds, where it does not.
    package var failure: Trouble?
    package init(spec: String, differs: [String] = [], failure: Trouble? = nil) {
      self.spec = spec
      self.differs = differs
      self.failure = failure
      isRight = differs.isEmpty && failure == nil
    }

    /// What is wrong with it, for people.
    package var because: String {
      if let failure { return "it no longer builds: \(failure.message)" }
      return differs.isEmpty
        ? "built once more, it is the same"
        : "built once more, it is another: \(differs.joined(separator: ", "))"
    }
  }

  /// Specs that need each other to be built.
  package struct Circle: Codable, Sendable, Hashable {
    package var specs: [String]
    /// The shortest circle among them: each step ends where the next begins.
    package var path: [AffectedReport.Edge]
    /// Each is built with the others' published packages; false: they are not published.
    package var isBroken: Bool
    package init(specs: [String], path: [AffectedReport.Edge], isBroken: Bool) {
      self.specs = specs
      self.path = path
      self.isBroken = isBroken
    }
  }

  package var schema = "azl-dev/build/1"
  package var goals: [String]
  package var result: Result
  package var seconds: Double
  package var builds: [Build]
  package var cutOff: [CutOff]
  /// What decided whether dependents were built again; nil without dependents.
  package var cutoff: CutoffMode?
  /// Nil when nobody asked for it.
  package var verified: [Verified]?
  package var hasWrongSkip: Bool { verified?.contains { !$0.isRight } ?? false }
  package var circles: [Circle]?
  /// RPMs that were built and belong to the toolchain; nil where that is allowed.
  package var conflicts: [Conflict]?
  /// - Parameter manifest: lines of the toolchain's list, file names of RPMs.
  package mutating func compare(withToolchain manifest: String) {
    let names = Set(manifest.split(whereSeparator: \.isNewline).map(String.init))
    conflicts = builds.filter { $0.result == .built }.compactMap { build in
      let own = build.rpms.compactMap { $0.path.split(separator: "/").last.map(String.init) }
      let taken = own.filter(names.contains).sorted()
      return taken.isEmpty ? nil : Conflict(spec: build.spec, rpms: taken)
    }
  }

  package init(goals: [String], result: Result, seconds: Double, builds: [Build], cutOff: [CutOff]) {
    self.goals = goals
    self.result = result
    self.seconds = seconds
    self.builds = builds
    self.cutOff = cutOff
  }
}
