import AzureLinux

/// What a guest has answered, and what that comes to.
package struct GuestAnswers: Sendable {
  package private(set) var smoke: [SmokeResult] = []
  /// What systemd said of itself together with the value that only this boot knows.
  package private(set) var state: String?
  package private(set) var failedUnits: [FailedUnit] = []
  package private(set) var proof: BootReport.Proof?
  /// Whether the guest takes the key that it was given.
  package private(set) var acceptsSSH = false
  private var firstFailure: BootVerdict?

  /// Units whose logs are fetched, and lines of each.
  private static let mostUnits = 8
  static let unitLines = 12

  /// When nothing is left to be asked.
  var verdict: BootVerdict {
    firstFailure ?? (failedUnits.isEmpty ? .passed : .failedUnits(failedUnits))
  }

  /// - Parameter seconds: what the answer took.
  /// - Returns: what is to be asked next because of it.
  mutating func take(
    _ status: Int32, _ output: String, to question: GuestQuestion, seconds: Double
  ) -> [GuestQuestion] {
    switch question {
    case .install:
      if status != 0 { firstFailure = .installFailed(output: output) }
    case .state(let nonce):
      let words = output.split(separator: "\n").map(String.init)
      guard words.first == nonce else {
        firstFailure = .proofMissing(output: output)
        break
      }
      // 127: a guest without systemd has no state
      state = status == 127 ? nil : words.last
    case .failedUnits:
      let rows = status == 127 ? [] : output.split(separator: "\n")
      let names = rows.compactMap { $0.split(separator: " ").first.map(String.init) }.sorted()
      failedUnits = names.map { FailedUnit(name: $0, lines: []) }
      return names.prefix(Self.mostUnits).map(GuestQuestion.unitLog)
    case .unitLog(let name):
      guard let index = failedUnits.firstIndex(where: { $0.name == name }) else { break }
      failedUnits[index].lines = output.split(separator: "\n").suffix(Self.unitLines).map(String.init)
    case .access: acceptsSSH = status == 0
    case .smoke(let test):
      let result = SmokeResult(test, status: status, output: output, seconds: seconds)
      smoke.append(result)
      if result.result == .failed { firstFailure = firstFailure ?? .smokeFailed(result) }
    case .proof(let expected):
      let words = output.split(separator: "\n")
      guard words.count == 2, words[0] == expected.nonce, let digest = Digest(String(words[1])),
        digest == expected.expected ?? digest
      else {
        firstFailure = firstFailure ?? .proofFailed(expected, output: output)
        break
      }
      proof = BootReport.Proof(nonce: expected.nonce, file: expected.file, digest: digest)
    }
    return []
  }
}
