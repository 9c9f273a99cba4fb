import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import Testing

@testable import Images

/// A boot sector that writes `text` to the first serial port and halts, or never stops: a guest that says what a test
/// wants.
private func speakingSector(_ text: String, forEver: Bool) -> Data {
  // xor ax,ax; mov ds,ax; mov si,0x7C15; mov dx,0x3F8; next: lodsb; test al,al; jz halt; out dx,al; jmp next; halt:
  // hlt; jmp halt
  var code: [UInt8] = [
    0x31, 0xC0, 0x8E, 0xD8, 0xBE, 0x15, 0x7C, 0xBA, 0xF8, 0x03, 0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB,
    0xF8, 0xF4,
    0xEB, 0xFD,
  ]
  // jmp to the load of si
  if forEver { code.replaceSubrange(18...19, with: [0xEB, 0xF0]) }
  let body = code + Array(text.utf8) + [0]
  return Data(body + [UInt8](repeating: 0, count: 510 - body.count) + [0x55, 0xAA])
}

private struct Place {
  let path = FilePath(FileManager.default.temporaryDirectory.path).appending("azl-test-\(UUID().uuidString)")
  init() throws {
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
  }
  func remove() { try? FileManager.default.removeItem(atPath: path.string) }

  func session(_ command: Command) throws -> GuestSession {
    let log = try FileDescriptor.open(
      path.appending("console"), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    return GuestSession(
      name: "test", command: command, log: ConsoleLog(log), report: { _ in }, line: { _ in })
  }

  func speaking(_ text: String, forEver: Bool = false) throws -> GuestSession {
    let disk = path.appending("sector")
    try speakingSector(text, forEver: forEver).write(to: URL(filePath: disk.string))
    return try session(
      Command([
        "qemu-system-x86_64", "-nodefaults", "-display", "none", "-machine", "pc", "-m", "64M", "-accel",
        "tcg",
        "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console", "-drive",
        "file=\(disk),format=raw,if=floppy,readonly=on",
      ]).bound(to: getpid()))
  }
}

private func dialogue(smoke: [SmokeTest] = [], proof: BootProof? = nil, limit: Double = 60) -> GuestDialogue {
  GuestDialogue(login: .init(user: "root", password: "secret"), smoke: smoke, proof: proof, limit: limit) {
    "azl\(UInt64.random(in: .min ... .max))"
  }
}

/// QEMU processes that have `path` among their arguments.
private func machines(using path: FilePath) -> [String] {
  let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return processes.filter { name in
    guard Int(name) != nil, let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
      return false
    }
    return String(decoding: words, as: UTF8.self).contains(path.string)
  }
}

@Suite struct GuestSessionTests {
  @Test func aPanicOfARealMachineIsTheVerdict() async throws {
    let place = try Place()
    defer { place.remove() }
    let session = try place.speaking("Booting\r\nKernel panic - not syncing: test\r\n")
    let (_, verdict) = try await session.run(dialogue(), since: .now)
    #expect(verdict == .panic("Kernel panic - not syncing: test"))
    #expect(machines(using: place.path).isEmpty)
    let log = try #require(FileManager.default.contents(atPath: place.path.appending("console").string))
    #expect(String(decoding: log, as: UTF8.self).contains("Booting"))
  }

  @Test func aSilentMachineTimesOutAndIsEnded() async throws {
    let place = try Place()
    defer { place.remove() }
    let session = try place.speaking("hello\r\n")
    let (_, verdict) = try await session.run(dialogue(limit: 25), since: .now)
    guard case .timeout(waitingFor: "the login prompt", let lines) = verdict else {
      return #expect(Bool(false), "\(verdict)")
    }
    #expect(lines.last == "hello")
    #expect(machines(using: place.path).isEmpty)
  }

  @Test func aMachineThatFloodsTheConsoleIsEndedAndItsLogIsShort() async throws {
    let place = try Place()
    defer { place.remove() }
    let session = try place.speaking("again and again\r\n", forEver: true)
    let flooded = GuestDialogue(login: nil, smoke: [], proof: nil, limit: 600, mostBytes: 64 << 10) { "t" }
    let (_, verdict) = try await session.run(flooded, since: .now)
    guard case .flood(bytes: 65536, let lines) = verdict else {
      return #expect(Bool(false), "\(verdict)")
    }
    #expect(lines.last == "again and again")
    #expect(machines(using: place.path).isEmpty)
    let log = try FileManager.default.attributesOfItem(atPath: place.path.appending("console").string)
    #expect(try #require(log[.size] as? Int) < 256 << 10)
  }

