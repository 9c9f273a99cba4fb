import Foundation

/// The list of RPMs that upstream's tools write and read back (`rpms_snapshot.json`, `graph_external_deps.json`):
/// `{"Repo": [{"Name", "Version", "Architecture", "Distribution"}]}`.
package struct PackageSummary: Hashable, Codable, Sendable {
  package struct Package: Hashable, Codable, Sendable {
    package var name: String
    /// Version and release, without the distribution tag at the end of the release.
    package var version: String
    package var architecture: String
    /// `azl3`
    package var distribution: String

    private enum CodingKeys: String, CodingKey {
      case name = "Name"
      case version = "Version"
      case architecture = "Architecture"
      case distribution = "Distribution"
    }

    /// The parts of `<name>-<version>-<release>.<distribution>.<arch>[.rpm]`; nil when one is missing.
    package init?(fileName: some StringProtocol) {
      guard let nevra = NEVRA(fileName: fileName) else { return nil }
      let release = nevra.evr.release
      guard let dot = release.lastIndex(of: "."), dot > release.startIndex else { return nil }
      name = nevra.name
      version = "\(nevra.evr.version)-\(release[..<dot])"
      distribution = String(release[release.index(after: dot)...])
      architecture = nevra.arch
    }

    /// `<name>-<version>-<release>.<distribution>.<arch>.rpm`
    package var fileName: String { "\(name)-\(version).\(distribution).\(architecture).rpm" }
  }

  package var packages: [Package]

  private enum CodingKeys: String, CodingKey { case packages = "Repo" }

  /// - Parameter fileNames: of RPMs; one that is not made of these parts is passed over.
  package init(fileNames: some Sequence<String>) {
    packages = Set(fileNames.compactMap { Package(fileName: $0) }).sorted { $0.fileName < $1.fileName }
  }

  package var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data([10])
    }
  }
}
