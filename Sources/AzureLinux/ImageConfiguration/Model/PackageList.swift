import Foundation

/// A package list file: `{"packages": ["bash", "openssl>=3.0", …]}`.
package struct PackageList: Hashable, Codable, Sendable {
  /// As written: a name with an optional condition.
  package var packages: [String]

  package init(packages: [String]) { self.packages = packages }

  package static func read(
    _ data: Data, file: String
  ) -> Swift.Result<PackageList, ImageConfigurationError> {
    let reading = check(data, file: file)
    guard let list = reading.list, reading.findings.errors.isEmpty else {
      return .failure(ImageConfigurationError(findings: reading.findings))
    }
    return .success(list)
  }

  /// The list, where it can be read, and all findings about it.
  package static func check(_ data: Data, file: String) -> (list: PackageList?, findings: [ImageFinding]) {
    let findings = FindingList(file: file)
    guard let list = ImageConfiguration.decode(PackageList.self, data, as: .packageList, findings) else {
      return (nil, findings.all)
    }
    PackageRules(findings: findings, path: "").check(list.packages, at: "packages")
    if list.packages.isEmpty { findings.add(.listEmpty, "packages", "lists nothing") }
    return (list, findings.all)
  }

  /// The package that an entry names; nil for what is no entry.
  package static func name(of text: String) -> String? {
    text.wholeMatch(of: /\s*([^<>=\s]+)\s*(?:(?:<=|>=|[<>=])\s*[^<>=\s]+)?\s*/).map { String($0.1) }
  }
}
