import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Each output of the image stage, proven by use.
  @Suite(.serialized) struct ImageFormats {
    /// Built as a user does; the paths of the artifacts, by type.
    private func build(_ name: String, _ tree: DemoTree, _ words: String...) async throws -> [String:
      FilePath]
    {
      struct Manifest: Decodable {
        struct Artifact: Decodable { var type, file: String }
        var artifacts: [Artifact]
      }
      let output = try await tree.azl(["image", "build", "imageconfigs/\(name).json", "--json"] + words)
      try #require(output.status == 0, "\(output.all)")
      let folder = tree.path.appending(".azldev/out/images/\(name)")
      return try output.json(Manifest.self).artifacts.reduce(into: [:]) {
        $0[$1.type] = folder.appending($1.file)
      }
    }

    @Test func aLegacyDiskBootsWithABIOS() async throws {
      try await DemoTree.with { tree in
        let files = try await build("legacy", tree)
        #expect(files.keys.sorted() == ["qcow2", "vhd"])
        let booted = try await tree.azl(
          "boot", ".azldev/out/images/legacy", "--smoke", "swapon --show=TYPE --noheadings", "--json")
        #expect(booted.status == 0, "\(booted.all)")
        #expect(booted.out.contains("\"bios\"") && booted.out.contains("partition"), "\(booted.out)")
        try await Schema("boot").validate(booted.out)
      }
    }

    @Test func grubOnTheESPIsStartedByShim() async throws {
      try await DemoTree.with { tree in
        try tree.edit(
          "imageconfigs/packagelists/base.json", "\"systemd-boot\"", "\"shim\",\n        \"grub2-efi-binary\""
        )
        _ = try await build("demo", tree)
        let booted = try await tree.azl("boot", ".azldev/out/images/demo", "--json")
        #expect(booted.status == 0, "\(booted.all)")
        let console = try String(
          contentsOfFile: tree.path.appending(".azldev/logs/boot/demo.console").string, encoding: .utf8)
        #expect(console.contains("GRUB"))
      }
    }

    private static let hasRunc = Host.isRoot && Command.find("runc") != nil

    /// Unpacked and started by a runtime that takes what every registry serves.
    @Test(.enabled(if: hasRunc, "skipped: no runc, or not root")) func containersStart() async throws {
      try await DemoTree.with { tree in
        for (name, command, wanted) in [
          ("container", ["sh", "-c", "rpm -q bash; lantern-app 3"], "***"),
          ("distroless", ["lantern-app", "3"], "***"),
        ] {
          let archive = try #require(try await build(name, tree)["tar.gz"])
          let bundle = tree.path.appending("bundle-\(name)")
          let root = bundle.appending("rootfs")
          try FileManager.default.createDirectory(atPath: root.string, withIntermediateDirectories: true)
          try await Command(["tar", "-C", root.string, "--xattrs", "-xpzf", archive.string]).check()
          try await Command(["runc", "spec"], workingDirectory: bundle.string).check()
          let file = URL(filePath: bundle.appending("config.json").string)
          var specification = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
          var process = try #require(specification["process"] as? [String: Any])
          (process["terminal"], process["args"]) = (false, command)
          specification["process"] = process
          try JSONSerialization.data(withJSONObject: specification).write(to: file)
          let output = try await Command(
            ["runc", "run", "azl-\(UUID().uuidString.prefix(8))"], workingDirectory: bundle.string
          ).run()
          #expect(output.isSuccess && output.text.contains(wanted), "\(output.text)\(output.errorText)")
          let database = root.appending("var/lib/rpm/rpmdb.sqlite").string
          #expect(FileManager.default.fileExists(atPath: database) == (name == "container"))
        }
        let list = tree.path.appending("bundle-distroless/rootfs/var/lib/rpmmanifest/container-manifest-1")
          .string
        #expect(try String(contentsOfFile: list, encoding: .utf8).contains("lantern-app-"))
      }
    }

    @Test func anInitrdIsWhatTheKernelStarts() async throws {
      try await DemoTree.with { tree in
        let initrd = try #require(try await build("initrd", tree)["initrd"])
        let kernel = initrd.removingLastComponent().appending("vmlinuz")
        let guest = Command([
          "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "1024", "-display", "none", "-serial",
          "stdio",
          "-no-reboot", "-kernel", kernel.string, "-initrd", initrd.string, "-append",
          "console=ttyS0 quiet panic=-1",
        ])
        var text = ""
        do {
          _ = try await guest.bound(to: getpid()).converse { guest in
            var seen = ""
            try await guest.forEachChunk { chunk in
              seen += String(decoding: chunk, as: UTF8.self)
              // our own line, or the kernel's when there is nothing to start
              if seen.contains("initrd of the demo: 6.") || seen.contains("panic") { throw Seen(text: seen) }
            }
          }
        } catch let seen as Seen { text = seen.text }
        #expect(text.contains("initrd of the demo: 6."))
      }
    }

    private struct Seen: Error { var text: String }
  }
}
