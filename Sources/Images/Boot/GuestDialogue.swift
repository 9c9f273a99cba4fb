import AzureLinux
import Foundation

/// What is said to a booting guest and when, and what it all means. A state machine without I/O and without a clock:
/// bytes and ticks go in, words to send and a verdict come out.
package struct GuestDialogue: Sendable {
  package enum Input: Sendable {
    case bytes(Data)
    /// Seconds since the start.
    case tick(Double)
    /// The machine is gone; its exit status.
    case ended(Int32)
  }

  package enum Output: Hashable, Sendable {
    case send(String)
    /// A complete line that the guest wrote, without escape sequences.
    case line(String)
    /// A milestone for progress display.
    case reached(String)
    case finished(BootVerdict)
  }

  private enum Phase: Hashable {
    case booting, password, knocking, preparing
    case asking(Int)
    case finished
  }

  private enum Question: Hashable {
    case state, failedUnits
    case smoke(SmokeTest)
    case proof(BootProof)

    var command: String {
      switch self {
      case .state: "systemctl is-system-running --wait"
      case .failedUnits:
        "command -v systemctl >/dev/null || exit 127; "
          + "systemctl list-units --failed --plain --no-legend --no-pager 2>/dev/null | cut -d' ' -f1"
      case .smoke(let test): test.command
      case .proof(let proof):
        "echo \(proof.nonce); sha256sum \(quotedForShell(proof.file)) | cut -c1-64"
      }
    }
  }

  package private(set) var answers: [GuestAnswer] = []
  package private(set) var failedUnits: [String] = []
  package private(set) var proof: BootReport.Proof?
  /// Seconds until the login prompt.
  package private(set) var loginSeconds: Double?

  package var hasHeardTheGuest: Bool { !text.lastLines.isEmpty || !text.partialLine.isEmpty }

  private let login: ImageManifest.Login?
  private let questions: [Question]
  private let limit: Double
  private let makeToken: @Sendable () -> String

  private var phase = Phase.booting
  private var text = ConsoleText()
  /// Since the last thing that was sent.
  private var reply = ""
  private var token = ""
  private var attempts = 0
  private var elapsed = 0.0
  private var lastKnock = 0.0
  private var firstFailure: BootVerdict?

  /// Without a `login` the prompt itself is the goal.
  package init(
    login: ImageManifest.Login?, smoke: [SmokeTest], proof: BootProof?, limit: Double,
    token: @escaping @Sendable () -> String
  ) {
    self.login = login
    self.limit = limit
    makeToken = token
    questions = [.state, .failedUnits] + smoke.map(Question.smoke) + (proof.map { [.proof($0)] } ?? [])
  }

  package mutating func handle(_ input: Input) -> [Output] {
    guard phase != .finished else { return [] }
    switch input {
    case .bytes(let data): return receive(data)
    case .tick(let seconds):
      elapsed = seconds
      if seconds >= limit {
        return finish(.timeout(waitingFor: waitingFor, lastLines: text.lastLines))
      }
      // login(1) throws away what was typed before it was ready
      if phase == .knocking, seconds - lastKnock >= 2 { return knock() }
      return []
    case .ended(let status): return finish(.machineEnded(status: status, lastLines: text.lastLines))
    }
  }

  private var waitingFor: String {
    switch phase {
    case .booting: "the login prompt"
    case .password: "the password prompt"
    case .knocking, .preparing: "a shell"
    case .asking(let index): "\"\(questions[index].command)\""
    case .finished: "nothing"
    }
  }

  private mutating func receive(_ data: Data) -> [Output] {
    let (lines, added) = text.append(data)
    reply += added
    var outputs = lines.map(Output.line)
    if let line = lines.first(where: { $0.contains("Kernel panic - not syncing") }) {
      return outputs + finish(.panic(line))
    }
    let emergency = [
      "You are in emergency mode", "Give root password for maintenance", "root account is locked",
    ]
    if let line = (lines + [text.partialLine]).first(where: { line in emergency.contains(where: line.contains)
    }) {
      return outputs + finish(.emergency(line))
    }
    outputs += advance()
    return outputs
  }

  private mutating func advance() -> [Output] {
    switch phase {
    case .booting:
      guard reply.contains("login: ") else { return [] }
      loginSeconds = elapsed
      guard let login else { return [.reached("login prompt")] + finish(.passed) }
      return [.reached("login prompt")] + send(login.user + "\n", then: .password)
    case .password:
      guard let login, reply.contains("assword: ") else { return [] }
      return send(login.password + "\n", then: .knocking)
    case .knocking:
      if let login, reply.contains("Login incorrect") { return finish(.loginRefused(user: login.user)) }
      guard !token.isEmpty, reply.contains(GuestChannel.knockAnswer(token)) else { return [] }
      token = makeToken()
      return [.reached("logged in")] + send(GuestChannel.setup(token).joined(), then: .preparing)
    case .preparing:
      return reply.contains(GuestChannel.knockAnswer(token)) ? ask(0) : []
    case .asking(let index):
      switch GuestChannel.answer(in: reply, token: token) {
      case nil: return []
      case .garbled:
        attempts += 1
        if attempts == 3 { return finish(.garbledAnswer(command: questions[index].command)) }
        token = makeToken()
        return send(GuestChannel.again(token), then: phase)
      case .whole(let status, let output):
        take(
          GuestAnswer(command: questions[index].command, status: status, output: output), to: questions[index]
        )
        return [.reached("\(index + 1) of \(questions.count) answers")]
          + (index + 1 < questions.count ? ask(index + 1) : conclude())
      }
    case .finished: return []
    }
  }

  private mutating func send(_ words: String, then next: Phase) -> [Output] {
    phase = next
    reply = ""
    return [.send(words)]
  }

  private mutating func knock() -> [Output] {
    if token.isEmpty { token = makeToken() }
    lastKnock = elapsed
    return [.send(GuestChannel.knock(token))]
  }

  private mutating func ask(_ index: Int) -> [Output] {
    attempts = 0
    token = makeToken()
    return send(GuestChannel.request(questions[index].command, token: token).joined(), then: .asking(index))
  }

  private mutating func take(_ answer: GuestAnswer, to question: Question) {
    switch question {
    case .state: break
    case .failedUnits:
      // 127: a guest without systemd has no units
      failedUnits = answer.status == 127 ? [] : answer.output.split(separator: "\n").map(String.init).sorted()
    case .smoke(let test):
      answers.append(answer)
      let hasText = test.expectedText.map(answer.output.contains) ?? true
      if answer.status != test.expectedExit || !hasText {
        firstFailure = firstFailure ?? .smokeFailed(test, answer)
      }
    case .proof(let expected):
      let words = answer.output.split(separator: "\n")
      guard words.count == 2, words[0] == expected.nonce, let digest = Digest(String(words[1])),
        digest == expected.expected ?? digest
      else {
        firstFailure = firstFailure ?? .proofFailed(expected, output: answer.output)
        return
      }
      proof = BootReport.Proof(nonce: expected.nonce, file: expected.file, digest: digest)
    }
  }

  private mutating func conclude() -> [Output] {
    finish(firstFailure ?? (failedUnits.isEmpty ? .passed : .failedUnits(failedUnits)))
  }

  private mutating func finish(_ verdict: BootVerdict) -> [Output] {
    phase = .finished
    return [.finished(verdict)]
  }
}

private func quotedForShell(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
