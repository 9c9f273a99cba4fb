import Foundation

/// A package list file: `{"packages": ["bash", "openssl>=3.0", …]}`; as upstream, any other key is a comment.
package struct PackageList: Hashable, Codable, Sendable {
  /// As written: a name with an optional condition.
  package var packages: [String]

  package init(packages: [String]) { self.packages = packages }

  package static func read(
    _ data: Data, file: String
  ) -> Swift.Result<PackageList, ImageConfigurationError> {
    let findings = FindingList(file: file)
    switch JSONValue.parse(data) {
    case .failure(let error): findings.add("", .syntax(error.cause))
    case .success(.object(let object)):
      let reader = JSONObjectReader(object, path: "", findings: findings)
      if reader.value("packages") == nil { reader.invalid("packages", "is required") }
      let packages = reader.strings("packages")
      if findings.all.isEmpty { return .success(PackageList(packages: packages)) }
    case .success(let other):
      findings.add("", .invalid("expected an object, found \(other.summary)"))
    }
    return .failure(ImageConfigurationError(findings: findings.all))
  }
}

extension ImageConfiguration {
  /// What only shows once the lists are read. `lists` are in the order of `PackageLists`.
  package func findings(lists: [PackageList], file: String) -> [ImageConfigurationFinding] {
    var findings: [ImageConfigurationFinding] = []
    for (index, list) in lists.enumerated() where list.packages.contains(system.kernel) {
      findings.append(
        ImageConfigurationFinding(
          file: file, path: "SystemConfigs[0].PackageLists[\(index)]",
          problem: .invalid("\(system.kernel) belongs in KernelOptions only")))
    }
    // a list entry may carry a condition: "shadow-utils>=4.9"
    let names = Set(requestedPackages(lists: lists).map { String($0.prefix { !" <>=".contains($0) }) })
    for (key, isUsed) in [("Users", !system.users.isEmpty), ("Groups", !system.groups.isEmpty)]
    where isUsed && !names.contains("shadow-utils") {
      findings.append(
        ImageConfigurationFinding(
          file: file, path: "SystemConfigs[0].\(key)",
          problem: .invalid("needs shadow-utils among the packages")))
    }
    return findings
  }
}
