import Foundation

/// A configuration with the files that it names, as `image check` looks at them. The caller reads; nothing is read here.
package struct ImageCheck {
  /// The name that findings of the configuration carry.
  package var file: String
  /// The content of a package list, by its path as the configuration has it; nil where there is none.
  package var list: (String) -> Data?
  /// Whether a file is there, by its path as the configuration has it.
  package var exists: (String) -> Bool
  /// The name that findings of a package list carry.
  package var shown: (String) -> String

  package init(
    file: String, list: @escaping (String) -> Data?, exists: @escaping (String) -> Bool,
    shown: @escaping (String) -> String
  ) {
    self.file = file
    self.list = list
    self.exists = exists
    self.shown = shown
  }

  package struct Outcome {
    package var configuration: ImageConfiguration?
    /// Of each package list that could be read, by its path as the configuration has it.
    package var lists: [String: PackageList] = [:]
    package var findings: [ImageFinding] = []
  }

  package func run(_ data: Data) -> Outcome {
    let reading = ImageConfiguration.check(data, file: file)
    var outcome = Outcome(configuration: reading.configuration, findings: reading.findings)
    guard let configuration = reading.configuration else { return outcome }
    let findings = FindingList(file: file)
    for (index, disk) in configuration.disks.enumerated() {
      for (number, binary) in disk.rawBinaries.enumerated() {
        look(.fileMissingLater, binary.path, "Disks[\(index)].RawBinaries[\(number)].BinPath", findings)
      }
    }
    for (index, system) in configuration.systems.enumerated() {
      let path = "SystemConfigs[\(index)]"
      var read: [Int: PackageList] = [:]
      for (number, name) in system.packageLists.enumerated() {
        if outcome.lists[name] == nil {
          guard let data = list(name) else {
            findings.add(.fileMissing, "\(path).PackageLists[\(number)]", "there is no file \(shown(name))")
            continue
          }
          let reading = PackageList.check(data, file: shown(name))
          // of a list that several systems name, too, everything is said once
          outcome.findings += reading.findings.filter { !outcome.findings.contains($0) }
          outcome.lists[name] = reading.list
        }
        read[number] = outcome.lists[name]
      }
      PackageRules(findings: findings, path: path).check(system, lists: read)
      for (name, place, rule) in files(of: system) { look(rule, name, "\(path).\(place)", findings) }
    }
    outcome.findings += findings.all
    return outcome
  }

  private func look(_ rule: ImageRule, _ name: String, _ path: String, _ findings: FindingList) {
    if !exists(name) { findings.add(rule, path, "there is no file \(shown(name))") }
  }

  /// What a system names besides its lists: the file, the place of its name, the rule.
  private func files(of system: ImageConfiguration.System) -> [(String, String, ImageRule)] {
    let scripts = [
      ("PreInstallScripts", system.preInstallScripts), ("PostInstallScripts", system.postInstallScripts),
      ("FinalizeImageScripts", system.finalizeImageScripts),
    ].flatMap { key, scripts in
      scripts.enumerated().map { ($0.element.path, "\(key)[\($0.offset)].Path", ImageRule.fileMissing) }
    }
    let keys = system.users.enumerated().flatMap { index, user in
      user.sshKeyPaths.enumerated().map {
        ($0.element, "Users[\(index)].SSHPubKeyPaths[\($0.offset)]", ImageRule.fileMissingLater)
      }
    }
    return system.destinations.keys.sorted().map { ($0, "AdditionalFiles[\"\($0)\"]", .fileMissing) }
      + scripts + keys
  }
}