  @Test func cancellingEndsTheMachine() async throws {
    let place = try Place()
    defer { place.remove() }
    let (spoke, signal) = AsyncStream<Void>.makeStream()
    var session = try place.speaking("hello\r\n")
    session = GuestSession(
      name: "test", command: session.command, log: session.log, report: { _ in },
      line: { _ in signal.yield() })
    let running = session
    let task = Task { try await running.run(dialogue(), since: .now) }
    for await _ in spoke { break }
    #expect(!machines(using: place.path).isEmpty)
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    #expect(machines(using: place.path).isEmpty)
  }

  @Test func aMachineThatDoesNotStartIsAnErrorWithItsWords() async throws {
    let place = try Place()
    defer { place.remove() }
    let session = try place.session(Command(["qemu-system-x86_64", "-machine", "nonesuch"]))
    do {
      _ = try await session.run(dialogue(), since: .now)
      #expect(Bool(false), "a machine of no type started")
    } catch BootError.machineNotStarted(let status, let text) {
      #expect(status == 1 && text.contains("machine type"))
    }
  }

  /// The words of the dialogue, said to a real shell on a real terminal of 80 columns that echoes and wraps.
  @Test func aRealShellAnswersWholeThroughEchoAndWrapping() async throws {
    let place = try Place()
    defer { place.remove() }
    let file = place.path.appending("it's a file")
    try Data("content".utf8).write(to: URL(filePath: file.string))
    let guest = """
      printf 'demo login: '; read user; printf 'Password: '; stty -echo; read password; stty echo
      [ "$user $password" = "root secret" ] || { echo 'Login incorrect'; exit 1; }
      exec bash --norc --noprofile -i
      """
    let session = try place.session(
      Command(
        ["script", "-qec", "exec sh -c \(Command.quoted(guest))", "/dev/null"], environment: ["TERM": "xterm"]
      ))
    let long = "x=" + String(repeating: "y", count: 3000) + "; echo ${#x}"
    let smoke = [
      SmokeTest(command: long, expectedText: "3000"),
      SmokeTest(command: "exit 3", expectedExit: 3),
      SmokeTest(command: "cat; seq 1 20000", expectedText: "\n20000"),
      SmokeTest(command: "printf 'a\\033[31mb\\r\\n'; echo err >&2"),
      SmokeTest(
        script: Data(
          ("#!/bin/bash\n" + String(repeating: "# 'quoted' \\n $x\n", count: 500) + "set -- *a b\n"
            + "echo $# files; exit 7\n").utf8),
        name: "a script", expectedExit: 7, expectedText: "2 files"),
    ]
    let proof = BootProof(
      nonce: "n\(UInt64.random(in: .min ... .max))", file: file.string, expected: Digest.of("content"))
    let (finished, verdict) = try await session.run(dialogue(smoke: smoke, proof: proof), since: .now)
    #expect(verdict == .passed, "\(verdict)")
    #expect(finished.answers.smoke.map(\.status) == [0, 3, 0, 0, 7])
    #expect(finished.answers.smoke.last?.output == "2 files\n")
    #expect(finished.answers.smoke[3].output == "a\u{1B}[31mb\r\nerr\n")
    #expect(finished.answers.proof?.nonce == proof.nonce)
  }
}

@Suite struct AcceleratorProbeTests {
  @Test func theProbeGuestReachesLongModeUnderTCG() async throws {
    #expect(try await AcceleratorProbe(deadline: .seconds(60)).start(.tcg) == ProbeSector.success)
  }

  @Test func theProbeAlwaysHasAnAnswerWithAReason() async throws {
    let finding = try await AcceleratorProbe().run()
    #expect(!finding.reason.isEmpty)
    #expect(ProbeSector.bytes.count == 512)
  }

  @Test func aGuestThatDoesNotFinishInTimeIsNone() async throws {
    #expect(try await AcceleratorProbe(deadline: .milliseconds(1)).start(.tcg) == nil)
  }
}
