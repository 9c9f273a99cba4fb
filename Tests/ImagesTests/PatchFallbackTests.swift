import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// What is written into a copy of the packages' file system, and what happens where debugfs cannot: nobody can tell the
/// disk from one that was made from nothing.
@Suite(.enabled(if: TestPackage.hasShell, "skipped: busybox-static is not installed (packages.txt lists it)"))
struct PatchFallbackTests {
  private static let text = """
    {"Disks": [{"PartitionTableType": "gpt", "MaxSize": 64, "Artifacts": [{"Name": "part", "Type": "raw"}],
      "Partitions": [{"ID": "rootfs", "Start": 1, "End": 0, "FsType": "ext4"}]}],
     "SystemConfigs": [{"Name": "part", "BootType": "none", "Packages": ["shell"], "KernelOptions": {"default": "kernel"},
      "PostInstallScripts": [{"Path": "names.sh"}],
      "PartitionSettings": [{"ID": "rootfs", "MountPoint": "/"}]}]}
    """

  /// A name that is no text is nothing that debugfs can be told of: it fails there, after what comes before it.
  @Test func aFileSystemThatCannotBePatchedIsMadeAnew() async throws {
    let place = try TemporaryFolder()
    let script = place.path.appending("names.sh")
    try Data(
      """
      #!/bin/sh
      busybox mkdir -p /srv/a /srv/z
      echo before > /srv/a/file
      echo odd > "/srv/m$(busybox printf '\\377')"
      echo after > /srv/z/file

      """.utf8
    ).write(to: URL(filePath: script.string))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.string)
    let kernel = try await TestPackage("kernel", files: [("/boot/vmlinuz-1", "k")]).build(in: place)
    let request = ImageRequest(
      configuration: try configuration(Self.text), folder: place.path,
      rpms: [try await TestPackage.shell(in: place), kernel], releaseVersion: "3.0", buildNumber: "1",
      timestamp: 1_700_000_000)
    let builder = ImageBuilder(store: place.path.appending("store"))
    func build(_ name: String, _ freshness: ImageBuilder.Freshness) async throws -> (Digest, log: String) {
      let log = place.path.appending("\(name).log")
      _ = try await builder.build(request, output: place.path.appending(name), log: log, freshness)
      return (
        try Digest.of(file: place.path.appending("\(name)/part-3.0.raw")),
        try String(decoding: Data(contentsOf: URL(filePath: log.string)), as: UTF8.self)
      )
    }
    let patched = try await build("patched", .forced)
    let isHalfWritten = patched.log.contains("debugfs") && patched.log.contains("No such file or directory")
    #expect(isHalfWritten && patched.log.contains("fallocate --punch-hole"), "\(patched.log)")
    let clean = try await build("clean", .clean)
    #expect(!clean.log.contains("fallocate --punch-hole"))
    #expect(patched.0 == clean.0)
    let list = try await Command(
      ["debugfs", "-R", "ls -p /srv", "\(place.path)/clean/part-3.0.raw?offset=\(1 << 20)"],
      environment: Command.hostEnvironment
    ).check().output
    #expect(
      list.range(of: Data([0x2F, 0x6D, 0xFF, 0x2F])) != nil, "\(String(decoding: list, as: UTF8.self))")
  }
}
