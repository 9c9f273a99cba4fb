import Foundation

extension ImageConfiguration {
  /// Reads a configuration, by upstream's rules. `file` is only the name that findings carry. Warnings do not stop it;
  /// what is not in this one file is not looked at.
  package static func read(
    _ data: Data, file: String
  ) -> Swift.Result<ImageConfiguration, ImageConfigurationError> {
    let reading = check(data, file: file)
    guard let configuration = reading.configuration, reading.findings.errors.isEmpty else {
      return .failure(ImageConfigurationError(findings: reading.findings))
    }
    return .success(configuration)
  }

  /// The configuration, where each value on its own can be read, and all findings about it: those about how values fit
  /// together come when there are no others.
  package static func check(
    _ data: Data, file: String
  ) -> (configuration: ImageConfiguration?, findings: [ImageFinding]) {
    let findings = FindingList(file: file)
    guard let configuration = decode(ImageConfiguration.self, data, as: .configuration, findings) else {
      return (nil, findings.all)
    }
    let disks = DiskRules(findings: findings)
    for (index, disk) in configuration.disks.enumerated() { disks.check(disk, at: "Disks[\(index)]") }
    disks.checkIDs(configuration.disks)
    for (index, system) in configuration.systems.enumerated() {
      let path = "SystemConfigs[\(index)]"
      SystemRules(findings: findings, path: path).check(system)
      PackageRules(findings: findings, path: path).check(system.packages, at: "Packages")
    }
    if let system = configuration.defaultSystem {
      SystemRules(findings: findings, path: ImageObject.configuration.keys[2].name).check(system)
    }
    FittingRules(findings: findings, configuration: configuration).check()
    return (configuration, findings.all)
  }

  /// Nil where something is not as the tables say.
  static func decode<Value: Decodable>(
    _: Value.Type, _ data: Data, as object: ImageObject, _ findings: FindingList
  ) -> Value? {
    let given: JSONValue
    switch JSONValue.parse(data) {
    case .failure(let error):
      findings.add(.json, "", "not valid JSON: \(error.cause)")
      return nil
    case .success(.object(let members)): given = .object(members)
    case .success(let other):
      findings.add(.json, "", "expected an object, found \(other.summary)")
      return nil
    }
    let whole = ImageShape(findings: findings).read(given, as: object, at: "")
    guard findings.all.errors.isEmpty else { return nil }
    do { return try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(whole)) } catch {
      preconditionFailure(
        "because ImageShape leaves what the tables say, and a test compares them with the model: \(error)")
    }
  }
}
