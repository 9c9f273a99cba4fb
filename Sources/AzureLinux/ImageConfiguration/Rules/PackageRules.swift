/// Rules about what a system's lists and `Packages` name together.
struct PackageRules {
  let findings: FindingList
  let path: String

  /// - Parameter lists: those of `PackageLists` that could be read, by index.
  func check(_ system: ImageConfiguration.System, lists: [Int: PackageList]) {
    var places: [String: String] = [:]
    for (index, list) in lists.sorted(by: { $0.key < $1.key }) {
      for text in list.packages { note(text, "PackageLists[\(index)]", &places) }
    }
    for (index, text) in system.packages.enumerated() { note(text, "Packages[\(index)]", &places) }

    for package in Set(system.kernelOptions.values).union(["kernel"]).sorted() {
      guard let place = places[package] else { continue }
      findings.add(
        package == "kernel" ? .kernelListed : .otherKernelListed, "\(path).\(place)",
        "\(package) belongs into KernelOptions only")
    }
    // a list that could not be read may have the rest
    guard lists.count == system.packageLists.count else { return }
    let line = system.kernelCommandLine
    if line.wantsFIPS, places["dracut-fips"] == nil {
      findings.add(
        .fips, "\(path).KernelCommandLine.\(line.fips ? "EnableFIPS" : "ExtraCommandLine")",
        "needs dracut-fips among the packages")
    }
    if line.selinux != .off, places[line.policyPackage] == nil {
      findings.add(
        .selinux, "\(path).KernelCommandLine.SELinux", "needs \(line.policyPackage) among the packages")
    }
    for (key, isUsed) in [("Users", !system.users.isEmpty), ("Groups", !system.groups.isEmpty)]
    where isUsed && places["shadow-utils"] == nil {
      findings.add(.shadowUtils, "\(path).\(key)", "needs shadow-utils among the packages")
    }
  }

  /// Each entry on its own.
  func check(_ packages: [String], at key: String) {
    for (index, text) in packages.enumerated() where PackageList.name(of: text) == nil {
      findings.add(
        .packageText, (path.isEmpty ? key : "\(path).\(key)") + "[\(index)]",
        "\"\(text)\" is no package: expected a name, or a name with a condition as openssl>=3.0")
    }
  }

  private func note(_ text: String, _ place: String, _ places: inout [String: String]) {
    guard let name = PackageList.name(of: text), places[name] == nil else { return }
    places[name] = place
  }
}
