import AzureLinux
import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

/// Real namespaces: what is left of a sandbox when its parent is killed or its task cancelled.
@Suite(.enabled(if: Machine.canConfine, "needs user namespaces or root, bubblewrap, setpriv"))
struct LifelineTests {
  private func sandbox(in folder: FilePath, _ arguments: [String]) throws -> Command {
    for name in ["lower", "upper", "work", "merged"] {
      try FileManager.default.createDirectory(
        atPath: folder.appending(name).string, withIntermediateDirectories: true)
    }
    let overlay = Overlay(store: folder, lower: ["lower"], upper: "upper", work: "work", merged: "merged")
    let confinement = Confinement(
      root: .machine(mounting: overlay), mounts: [.bind(overlay.root, at: overlay.root)],
      environment: Command.hostEnvironment)
    return confinement.command(arguments, privilege: .current)
  }

  @Test func whatIsWrittenGoesToTheUpperFolderAndNoMountIsSeenOutside() async throws {
    let place = try TemporaryFolder()
    let file = place.path.appending("merged/file")
    let command = try sandbox(
      in: place.path,
      [
        "sh", "-c", "hostname > \"$1\"; ls -A /etc; grep -c : /proc/net/dev; id -u",
        "sh",
        file.string,
      ])
    let result = try await command.bound(to: getpid()).check()
    // no settings of the machine, one network device (the loopback), root
    #expect(result.text == "1\n0\n")
    #expect(
      try String(contentsOfFile: place.path.appending("upper/file").string, encoding: .utf8) == "azl-build\n")
    #expect(!FileManager.default.fileExists(atPath: file.string))
    #expect(!Machine.mounts.contains(place.path.string))
  }

  @Test func killingTheParentLeavesNoProcessAndNoMount() async throws {
    let place = try TemporaryFolder()
    let marker = "9\(UInt32.random(in: 1_000_000...9_999_999))"
    let inside = try sandbox(
      in: place.path, ["sh", "-c", "sleep \(marker) & setsid sleep \(marker) & echo ready; wait"])
    // a process of its own stands for azl-dev: it starts the sandbox, then is killed from here
    let words = inside.bound(to: 0).arguments.map(Command.quoted)
    let text = "echo pid $$; " + words.joined(separator: " ").replacing(" sh 0 ", with: " sh $$ ") + " & wait"
    let parent = Mutex<Int32>(0)
    let log = try FileDescriptor.open("/dev/null", .writeOnly)
    defer { try? log.close() }
    var command = Command(["sh", "-c", text])
    command.environment = Command.hostEnvironment
    let status = try await command.run(log: log) { line in
      if line.hasPrefix("pid ") { parent.withLock { $0 = Int32(line.dropFirst(4)) ?? 0 } }
      if line == "ready" {
        #expect(Machine.processes(with: marker) >= 1)
        kill(parent.withLock { $0 }, SIGKILL)
      }
    }
    #expect(status == 137)
    // the log ended, so nothing that could write to it lives; the processes may still be on their way out
    #expect(try await Machine.settles { Machine.processes(with: marker) == 0 })
    #expect(!Machine.mounts.contains(place.path.string))
  }

  @Test func cancellingEndsEverything() async throws {
    let place = try TemporaryFolder()
    let marker = "8\(UInt32.random(in: 1_000_000...9_999_999))"
    let command = try sandbox(in: place.path, ["sh", "-c", "echo ready; sleep \(marker)"]).bound(to: getpid())
    let (ready, signal) = AsyncStream<Void>.makeStream()
    let task = Task {
      let log = try FileDescriptor.open("/dev/null", .writeOnly)
      defer { try? log.close() }
      return try await command.run(log: log) { _ in signal.yield() }
    }
    for await _ in ready { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await Machine.settles { Machine.processes(with: marker) == 0 })
  }
}

enum Machine {
  static let canConfine: Bool = {
    let probe = Process()
    probe.executableURL = URL(filePath: "/usr/bin/env")
    probe.arguments = Privilege.current.namespace(["sh", "-c", "command -v bwrap && command -v setpriv"])
    probe.standardOutput = FileHandle.nullDevice
    probe.standardError = FileHandle.nullDevice
    guard (try? probe.run()) != nil else { return false }
    probe.waitUntilExit()
    return probe.terminationStatus == 0
  }()

  /// By handle: what Foundation reads by path ends after a page of such a file.
  static var mounts: String {
    String(
      decoding: FileHandle(forReadingAtPath: "/proc/self/mounts")?.readDataToEndOfFile() ?? Data(),
      as: UTF8.self)
  }

  static func processes(with marker: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.filter { Int($0) != nil }.filter { name in
      guard let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return false }
      let words = String(decoding: line, as: UTF8.self).split(separator: "\0").map(String.init)
      return words == ["sleep", marker]
    }.count
  }

  /// Becomes true within a second.
  static func settles(_ condition: () -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(1)
    while !condition() {
      if ContinuousClock.now > end { return false }
      await Task.yield()
    }
    return true
  }
}
