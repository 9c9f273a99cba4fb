/// What parsing one spec told (the `specs` array of `azl-dev/specs/1`).
package struct SpecInfo: Hashable, Codable, Sendable {
  package enum Status: String, Codable, Sendable, CaseIterable { case ok, excluded, failed }

  /// Spec file name without `.spec`: the identity of a spec.
  package var id: String
  /// Relative to the tree.
  package var path: String
  package var status: Status
  package var source: SourcePackage?
  package var packages: [BinaryPackage]
  package var buildRequires: [Dependency]
  /// BuildRequires that only `with_check 1` brings.
  package var checkRequires: [Dependency]
  package var sources: [SourceFile]
  /// Patch file names, always local.
  package var patches: [String]
  /// Files other than the spec itself that the parse read (`%include`, `%{load:}`), relative to the tree.
  package var inputs: [String]
  /// Commands or Lua of the spec may have read any file of the package directory: not all that was read is known.
  package var looksAround: Bool
  /// `%azl_<spec>_version`-like macros of other specs that the parse read.
  package var reads: [String]
  package var findings: [SpecFinding]
  /// The spec has a `%check` section.
  package var hasCheck: Bool

  package init(id: String, path: String, status: Status) {
    self.id = id
    self.path = path
    self.status = status
    packages = []
    buildRequires = []
    checkRequires = []
    sources = []
    patches = []
    inputs = []
    looksAround = false
    reads = []
    findings = []
    hasCheck = false
  }

  /// Of a spec that could not be parsed at all.
  package init(unparsed spec: SpecLocation, because message: String) {
    self.init(id: spec.id, path: spec.path, status: .failed)
    findings = [SpecFinding(rule: "parse", file: spec.path, line: 0, message: message)]
  }
}

package struct SourcePackage: Hashable, Codable, Sendable {
  package var name: String
  package var evr: EVR
  /// File name of the SRPM.
  package var srpm: String
  package init(name: String, evr: EVR, srpm: String) {
    self.name = name
    self.evr = evr
    self.srpm = srpm
  }
}

package struct BinaryPackage: Hashable, Codable, Sendable {
  package var nevra: NEVRA
  package var provides: [Dependency]
  package var requires: [Dependency]
  package init(nevra: NEVRA, provides: [Dependency], requires: [Dependency]) {
    self.nevra = nevra
    self.provides = provides
    self.requires = requires
  }
}

/// A `SourceN:` of a spec.
package struct SourceFile: Hashable, Codable, Sendable {
  /// Base name; the key in the signatures file and on the source server.
  package var file: String
  /// The full text of the tag, often a URL.
  package var url: String
  package init(file: String, url: String) {
    self.file = file
    self.url = url
  }
}

/// Something wrong with a spec, with its place.
package struct SpecFinding: Hashable, Codable, Sendable {
  package var rule: String
  /// Relative to the tree.
  package var file: String
  /// 1-based; 0 when the finding is about the whole file.
  package var line: Int
  package var message: String
  package init(rule: String, file: String, line: Int, message: String) {
    self.rule = rule
    self.file = file
    self.line = line
    self.message = message
  }
}
