import AzureLinux
import Foundation
import Storage
import SystemPackage
import Testing

@testable import Images

/// A guest as the dialogue sees it: answers are made the way a guest's shell makes them.
private struct Scripted {
  var dialogue: GuestDialogue
  var sent: [String] = []
  /// Through the port.
  var told: [String] = []
  var reached: [String] = []
  var lines: [String] = []
  var verdict: BootVerdict?

  init(
    smoke: [SmokeTest] = [], proof: BootProof? = nil,
    login: ImageManifest.Login? = .init(user: "root", password: "pw"), unlock: String? = nil,
    route: GuestDialogue.Route = .console, rpms: [RPMFile] = []
  ) {
    let counter = Counter()
    dialogue = GuestDialogue(
      login: login, unlock: unlock, smoke: smoke, proof: proof, limit: 100, nonce: "n1", route: route,
      rpms: rpms, time: 7
    ) { "t\(counter.next())" }
  }

  mutating func feed(_ input: GuestDialogue.Input) {
    for output in dialogue.handle(input) {
      switch output {
      case .send(let words): sent.append(words)
      case .tell(let words): told.append(words)
      case .tellFile(let path): told.append("file \(path)")
      case .reached(let milestone): reached.append(milestone)
      case .finished(let verdict): self.verdict = verdict
      case .line(let text): lines.append(text)
      }
    }
  }
  mutating func says(_ text: String) { feed(.bytes(Data(text.utf8))) }

  mutating func logIn() {
    says("[  1.0] Linux version 6\r\n\r\ndemo login: ")
    says("root\r\nPassword: ")
    feed(.tick(10))
    says("echo t1$#here\r\nt10here\r\n")
    says("t20here\n")
  }

