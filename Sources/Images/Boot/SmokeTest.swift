import AzureLinux

/// A command run in the guest as the login user, and what it must do.
package struct SmokeTest: Hashable, Codable, Sendable {
  package var command: String
  package var expectedExit: Int32
  /// Must occur in what the command writes.
  package var expectedText: String?

  package init(command: String, expectedExit: Int32 = 0, expectedText: String? = nil) {
    self.command = command
    self.expectedExit = expectedExit
    self.expectedText = expectedText
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

/// What one command in the guest did.
package struct GuestAnswer: Hashable, Codable, Sendable {
  package var command: String
  package var status: Int32
  /// Both outputs, up to 64 KiB.
  package var output: String

  package init(command: String, status: Int32, output: String) {
    self.command = command
    self.status = status
    self.output = output
  }
}
