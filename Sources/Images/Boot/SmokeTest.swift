import AzureLinux
import Foundation

/// What is run in the guest as the login user, and what it must do.
package struct SmokeTest: Hashable, Sendable {
  /// For people.
  package var name: String
  /// For the guest's shell.
  package var command: String
  package var expectedExit: Int32
  /// Must occur in what the command writes.
  package var expectedText: String?

  package init(
    command: String, name: String? = nil, expectedExit: Int32 = 0, expectedText: String? = nil
  ) {
    self.command = command
    self.name = name ?? command
    self.expectedExit = expectedExit
    self.expectedText = expectedText
  }

  /// Bytes of the largest script that is copied in: it travels as words of the guest's shell.
  package static let largestScript = 48 << 10

  /// A script that is copied into the guest, run there and removed.
  package init(
    script: Data, name: String, expectedExit: Int32 = 0, expectedText: String? = nil
  ) {
    let body = script.base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
    let command = """
      azl_script=$(mktemp) || exit 126
      trap 'rm -f "$azl_script"' EXIT
      base64 -d >"$azl_script" <<'AZL-END'
      \(body)
      AZL-END
      chmod 700 "$azl_script" && "$azl_script"
      """
    self.init(command: command, name: name, expectedExit: expectedExit, expectedText: expectedText)
  }
}

/// What one smoke test did.
package struct SmokeResult: Hashable, Codable, Sendable {
  package enum Result: String, Codable, Sendable { case passed, failed }
  package var name: String
  package var result: Result
  package var status: Int32
  package var expectedStatus: Int32
  package var expectedText: String?
  /// Both outputs, up to 64 KiB.
  package var output: String
  package var seconds: Double

  enum CodingKeys: String, CodingKey {
    case name, result, status, output, seconds
    case expectedStatus = "expected_status"
    case expectedText = "expected_text"
  }

  package init(_ test: SmokeTest, status: Int32, output: String, seconds: Double) {
    name = test.name
    self.status = status
    self.output = output
    self.seconds = seconds
    expectedStatus = test.expectedExit
    expectedText = test.expectedText
    let isRight = status == test.expectedExit && test.expectedText.map(output.contains) ?? true
    result = isRight ? .passed : .failed
  }

  /// What was wrong; nil when it passed.
  package var trouble: String? {
    guard result == .failed else { return nil }
    return status == expectedStatus
      ? "\"\(expectedText ?? "")\" is not in its output" : "exit status \(status), expected \(expectedStatus)"
  }
}

/// A value that only this boot knows, which must come back from the guest together with the digest of a file in it:
/// so the answer is neither an echo nor another guest's.
package struct BootProof: Hashable, Codable, Sendable {
  package var nonce: String
  /// Absolute, in the guest.
  package var file: String
  package var expected: Digest?

  package init(nonce: String, file: String, expected: Digest? = nil) {
    self.nonce = nonce
    self.file = file
    self.expected = expected
  }
}
