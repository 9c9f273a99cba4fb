import AzureLinux
import SystemPackage

/// `azl-dev/boot/1`.
package struct BootReport: Codable, Sendable {
  package enum Result: String, Codable, Sendable { case passed, failed }
  package enum Mode: String, Codable, Sendable { case uefi, bios, quick, hot }
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
  /// What was pushed into a resumed machine, and how long the machine took to make if it was made for this.
  package var pushed: [String]?
  package var baseSeconds: Double?
  /// What an installer did before, where its medium was booted; `seconds` counts from then.
  package var installed: Installation?
  /// Why a boot that was to be hot was none.
  package var coldBecause: String?
  /// Log of everything that the guest wrote.
  package var console: String
  package var cause: String?
  package var message: String

  enum CodingKeys: String, CodingKey {
    case schema, image, result, seconds, mode, accelerator, state, nonce, smoke, proof, console, cause,
      message
    case loginSeconds = "login_seconds"
    case failedUnits = "failed_units"
    case pushed
    case baseSeconds = "base_seconds"
    case coldBecause = "cold_because"
    case installed
  }
}

/// What came of a medium in a machine with one empty disk.
package struct Installation: Hashable, Codable, Sendable {
  /// File name of the medium.
  package var medium: String
  package var seconds: Double
  /// Where the installer put the system; nil: nowhere.
  package var disk: String?
  /// Log of everything that it wrote.
  package var console: String
}

extension BootReport {
  init(
    _ finished: GuestDialogue, _ verdict: BootVerdict, image: String, seconds: Double, mode: Mode,
    accelerator: Accelerator, console: FilePath
  ) {
    self.init(
      image: image, result: verdict == .passed ? .passed : .failed, seconds: seconds,
      loginSeconds: finished.loginSeconds, mode: mode, accelerator: accelerator,
      state: finished.answers.state,
      nonce: finished.answers.state.map { _ in finished.nonce }, smoke: finished.answers.smoke,
      failedUnits: finished.answers.failedUnits, proof: finished.answers.proof, console: console.string,
      cause: verdict.cause,
      message: verdict.message)
  }
}

extension BootReport {
  /// Of a medium that put no system on the disk.
  package init(
    notInstalled installation: Installation, _ verdict: BootVerdict, image: String, mode: Mode,
    _ accelerator: Accelerator
  ) {
    self.init(
      image: image, result: .failed, seconds: installation.seconds, mode: mode, accelerator: accelerator,
      smoke: [], failedUnits: [], installed: installation, console: installation.console,
      cause: verdict.cause, message: verdict.message)
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
