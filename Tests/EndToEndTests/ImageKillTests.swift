import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

extension EndToEnd.Trouble {
  /// `kill -9` and Ctrl-C in the middle of `image build`: nothing runs on, nothing half-made has its name, and the next
  /// build is the one that was never interrupted, byte for byte.
  @Suite(.serialized) struct ImageKill {
    private static let name = "killed"
    private static let text = """
      {"Disks": [{"PartitionTableType": "gpt", "MaxSize": 512,
        "Artifacts": [{"Name": "killed", "Type": "raw"}, {"Name": "killed", "Type": "vhdx"}],
        "Partitions": [{"ID": "boot", "Flags": ["esp"], "Start": 1, "End": 33, "FsType": "vfat"},
          {"ID": "rootfs", "Start": 33, "End": 0, "FsType": "ext4"}]}],
       "SystemConfigs": [{"Name": "killed", "BootType": "none", "Packages": ["filesystem", "bash", "coreutils"],
        "KernelOptions": {"default": "kernel"}, "AdditionalFiles": {"killed.json": "/etc/killed.json"},
        "PartitionSettings": [{"ID": "boot", "MountPoint": "/boot/efi"}, {"ID": "rootfs", "MountPoint": "/"}]}]}
      """

    /// How much is there when a build begins.
    private enum Start: CaseIterable {
      case nothing, packages, everything
    }

    @Test(arguments: [21, 22] as [UInt64]) func theNextBuildHasTheSameBytes(seed: UInt64) async throws {
      var random = SeededGenerator(state: seed)
      try await inTree { tree, right in
        for turn in 0..<6 {
          let start = Start.allCases[turn % Start.allCases.count]
          let isRelease = turn % 4 == 3
          let mode = isRelease ? "--release" : "--force"
          try await prepare(start, in: tree)
          let late = Duration.milliseconds(
            Int.random(in: 20...max(40, right.milliseconds[start] ?? 0), using: &random))
          let what: Comment = "seed \(seed), kill \(turn) of \(start), \(mode), after \(late)"
          _ = try await RunningProgram.start(tree, "image", "build", path, mode) { program in
            // moments are what is drawn here
            try await Task.sleep(for: late)
            program.signal(SIGKILL)
          }
          let remains = Remains(tree: tree)
          #expect(try await Host.eventually(within: .seconds(5)) { remains.processes().isEmpty }, what)
          #expect(remains.mounts() == [], what)
          #expect(wrong(in: tree, right) == [], what)
          #expect(try await build(tree, mode) == (isRelease ? right.clean : right.refreshed), what)
          #expect(remains.processes() == [] && remains.mounts() == [], what)
          #expect(leftovers(in: tree) == [], what)
        }
      }
    }

    @Test func ctrlCLeavesNothing() async throws {
      try await inTree { tree, right in
        // of the last command that is over: packages are being installed, files written, the disk made
        for (turn, command) in ["mkdir -m", "ldconfig -X", "touch --no-dereference"].enumerated() {
          try await prepare(.nothing, in: tree)
          let log = ".azldev/logs/image/\(FilePath(path).stem ?? "").log"
          try? FileManager.default.removeItem(atPath: tree.file(log).string)
          let ending = try await RunningProgram.start(tree, "image", "build", path) { program in
            let isThere = try await Host.eventually { (try? tree.read(log))?.contains(command) == true }
            try #require(isThere, "no \(command)")
            program.signal(turn == 1 ? SIGTERM : SIGINT)
          }
          #expect(ending.status == 128 + (turn == 1 ? SIGTERM : SIGINT), "\(ending.out)")
          #expect(ending.out.contains("interrupted"))
          let remains = Remains(tree: tree)
          #expect(try await Host.eventually(within: .seconds(5)) { remains.processes().isEmpty })
          #expect(remains.mounts() == [] && leftovers(in: tree) == [])
          #expect(wrong(in: tree, right) == [])
          #expect(try await build(tree, "--force") == right.refreshed)
        }
      }
    }

    // MARK: -

    /// What builds that nobody interrupts give, and how long they take.
    private struct Right {
      var clean: [String: Digest] = [:]
      var refreshed: [String: Digest] = [:]
      var milliseconds: [Start: Int] = [:]
    }

    private var path: String { "imageconfigs/\(Self.name).json" }
    private func folder(_ tree: DemoTree) -> FilePath { tree.file(".azldev/out/images/\(Self.name)") }

    private func inTree(_ body: (DemoTree, Right) async throws -> Void) async throws {
      try await DemoTree.with { tree in
        try tree.write(path, Self.text)
        var right = Right()
        right.clean = try await build(tree, "--release")
        #expect(right.clean.count == 3)
        for start in Start.allCases {
          try await prepare(start, in: tree)
          let clock = ContinuousClock.now
          let made = try await build(tree, "--force")
          right.milliseconds[start] = Int((ContinuousClock.now - clock) / .milliseconds(1))
          #expect(right.refreshed.isEmpty || made == right.refreshed, "from \(start)")
          right.refreshed = made
        }
        try await body(tree, right)
      }
    }

    private func prepare(_ start: Start, in tree: DemoTree) async throws {
      let gone =
        switch start {
        case .nothing: ".azldev/out/images .azldev/store/layers"
        case .packages: ".azldev/out/images .azldev/store/layers/*/disk-*"
        case .everything: ".azldev/out/images"
        }
      try await Command(["sh", "-c", "rm -rf \(gone)"], workingDirectory: tree.path.string).check()
    }

    private func build(_ tree: DemoTree, _ words: String...) async throws -> [String: Digest] {
      let output = try await tree.azl(["image", "build", path] + words)
      try #require(output.status == 0, "\(output.all)")
      return try digests(tree)
    }

    private func names(_ folder: FilePath) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted()
    }

    /// Of all that has a name for users.
    private func digests(_ tree: DemoTree) throws -> [String: Digest] {
      try names(folder(tree)).filter { !$0.hasPrefix(".") && $0 != "image.json" }.reduce(into: [:]) {
        $0[$1] = try Digest.of(file: folder(tree).appending($1))
      }
    }

    /// Files that have their names and are not whole; a description comes last of all.
    private func wrong(in tree: DemoTree, _ right: Right) -> [String] {
      guard let found = try? digests(tree) else { return ["unreadable"] }
      let files = found.filter { $1 != right.clean[$0] && $1 != right.refreshed[$0] }.keys.sorted()
      let isDescribed = FileManager.default.fileExists(
        atPath: folder(tree).appending("image.json").string)
      return files + (isDescribed && found.count != right.clean.count ? ["image.json"] : [])
    }

    private func leftovers(in tree: DemoTree) -> [String] {
      names(folder(tree)).filter { $0.hasSuffix(".new") } + names(tree.file(".azldev/store/scratch"))
    }
  }
}
