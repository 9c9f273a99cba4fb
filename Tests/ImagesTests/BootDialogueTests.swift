import AzureLinux
import Foundation
import Images
import Storage
import Testing

/// A guest as the dialogue sees it: answers are made the way a guest's shell makes them.
private struct Scripted {
  var dialogue: GuestDialogue
  var sent: [String] = []
  var reached: [String] = []
  var verdict: BootVerdict?

  init(
    smoke: [SmokeTest] = [], proof: BootProof? = nil,
    login: ImageManifest.Login? = .init(user: "root", password: "pw")
  ) {
    let counter = Counter()
    dialogue = GuestDialogue(login: login, smoke: smoke, proof: proof, limit: 100) { "t\(counter.next())" }
  }

  mutating func feed(_ input: GuestDialogue.Input) {
    for output in dialogue.handle(input) {
      switch output {
      case .send(let words): sent.append(words)
      case .reached(let milestone): reached.append(milestone)
      case .finished(let verdict): self.verdict = verdict
      case .line: break
      }
    }
  }
  mutating func says(_ text: String) { feed(.bytes(Data(text.utf8))) }

  mutating func logIn() {
    says("[  1.0] Linux version 6\r\n\r\ndemo login: ")
    says("root\r\nPassword: ")
    feed(.tick(10))
    says("printf '<%s%s>\\n' 't1' 'here'\r\n<t1here>\r\n")
    says("<t2here>\n")
  }

  /// As the guest's `azl_answer`.
  mutating func answers(_ token: String, status: Int, _ output: String, garble: Bool = false) {
    let body = Data("\(output)\n\(status)".utf8).base64EncodedString(options: [
      .lineLength76Characters, .endLineWithLineFeed,
    ])
    let digest = Digest.of(body).hex
    says("\n<\(token) begin>\n\(garble ? "[  9.9] oops\n" + body : body)\n<\(token) end \(digest)>\n")
  }
}

/// Tokens in order; shared by the copies of a dialogue.
private final class Counter: @unchecked Sendable {
  // @unchecked because each test uses its own counter from one task
  private var count = 0
  func next() -> Int {
    count += 1
    return count
  }
}

@Suite struct GuestDialogueTests {
  @Test func logsInAsksEverythingAndPasses() {
    var guest = Scripted(smoke: [SmokeTest(command: "lz4 --version", expectedText: "1.9")])
    guest.logIn()
    #expect(guest.sent.prefix(3) == ["root\n", "pw\n", GuestChannel.knock("t1")])
    guest.answers("t3", status: 0, "running")
    guest.answers("t4", status: 0, "")
    guest.answers("t5", status: 0, "lz4 v1.9.4")
    #expect(guest.verdict == .passed)
    #expect(
      guest.dialogue.answers == [GuestAnswer(command: "lz4 --version", status: 0, output: "lz4 v1.9.4")])
    #expect(guest.reached.first == "login prompt" && guest.reached.last == "3 of 3 answers")
  }

  @Test func anEchoOfTheKnockIsNoAnswer() {
    var guest = Scripted()
    guest.says("x login: ")
    guest.says("Password: ")
    guest.feed(.tick(5))
    let before = guest.sent.count
    guest.says(GuestChannel.knock("t1").replacing("\n", with: "\r\n"))
    #expect(guest.sent.count == before)
    guest.feed(.tick(7.5))
    #expect(guest.sent.last == GuestChannel.knock("t1"))
  }

  @Test func aPanicEndsItWhereverItComes() {
    var guest = Scripted()
    guest.says("[  2.1] Kernel panic - not sync")
    #expect(guest.verdict == nil)
    guest.says("ing: VFS: Unable to mount root fs\r\n")
    #expect(guest.verdict == .panic("[  2.1] Kernel panic - not syncing: VFS: Unable to mount root fs"))
  }

  @Test func emergencyModeIsSeenWithoutALineEnd() {
    var guest = Scripted()
    guest.says("\u{1B}[0;1;31mYou are in emergency mode. After logging in, type")
    #expect(guest.verdict == .emergency("You are in emergency mode. After logging in, type"))
  }

  @Test func aWrongPasswordIsNotATimeout() {
    var guest = Scripted()
    guest.says("x login: ")
    guest.says("Password: ")
    guest.says("\r\nLogin incorrect\r\nx login: ")
    #expect(guest.verdict == .loginRefused(user: "root"))
  }

  @Test func aTimeoutSaysWhatWasWaitedFor() {
    var guest = Scripted()
    guest.says("one\r\ntwo\r\n")
    guest.feed(.tick(100))
    #expect(guest.verdict == .timeout(waitingFor: "the login prompt", lastLines: ["one", "two"]))
  }

  @Test func aFailedCommandFailsWithItsOutputAndTheRestStillRuns() {
    let smoke = [SmokeTest(command: "false"), SmokeTest(command: "echo hi", expectedText: "ho")]
    var guest = Scripted(smoke: smoke)
    guest.logIn()
    guest.answers("t3", status: 1, "degraded")
    guest.answers("t4", status: 0, "b.service\na.service")
    guest.answers("t5", status: 1, "no")
    #expect(guest.verdict == nil)
    guest.answers("t6", status: 0, "hi")
    #expect(guest.verdict == .smokeFailed(smoke[0], GuestAnswer(command: "false", status: 1, output: "no")))
    #expect(guest.dialogue.failedUnits == ["a.service", "b.service"] && guest.dialogue.answers.count == 2)
  }

  @Test func failedUnitsFailTheBoot() {
    var guest = Scripted()
    guest.logIn()
    guest.answers("t3", status: 1, "degraded")
    guest.answers("t4", status: 0, "a.service")
    #expect(guest.verdict == .failedUnits(["a.service"]))
  }

  @Test func anAnswerThatTheKernelTalkedIntoIsAskedForAgain() {
    var guest = Scripted()
    guest.logIn()
    guest.answers("t3", status: 0, "running", garble: true)
    #expect(guest.sent.last == GuestChannel.again("t4"))
    guest.answers("t4", status: 0, "running")
    guest.answers("t5", status: 0, "", garble: true)
    guest.answers("t6", status: 0, "", garble: true)
    guest.answers("t7", status: 0, "", garble: true)
    guard case .garbledAnswer? = guest.verdict else {
      return #expect(Bool(false), "\(String(describing: guest.verdict))")
    }
  }

  @Test func theProofIsNonceAndDigestTogether() throws {
    let digest = Digest.of("content")
    let proof = BootProof(nonce: "n0nce", file: "/usr/bin/lz4", expected: digest)
    for (output, passes) in [
      ("n0nce\n\(digest.hex)", true), ("other\n\(digest.hex)", false),
      ("n0nce\n\(Digest.of("else").hex)", false),
      ("n0nce", false),
    ] {
      var guest = Scripted(proof: proof)
      guest.logIn()
      guest.answers("t3", status: 0, "running")
      guest.answers("t4", status: 0, "")
      guest.answers("t5", status: 0, output)
      #expect((guest.verdict == .passed) == passes, "\(output)")
      #expect((guest.dialogue.proof?.digest == digest) == passes)
    }
  }

  @Test func withoutALoginThePromptIsTheGoal() {
    var guest = Scripted(login: nil)
    guest.says("demo login: ")
    #expect(guest.verdict == .passed && guest.sent.isEmpty)
  }
}
