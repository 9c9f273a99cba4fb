import AzureLinux

/// How a boot ended, and if not well, why.
package enum BootVerdict: Hashable, Sendable {
  case passed
  case panic(String)
  /// systemd gave up and offers a maintenance shell.
  case emergency(String)
  case loginRefused(user: String)
  /// The limit passed; `waitingFor` says for what.
  case timeout(waitingFor: String, lastLines: [String])
  /// QEMU ended on its own.
  case machineEnded(status: Int32, lastLines: [String])
  case smokeFailed(SmokeTest, GuestAnswer)
  case proofFailed(BootProof, output: String)
  case failedUnits([String])
  /// Three times the checksum of an answer did not fit.
  case garbledAnswer(command: String)

  /// For JSON.
  package var cause: String? {
    switch self {
    case .passed: nil
    case .panic: "panic"
    case .emergency: "emergency"
    case .loginRefused: "login_refused"
    case .timeout: "timeout"
    case .machineEnded: "machine_ended"
    case .smokeFailed: "smoke_failed"
    case .proofFailed: "proof_failed"
    case .failedUnits: "failed_units"
    case .garbledAnswer: "garbled_answer"
    }
  }

  package var message: String {
    switch self {
    case .passed: "booted; all checks passed"
    case .panic(let line): "kernel panic: \(line)"
    case .emergency(let line): "emergency mode: \(line)"
    case .loginRefused(let user): "the guest refused the login of \(user)"
    case .timeout(let what, let lines):
      (["no answer within the limit while waiting for \(what)"] + lines).joined(separator: "\n  ")
    case .machineEnded(let status, let lines):
      (["the machine ended by itself with status \(status)"] + lines).joined(separator: "\n  ")
    case .smokeFailed(let test, let answer) where answer.status != test.expectedExit:
      "\(test.command)\n  exit status \(answer.status), expected \(test.expectedExit)"
        + indented(answer.output)
    case .smokeFailed(let test, let answer):
      "\(test.command)\n  \"\(test.expectedText ?? "")\" is not in its output" + indented(answer.output)
    case .proofFailed(let proof, let output):
      "\(proof.file) in the guest is not the expected file" + indented(output)
    case .failedUnits(let units): "failed units: \(units.joined(separator: ", "))"
    case .garbledAnswer(let command): "the answer to \"\(command)\" did not come through the console whole"
    }
  }

  private func indented(_ output: String) -> String {
    output.split(separator: "\n").suffix(12).map { "\n  \($0)" }.joined()
  }
}

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
  package var result: Result
  package var seconds: Double
  /// Until the login prompt.
  package var loginSeconds: Double?
  package var mode: Mode
  package var accelerator: Accelerator
  package var smoke: [GuestAnswer]
  package var failedUnits: [String]
  package var proof: Proof?
  /// Log of everything that the guest wrote.
  package var console: String
  package var cause: String?
  package var message: String

  enum CodingKeys: String, CodingKey {
    case schema, result, seconds, mode, accelerator, smoke, proof, console, cause, message
    case loginSeconds = "login_seconds"
    case failedUnits = "failed_units"
  }
}
