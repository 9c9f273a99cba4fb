import Foundation

/// Licence files of one RPM that are not marked as such, in the form of upstream's report.
package struct LicenceFindings: Codable, Sendable, Hashable {
  /// File name of the RPM.
  package var rpm: String
  /// Documents that read like licences.
  package var documents: [String]
  /// Files below `/usr/share/licenses` that are not marked as licences.
  package var unmarked: [String]
  /// Licences that are documents too.
  package var duplicated: [String]

  package init(rpm: String, documents: [String] = [], unmarked: [String] = [], duplicated: [String] = []) {
    self.rpm = rpm
    self.documents = documents
    self.unmarked = unmarked
    self.duplicated = duplicated
  }
}

/// What a finding about licence files does.
package enum LicenceCheckMode: String, Sendable, CaseIterable {
  /// Nothing is looked for.
  case none
  case warn
  /// Files that are not marked are errors, those that are documents too are warnings.
  case fatal
  case pedantic
}

extension LicenceFindings {
  package var isEmpty: Bool { documents.isEmpty && unmarked.isEmpty && duplicated.isEmpty }

  package func isError(_ mode: LicenceCheckMode) -> Bool {
    switch mode {
    case .none, .warn: false
    case .fatal: !documents.isEmpty || !unmarked.isEmpty
    case .pedantic: !isEmpty
    }
  }

  private struct Row: Encodable {
    var path, package: String
    var documents, unmarked, duplicated: [String]?

    private enum CodingKeys: String, CodingKey {
      case path = "RpmPath"
      case package = "PackageName"
      case documents = "BadDocs"
      case unmarked = "BadFiles"
      case duplicated = "DuplicatedDocs"
    }
  }

  /// `license_check_results_pkg.json`, as upstream's tool writes it.
  package static func upstream(_ findings: [LicenceFindings]) throws -> Data {
    func list(_ files: [String]) -> [String]? { files.isEmpty ? nil : files }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(
      findings.map {
        Row(
          path: $0.rpm, package: NEVRA(fileName: $0.rpm)?.name ?? $0.rpm, documents: list($0.documents),
          unmarked: list($0.unmarked), duplicated: list($0.duplicated))
      }) + Data([10])
  }
}
