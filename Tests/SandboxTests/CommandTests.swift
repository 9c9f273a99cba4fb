import Foundation
import Sandbox
import SystemPackage
import TestSupport
import Testing

struct CommandTests {
  /// librepo and rpm fork within this process: what running commands set aside must not make the kernel refuse that.
  @Test func runningCommandsReserveNoMemory() async throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    for name in ["started", "gate"] { #expect(mkfifo(folder.appending(name).string, 0o600) == 0) }
    let started = try FileDescriptor.open(folder.appending("started"), .readWrite)
    defer { try? started.close() }
    let gate = try FileDescriptor.open(folder.appending("gate"), .readWrite)
    defer { try? gate.close() }

    func size(_ status: String) throws -> Int {
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmSize:") })
      return try #require(Int(line.filter(\.isNumber))) << 10
    }
    let status = "/proc/\(getpid())/status"
    let before = try size(String(contentsOfFile: status, encoding: .utf8))
    let count = 32
    let script = "cd \(folder); echo > started; read line < gate; cat \(status)"
    let during = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<count {
        group.addTask { try size(try await Command(["bash", "-c", script]).check().text) }
      }
      group.addTask {
        for _ in 0..<count {
          _ = try withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { try started.read(into: $0) }
        }
        try gate.writeAll(repeatElement(UInt8(ascii: "\n"), count: count))
        return 0
      }
      return try await group.reduce(0, max)
    }
    #expect(during - before < 4 << 30)
  }

  /// As the first process of a namespace: what holds one was waited for, three seconds at a time, and then killed.
  @Test func oneThatNoSignalEndsGoesWithItsInput() async throws {
    let script = "trap '' TERM; echo ready; exec cat"
    let ended = try await Command(["bash", "-c", script]).converse { conversation in
      do { try await conversation.forEachChunk { _ in throw Ready() } } catch is Ready {}
    }
    #expect(ended.status == 0)
  }
}

private struct Ready: Error {}
