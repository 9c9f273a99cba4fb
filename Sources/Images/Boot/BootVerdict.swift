import AzureLinux

/// How a boot ended, and if not well, why.
package enum BootVerdict: Hashable, Sendable {
  case passed
  /// The login prompt came, and nobody can log in to bring anything back.
  case unproven
  /// Firmware or a boot loader found nothing to start.
  case noBootLoader(String)
  case panic(String)
  /// There is no root file system where the kernel or the initrd was told to find it.
  case noRoot(String)
  /// systemd gave up and offers a maintenance shell; `because` is what it could not start.
  case emergency(String, because: [String])
  case loginRefused(user: String)
  /// What the installer said when it did not install.
  case notInstalled(String)
  /// The limit passed; `waitingFor` says for what.
  case timeout(waitingFor: String, lastLines: [String])
  /// The guest wrote more than any boot does; no more of it is read.
  case flood(bytes: Int, lastLines: [String])
  /// QEMU ended on its own.
  case machineEnded(status: Int32, lastLines: [String])
  case smokeFailed(SmokeResult)
  /// rpm refused what was pushed into a resumed machine.
  case installFailed(output: String)
  case proofFailed(BootProof, output: String)
  case failedUnits([FailedUnit])
  /// What came back is not what this boot was told.
  case proofMissing(output: String)
  /// Three times the checksum of an answer did not fit.
  case garbledAnswer(to: String)

  /// Whether somebody in the guest answered to the end.
  package var isFromInside: Bool {
    switch self {
    case .passed, .smokeFailed, .proofFailed, .failedUnits, .installFailed: true
    default: false
    }
  }

  /// For JSON.
  package var cause: String? {
    switch self {
    case .passed: nil
    case .unproven: "unproven"
    case .noBootLoader: "no_boot_loader"
    case .panic: "panic"
    case .noRoot: "no_root"
    case .emergency: "emergency"
    case .loginRefused: "login_refused"
    case .notInstalled: "not_installed"
    case .timeout: "timeout"
    case .flood: "console_flood"
    case .machineEnded: "machine_ended"
    case .smokeFailed: "smoke_failed"
    case .installFailed: "install_failed"
    case .proofFailed: "proof_failed"
    case .failedUnits: "failed_units"
    case .proofMissing: "proof_missing"
    case .garbledAnswer: "garbled_answer"
    }
  }

  package var message: String {
    switch self {
    case .passed: "booted; all checks passed"
    case .unproven:
      "the login prompt came, but nothing from inside: no user of the image has a plain Password in its configuration"
    case .noBootLoader(let line): "nothing to boot was found: \(line)"
    case .panic(let line): "kernel panic: \(line)"
    case .noRoot(let line): "no root file system: \(line)"
    case .emergency(let line, let failures):
      (["emergency mode: \(line)"] + failures).joined(separator: "\n  ")
    case .loginRefused(let user): "the guest refused the login of \(user)"
    case .notInstalled(let words): "the installer: \(words)"
    case .timeout(let what, let lines):
      (["no answer within the limit while waiting for \(what)"] + lines).joined(separator: "\n  ")
    case .flood(let bytes, let lines):
      (["the guest wrote more than \(bytes >> 20) MiB to its console"] + lines).joined(separator: "\n  ")
    case .machineEnded(let status, let lines):
      (["the machine ended by itself with status \(status)"] + lines).joined(separator: "\n  ")
    case .smokeFailed(let result): "\(result.name)\n  \(result.trouble ?? "")" + indented(result.output)
    case .installFailed(let output): "rpm did not install what was pushed" + indented(output)
    case .proofFailed(let proof, let output):
      "\(proof.file) in the guest is not the expected file" + indented(output)
    case .failedUnits(let units):
      (["failed units: \(units.map(\.name).joined(separator: ", "))"]
        + units.flatMap { unit in unit.lines.map { $0.hasPrefix(unit.name) ? $0 : "\(unit.name): \($0)" } })
        .joined(separator: "\n  ")
    case .proofMissing(let output): "the guest did not bring back the value of this boot" + indented(output)
    case .garbledAnswer(let what): "\(what) did not come back whole"
    }
  }

  private func indented(_ output: String) -> String {
    output.split(separator: "\n").suffix(12).map { "\n  \($0)" }.joined()
  }
}
