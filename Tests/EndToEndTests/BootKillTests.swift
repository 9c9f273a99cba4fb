import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Trouble {
  /// `kill -9` of azl-dev while a machine runs.
  @Suite(.serialized) struct BootKill {
    /// A disk whose boot sector writes "hello" to the first serial port and halts.
    private static let disk: Data = {
      let code: [UInt8] = [
        0x31, 0xC0, 0x8E, 0xD8, 0xBE, 0x15, 0x7C, 0xBA, 0xF8, 0x03, 0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB,
        0xF8, 0xF4, 0xEB, 0xFD,
      ]
      let sector = Data(code + Array("hello\r\n".utf8) + [0])
      return sector + Data(count: 510 - sector.count) + Data([0x55, 0xAA]) + Data(count: (1 << 20) - 512)
    }()
    private static let manifest = """
      {"schema": "azl-dev/image/1", "name": "speaking", "release_version": "3.0", "packages": [], "partitions": [],
        "artifacts": [{"type": "raw", "file": "speaking.raw", "size": 1048576, "disk": 0}], "boot_type": "legacy", "warnings": [],
        "login": {"user": "root", "password": "x"}}
      """

    @Test func noMachineIsLeft() async throws {
      try await DemoTree.with(warm: []) { tree in
        let folder = tree.file(".azldev/out/images/speaking")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        try BootKill.disk.write(to: URL(filePath: folder.appending("speaking.raw").string))
        try tree.write(".azldev/out/images/speaking/image.json", BootKill.manifest)
        let killed = try await RunningProgram.start(tree, "boot", "--console", "--timeout", "600") {
          program in
          try #require(await program.prints("hello"))
          #expect(program.descendants(named: "qemu-system-x86_64").count == 1)
          program.signal(SIGKILL)
        }
        #expect(killed.status == 128 + SIGKILL, "\(killed.out)")
        #expect(
          try await Host.eventually { machines(using: folder).isEmpty },
          "a machine outlives the one who started it")
      }
    }

    /// Processes that have `path` among their arguments.
    private func machines(using path: FilePath) -> [String] {
      let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return processes.filter { name in
        guard Int32(name) != nil, let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
        else { return false }
        return String(decoding: words, as: UTF8.self).contains(path.string)
      }
    }
  }
}
