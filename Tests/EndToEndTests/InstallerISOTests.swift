import Foundation
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// From a configuration to a medium, from the medium to a disk, and from the disk to a system that runs.
  @Suite(.serialized) struct InstallerISO {
    private struct Boot: Decodable {
      struct Installation: Decodable { var medium, disk: String }
      var result, mode, state: String
      var installed: Installation
      var failedUnits: [String]
    }

    private func installs(
      _ name: String, _ tree: DemoTree, mode: String, disk: String, _ words: String...
    ) async throws {
      let medium = ".azldev/out/images/\(name)/\(name)-3.0.20260401.iso"
      let booted = try await tree.azl(["boot", medium, "--json", "--timeout", "900"] + words)
      try #require(booted.status == 0, "\(booted.all)")
      try await Schema("boot").validate(booted.out)
      let boot = try booted.json(Boot.self)
      #expect(
        boot.result == "passed" && boot.mode == mode && boot.state == "running" && boot.failedUnits.isEmpty)
      #expect(boot.installed.medium == "\(name)-3.0.20260401.iso" && boot.installed.disk == disk)
      let scratch = tree.path.appending(".azldev/store/scratch").string
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty)
    }

    @Test func theDemoIsInstalledByUEFI() async throws {
      try await DemoTree.with { tree in
        _ = try await tree.build("liblantern", "lantern-app")
        let made = try await tree.azl("image", "iso", "imageconfigs/iso.json", "--json")
        try #require(made.status == 0, "\(made.all)")
        try await Schema("iso").validate(made.out)
        let again = try await tree.azl("image", "iso", "imageconfigs/iso.json")
        #expect(again.status == 0 && again.out.contains("up to date"), "\(again.all)")
        try await installs(
          "iso", tree, mode: "uefi", disk: "/dev/nvme0n1", "--installed", "liblantern", "--smoke",
          "lantern-app 5")
        let quick = try await tree.azl("boot", ".azldev/out/images/iso/iso-3.0.20260401.iso", "--quick")
        #expect(
          quick.status == 2 && quick.err.contains("an installer is started by firmware"), "\(quick.all)")
      }
    }

    @Test func aNamedDiskIsInstalledToByABIOS() async throws {
      try await DemoTree.with { tree in
        try tree.edit(
          "imageconfigs/legacy.json", #""MaxSize": 1024,"#,
          #""MaxSize": 1024, "TargetDisk": {"Type": "path", "Value": "/dev/sda"},"#)
        let image = try await tree.azl("image", "build", "imageconfigs/legacy.json")
        #expect(image.status == 2 && image.err.contains("azl-dev image iso makes one"), "\(image.all)")
        let made = try await tree.azl("image", "iso", "imageconfigs/legacy.json")
        try #require(made.status == 0, "\(made.all)")
        try await installs(
          "legacy", tree, mode: "bios", disk: "/dev/sda", "--smoke", "swapon --show=TYPE --noheadings")
      }
    }

    @Test func attendedInstallersAreRefusedByName() async throws {
      try await DemoTree.with { tree in
        try tree.edit(
          "imageconfigs/iso.json", #""SystemConfigs": ["#,
          #""SystemConfigs": [{"Name": "other", "Packages": ["bash"]},"#)
        let refused = try await tree.azl("image", "iso", "imageconfigs/iso.json")
        #expect(refused.status == 2, "\(refused.all)")
        #expect(
          refused.err.contains(
            "imageconfigs/iso.json: SystemConfigs has several and none with IsDefault: an attended"))
        #expect(!FileManager.default.fileExists(atPath: tree.path.appending(".azldev/out/images/iso").string))
      }
    }
  }
}
