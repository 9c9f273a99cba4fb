import AzureLinux

/// `azl-dev/boot/1`.
package struct BootReport: Codable, Sendable {
  package enum Result: String, Codable, Sendable { case passed, failed }
  package enum Mode: String, Codable, Sendable { case uefi, bios, quick }
  package struct Proof: Hashable, Codable, Sendable {
    package var nonce: String
    package var file: String
    package var digest: Digest
  }

  package var schema = "azl-dev/boot/1"
  package var image: String
  package var result: Result
  package var seconds: Double
  /// Until the login prompt.
  package var loginSeconds: Double?
  package var mode: Mode
  package var accelerator: Accelerator
  /// What systemd says of itself (`running`, `degraded`); nil without systemd, and when it was not asked.
  package var state: String?
  /// The value that this boot was told and that came back.
  package var nonce: String?
  package var smoke: [SmokeResult]
  package var failedUnits: [FailedUnit]
  package var proof: Proof?
  /// Log of everything that the guest wrote.
  package var console: String
  package var cause: String?
  package var message: String

  enum CodingKeys: String, CodingKey {
    case schema, image, result, seconds, mode, accelerator, state, nonce, smoke, proof, console, cause,
      message
    case loginSeconds = "login_seconds"
    case failedUnits = "failed_units"
  }
}

/// A unit of systemd that failed, with the last of what it logged.
package struct FailedUnit: Hashable, Codable, Sendable {
  package var name: String
  package var lines: [String]

  package init(name: String, lines: [String]) {
    self.name = name
    self.lines = lines
  }
}
