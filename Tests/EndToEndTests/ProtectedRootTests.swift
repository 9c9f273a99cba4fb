import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Roots that only an initramfs can make readable, as their guests see them.
  @Suite(.serialized) struct ProtectedRoots {
    private static func configuration(_ key: String, packages: String, flags: String = "") -> String {
      #"""
      {"Disks": [
        {"PartitionTableType": "gpt", "MaxSize": 1536, "Artifacts": [{"Name": "root", "Type": "raw"}],
         "Partitions": [
          {"ID": "esp", "Flags": ["esp"], "Start": 1, "End": 201, "FsType": "fat32"},
          {"ID": "rootfs", "Name": "rootfs", "Flags": [\#(flags)], "Start": 201, "End": 1200, "FsType": "ext4"},
          {"ID": "var", "Start": 1200, "End": 0, "FsType": "ext4", "Type": "linux-var"}]}],
       "SystemConfigs": [
        {"Name": "root", "BootType": "efi", "PackageLists": ["packagelists/base.json"], "Packages": [\#(packages)],
         "KernelOptions": {"default": "kernel"}, "KernelCommandLine": {"ExtraCommandLine": "console=ttyS0 quiet"},
         "PartitionSettings": [{"ID": "rootfs", "MountPoint": "/"}, {"ID": "esp", "MountPoint": "/boot/efi"},
           {"ID": "var", "MountPoint": "/var"}],
         "Users": [{"Name": "root", "Password": "lantern"}], \#(key)}]}
      """#
    }

    private struct Manifest: Decodable {
      struct Partition: Decodable {
        var id: String
        var offset, size: Int
      }
      struct Artifact: Decodable { var file: String }
      var partitions: [Partition]
      var artifacts: [Artifact]
      func offset(_ id: String) throws -> Int { try #require(partitions.first { $0.id == id }).offset }
    }

    private func build(_ tree: DemoTree) async throws -> (disk: FilePath, manifest: Manifest) {
      let image = try await tree.azl("image", "build", "imageconfigs/root.json", "--json")
      try #require(image.status == 0, "\(image.all)")
      let manifest = try image.json(Manifest.self)
      let file = try #require(manifest.artifacts.first?.file)
      return (tree.path.appending(".azldev/out/images/root").appending(file), manifest)
    }

    private func boot(_ tree: DemoTree, _ words: String...) async throws -> DemoTree.Output {
      let boot = try await tree.azl(
        ["boot", ".azldev/out/images/root", "--json", "--timeout", "500"] + words)
      try await Schema("boot").validate(boot.out)
      return boot
    }

    @Test func aVerifiedRootIsReadOnlyAndAFlippedBitEndsTheMachine() async throws {
      try await DemoTree.with { tree in
        try tree.write(
          "imageconfigs/root.json",
          Self.configuration(
            #""ReadOnlyVerityRoot": {"Enable": true}"#,
            packages: #""dracut", "cryptsetup", "device-mapper-libs""#))
        let (disk, manifest) = try await build(tree)
        let booted = try await boot(
          tree, "--smoke", "findmnt -no SOURCE,OPTIONS /; veritysetup status root; ! touch /x")
        #expect(booted.status == 0, "\(booted.all)")
        for seen in ["/dev/mapper/root ro", "verified", "panic_on_corruption", "Read-only file system"] {
          #expect(booted.out.contains(seen), "\(seen) is not in \(booted.out)")
        }
        // the label of the file system, in the first block that is read of it
        let place = Int64(try manifest.offset("rootfs") + 1024 + 120)
        let file = try FileDescriptor.open(disk, .writeOnly)
        try file.closeAfter { _ = try file.writeAll(toAbsoluteOffset: place, [0x41]) }
        let broken = try await boot(tree, "--quick")
        #expect(broken.status == 1 && broken.out.contains("dm-verity device corrupted"), "\(broken.all)")
      }
    }

    @Test func anEncryptedRootIsUnlockedByThePassphrase() async throws {
      try await DemoTree.with { tree in
        try tree.write(
          "imageconfigs/root.json",
          Self.configuration(
            #""Encryption": {"Enable": true, "Password": "correct horse"}"#,
            packages: #""dracut", "cryptsetup", "device-mapper-libs""#, flags: #""dmroot""#))
        let (disk, manifest) = try await build(tree)
        let header = tree.path.appending("header")
        let offset = try manifest.offset("rootfs")
        try await Command([
          "dd", "if=\(disk)", "of=\(header)", "bs=1M", "skip=\(offset >> 20)", "count=3", "status=none",
        ]).check()
        let facts = try await Command(["cryptsetup", "luksDump", header.string]).check().text
        #expect(facts.contains("xts-plain64") && facts.contains("sha512"), "\(facts)")
        let booted = try await boot(tree, "--smoke", "cryptsetup status $(findmnt -no SOURCE /)")
        #expect(booted.status == 0, "\(booted.all)")
        for seen in ["LUKS1", "aes-xts-plain64", "256 bits"] {
          #expect(booted.out.contains(seen), "\(seen) is not in \(booted.out)")
        }
      }
    }

    @Test func grubNeedsABootPartitionOfItsOwn() async throws {
      try await DemoTree.with { tree in
        try tree.write(
          "imageconfigs/root.json",
          Self.configuration(
            #""ReadOnlyVerityRoot": {"Enable": true}"#,
            packages: #""dracut", "cryptsetup", "device-mapper-libs", "shim", "grub2-efi-binary""#))
        let image = try await tree.azl("image", "build", "imageconfigs/root.json")
        #expect(image.status == 2 && image.err.contains("mount a partition at /boot"), "\(image.all)")
      }
    }
  }
}
