/// `azl-dev/specs/1`.
package struct SpecsReport: Codable, Sendable, Hashable {
  package struct Source: Codable, Sendable, Hashable {
    package var name: String
    package var epoch: Int?
    package var version: String
    package var release: String
    package var srpm: String
  }
  package struct Package: Codable, Sendable, Hashable {
    package var name: String
    package var epoch: Int?
    package var version: String
    package var release: String
    package var arch: String
    package var provides: [Dependency]
    package var requires: [Dependency]
  }
  package struct File: Codable, Sendable, Hashable {
    package var file: String
    package var sha256: Digest?
    /// `local` or `server`.
    package var origin: String
  }
  /// A file besides the spec that its text includes or loads.
  package struct Input: Codable, Sendable, Hashable {
    package var path: String
    package var digest: Digest?
    package var kind = "include"
  }
  package struct Spec: Codable, Sendable, Hashable {
    package var id: String
    package var path: String
    package var status: SpecInfo.Status
    package var source: Source?
    package var packages: [Package]
    package var buildRequires: [Dependency]
    package var checkRequires: [Dependency]
    package var sources: [File]
    package var patches: [String]
    package var inputs: [Input]
    package var reads: [String]
    package var findings: [SpecFinding]
  }

  package var schema = "azl-dev/specs/1"
  package var target: String
  package var withCheck = 0
  package var specs: [Spec]

  /// - Parameters:
  ///   - signatures: of a spec's sources: digest by file name, and the names that lie in its folder.
  ///   - digest: of a file of the tree.
  package init(
    _ infos: [SpecInfo], target: String,
    signatures: (SpecInfo) -> (digests: [String: Digest], local: Set<String>),
    digest: (String) -> Digest?
  ) {
    self.target = target
    specs = infos.map { info in
      let (digests, local) = signatures(info)
      return Spec(
        id: info.id, path: info.path, status: info.status,
        source: info.source.map {
          Source(
            name: $0.name, epoch: $0.evr.epoch, version: $0.evr.version, release: $0.evr.release,
            srpm: $0.srpm)
        },
        packages: info.packages.map {
          Package(
            name: $0.nevra.name, epoch: $0.nevra.evr.epoch, version: $0.nevra.evr.version,
            release: $0.nevra.evr.release, arch: $0.nevra.arch, provides: $0.provides, requires: $0.requires)
        },
        buildRequires: info.buildRequires, checkRequires: info.checkRequires,
        sources: info.sources.map {
          File(
            file: $0.file, sha256: digests[$0.file],
            origin: local.contains($0.file) ? "local" : "server")
        },
        patches: info.patches, inputs: info.inputs.map { Input(path: $0, digest: digest($0)) },
        reads: info.reads, findings: info.findings)
    }
  }
}