  /// As the guest's `azl_run` behind the port.
  mutating func portAnswers(_ token: String, status: Int, _ output: String) {
    feed(.channel(Data("\n<\(token) begin>\n\(output)\n<\(token) end \(status)>\n".utf8)))
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
  @Test func anEncryptedRootIsUnlockedOnce() {
    var guest = Scripted(unlock: "correct horse")
    guest.says("Please enter passphrase for disk rootfs (luks-1): (press TAB for no echo) ")
    guest.says("*************\r\nPlease enter passphrase for disk rootfs (luks-1): ")
    #expect(guest.sent == ["correct horse\n"] && guest.reached == ["passphrase prompt"])
    guest.logIn()
    #expect(guest.sent.dropFirst().first == "root\n")
    var other = Scripted()
    other.says("Please enter passphrase for disk rootfs (luks-1): ")
    #expect(other.sent.isEmpty)
  }

  @Test func logsInAsksEverythingAndPasses() {
    var guest = Scripted(smoke: [SmokeTest(command: "lz4 --version", expectedText: "1.9")])
    guest.logIn()
    #expect(guest.sent.prefix(3) == ["root\n", "pw\n", GuestChannel.knock("t1")])
    guest.answers("t3", status: 0, "n1\nrunning")
    guest.answers("t4", status: 0, "")
    guest.answers("t5", status: 0, "lz4 v1.9.4")
    #expect(guest.verdict == .passed)
    #expect(
      guest.dialogue.answers.smoke.map(\.output) == ["lz4 v1.9.4"]
        && guest.dialogue.answers.state == "running")
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

  @Test func whereTheGuestHasThePortItIsTalkedToThere() {
    var guest = Scripted(smoke: [SmokeTest(command: "echo a'b")], route: .portIfThere)
    guest.logIn()
    #expect(guest.sent.last == GuestChannel.serve("t3").joined() && guest.told.isEmpty)
    guest.says("[1] 250\n<t3 yes>\n")
    #expect(guest.told == [GuestChannel.greeting("t4")])
    // an answer on the console is none
    guest.says("t40here\n")
    #expect(guest.told.count == 1)
    guest.feed(.channel(Data("t40here\n".utf8)))
    guest.portAnswers("t5", status: 0, "n1\nrunning")
    guest.portAnswers("t6", status: 0, "")
    #expect(guest.told.last == "azl_run t7 'echo a'\\''b'\n")
    guest.feed(.channel(Data("\n<t7 begin>\na ".utf8)))
    guest.feed(.channel(Data("b\n\n<t7 end 0>\n".utf8)))
    #expect(guest.verdict == .passed && guest.dialogue.answers.smoke.map(\.output) == ["a b\n"])
  }

  @Test func withoutThePortTheConsoleGoesOn() {
    var guest = Scripted(route: .portIfThere)
    guest.logIn()
    guest.says("<t3 no>\n")
    guest.answers("t4", status: 0, "n1\nrunning")
    guest.answers("t5", status: 0, "")
    #expect(guest.verdict == .passed && guest.told.isEmpty && !guest.dialogue.isOnPort)
  }

  @Test func aPortThatNobodyReadsIsGivenUp() {
    var guest = Scripted(route: .portIfThere)
    guest.logIn()
    guest.says("<t3 yes>\n")
    guest.feed(.tick(13))
    #expect(guest.told.count == 2)
    let sent = guest.sent.count
    guest.feed(.tick(21))
    #expect(guest.sent.count == sent + 1 && !guest.dialogue.isOnPort)
  }

  @Test func aResumedGuestGetsRPMsAndInstallsThem() throws {
    let rpm = RPMFile(
      nevra: NEVRA(name: "lz4", evr: EVR(version: "1", release: "2"), arch: "x86_64"), path: "/out/lz4.rpm",
      digest: Digest.of("x"), size: 5)
    let place = "/var/tmp/azl-\(Digest.of("x").hex.prefix(16)).rpm"
    var guest = Scripted(route: .port, rpms: [rpm])
    guest.feed(.tick(0))
    #expect(guest.told == [GuestChannel.greeting("t1")])
    guest.feed(.channel(Data("t10here\n".utf8)))
    #expect(guest.told.suffix(3).prefix(2) == ["head -c 5 >\(place)\n", "file /out/lz4.rpm"])
    #expect(guest.told.last?.contains("date -s @7") == true && guest.told.last?.contains(place) == true)
    guest.portAnswers("t2", status: 3, "error: Failed dependencies")
    guest.portAnswers("t3", status: 0, "n1\nrunning")
    guest.portAnswers("t4", status: 0, "")
    #expect(guest.verdict == .installFailed(output: "error: Failed dependencies") && guest.sent.isEmpty)
  }

  @Test func aLongAnswerKeepsItsEnd() {
    let text = String(repeating: "é", count: 100_000) + "\n<t end 4>\n"
    guard case .whole(status: 4, let output)? = GuestChannel.portAnswer(in: text, token: "t") else {
      return #expect(Bool(false))
    }
    #expect(output.count == 65536)
    #expect(GuestChannel.portAnswer(in: "\n<t begin>\nx\n<t end ", token: "t") == nil)
    #expect(GuestChannel.portAnswer(in: "\n<t begin>\nx\n<t end x>\n", token: "t") == .garbled)
  }

  @Test func aPanicEndsItWhereverItComes() {
    var guest = Scripted()
    guest.says("[  2.1] Kernel panic - not sync")
    #expect(guest.verdict == nil)
    guest.says("ing: Attempted to kill init!\r\n")
    #expect(guest.verdict == .panic("[  2.1] Kernel panic - not syncing: Attempted to kill init!"))
  }

  @Test func emergencyModeIsSeenWithoutALineEnd() {
    var guest = Scripted()
    guest.says("\u{1B}[0;1;31mGive root password for maintenance")
    #expect(guest.verdict == .emergency("Give root password for maintenance", because: []))
  }

  /// Lines of a console and the cause that they have.
  @Test(arguments: [
    (
      "VFS: Cannot open root device \"PARTUUID=x\" or unknown-block(0,0): error -6\n"
        + "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
      BootVerdict.noRoot("VFS: Cannot open root device \"PARTUUID=x\" or unknown-block(0,0): error -6")
    ),
    (
      "dracut-initqueue[300]: Warning: /dev/disk/by-uuid/x does not exist\nGenerating \"/run/rdsosreport.txt\"\n"
        + "Entering emergency mode. Exit the shell to continue.",
      .noRoot("dracut-initqueue[300]: Warning: /dev/disk/by-uuid/x does not exist")
    ),
    (
      "ALERT!  UUID=x does not exist.  Dropping to a shell!",
      .noRoot("ALERT!  UUID=x does not exist.  Dropping to a shell!")
    ),
    (
      "[ TIME ] Timed out waiting for device /dev/sdz.\n[DEPEND] Dependency failed for /data.\n"
        + "You are in emergency mode. After logging in, type",
      .emergency(
        "You are in emergency mode. After logging in, type",
        because: [
          "[ TIME ] Timed out waiting for device /dev/sdz.", "[DEPEND] Dependency failed for /data.",
        ])
    ),
    (
      "BdsDxe: No bootable option or device was found.",
      .noBootLoader("BdsDxe: No bootable option or device was found.")
    ),
    ("error: no such partition.", .noBootLoader("error: no such partition.")),
  ]) func theCauseIsSeen(console: String, verdict: BootVerdict) {
    var guest = Scripted()
    guest.says(console.replacing("\n", with: "\r\n") + "\r\n")
    #expect(guest.verdict == verdict)
  }

  @Test func aBootLoadersPromptIsSeenWithoutALineEnd() {
    var guest = Scripted()
    guest.says("\r\ngrub rescue> ")
    #expect(guest.verdict == .noBootLoader("grub rescue> "))
  }

  @Test func aFloodEndsTheBootAndIsNotKept() {
    var guest = Scripted()
    let chunk = Data(repeating: UInt8(ascii: "x"), count: 1 << 20)
    for _ in 0..<15 { guest.feed(.bytes(chunk)) }
    #expect(guest.verdict == nil)
    // a line without an end is cut
    #expect(guest.lines.count == 15)
    for _ in 0..<2 { guest.feed(.bytes(chunk)) }
    guard case .flood(bytes: GuestDialogue.mostBytes, _)? = guest.verdict else {
      return #expect(Bool(false), "\(String(describing: guest.verdict))")
    }
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
    guest.answers("t3", status: 1, "n1\ndegraded")
    guest.answers("t4", status: 0, "b.service\na.service")
    guest.answers("t5", status: 0, "it broke")
    guest.answers("t6", status: 0, "")
    guest.answers("t7", status: 1, "no")
    #expect(guest.verdict == nil)
    guest.answers("t8", status: 0, "hi")
    #expect(guest.verdict?.message == "false\n  exit status 1, expected 0\n  no")
    #expect(
      guest.dialogue.answers.smoke.map(\.trouble) == [
        "exit status 1, expected 0", "\"ho\" is not in its output",
      ])
    #expect(
      guest.dialogue.answers.failedUnits == [
        FailedUnit(name: "a.service", lines: ["it broke"]), FailedUnit(name: "b.service", lines: []),
      ])
    #expect(guest.dialogue.answers.smoke.count == 2)
  }

  @Test func failedUnitsFailTheBoot() {
    var guest = Scripted()
    guest.logIn()
    guest.answers("t3", status: 1, "n1\ndegraded")
    guest.answers("t4", status: 0, "a.service")
    guest.answers("t5", status: 0, "Starting\nno such file")
    #expect(
      guest.verdict == .failedUnits([FailedUnit(name: "a.service", lines: ["Starting", "no such file"])]))
    #expect(
      guest.verdict?.message
        == "failed units: a.service\n  a.service: Starting\n  a.service: no such file")
  }

  @Test func anAnswerThatTheKernelTalkedIntoIsAskedForAgain() {
    var guest = Scripted()
    guest.logIn()
    guest.answers("t3", status: 0, "n1\nrunning", garble: true)
    #expect(guest.sent.last == GuestChannel.again("t4"))
    guest.answers("t4", status: 0, "n1\nrunning")
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
      guest.answers("t3", status: 0, "n1\nrunning")
      guest.answers("t4", status: 0, "")
      guest.answers("t5", status: 0, output)
      #expect((guest.verdict == .passed) == passes, "\(output)")
      #expect((guest.dialogue.answers.proof?.digest == digest) == passes)
    }
  }

  @Test func withoutALoginNothingIsProven() {
    var guest = Scripted(login: nil)
    guest.says("demo login: ")
    #expect(guest.verdict == .unproven && guest.sent.isEmpty)
  }

  @Test func aGuestThatDoesNotBringTheValueBackHasNotPassed() {
    var guest = Scripted()
    guest.logIn()
    guest.answers("t3", status: 0, "other\nrunning")
    guest.answers("t4", status: 0, "")
    #expect(guest.verdict == .proofMissing(output: "other\nrunning"))
  }
}
