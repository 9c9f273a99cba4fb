import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// Each format that there is, made from nothing twice, in other folders: the same bytes.
@Suite(.enabled(if: TestPackage.hasShell, "skipped: busybox-static is not installed (packages.txt lists it)"))
struct SameBytesTests {
  private static func artifacts(_ kinds: [(String, String)]) -> String {
    kinds.map { #"{"Name": "same", "Type": "\#($0.0)", "Compression": "\#($0.1)"}"# }.joined(separator: ", ")
  }

  private static let diskKinds =
    ["raw", "vhd", "vhdx", "qcow2"].map { ($0, "") } + ["gz", "xz", "tar.gz", "tar.xz"].map { ("raw", $0) }
  private static let partKinds = [("ext4", ""), ("raw", ""), ("ext4", "xz"), ("raw", "tar.gz")]
  private static let rootKinds = [
    ("squashfs", ""), ("initrd", ""), ("", "tar.gz"), ("", "tar.xz"), ("initrd", "tar.xz"),
    ("squashfs", "gz"),
  ]

  private static func disk(_ system: String, _ table: String) -> String {
    """
    {"Disks": [{"PartitionTableType": "\(table)", "MaxSize": 64, "Artifacts": [\(artifacts(diskKinds))],
      "Partitions": [{"ID": "rootfs", "Start": 1, "End": 40, "FsType": "\(system)", "Artifacts": [
        \(artifacts(partKinds).replacing("same", with: "part"))]},
        {"ID": "data", "Start": 40, "End": 55, "FsType": "vfat"},
        {"ID": "swap", "Start": 55, "End": 60, "FsType": "linux-swap"}]}],
     "SystemConfigs": [{"Name": "same", "BootType": "none", "Packages": ["shell"], "KernelOptions": {"default": "kernel"},
      "PartitionSettings": [{"ID": "rootfs", "MountPoint": "/"}, {"ID": "data", "MountPoint": "/srv"}]}]}
    """
  }

  private static let root = """
    {"Disks": [{"Artifacts": [\(artifacts(rootKinds))]}],
     "SystemConfigs": [{"Name": "same", "Packages": ["shell"]}]}
    """

  @Test(arguments: [
    ("ext4 on GPT", disk("ext4", "gpt"), diskKinds.count + partKinds.count + 1),
    ("ext2 on MBR", disk("ext2", "mbr"), diskKinds.count + partKinds.count + 1),
    ("ext3 on GPT", disk("ext3", "gpt"), diskKinds.count + partKinds.count + 1),
    ("no disk", root, rootKinds.count),
  ])
  func aCleanImageIsTheSame(name: String, text: String, count: Int) async throws {
    let packages = try TemporaryFolder()
    var shell = TestPackage("shell", files: [("/srv/file", "on FAT"), ("/usr/share/big", "\(0)")])
    shell.copies = [("/bin/busybox", "/bin/busybox")]
    shell.links = [("/bin/sh", "busybox")]
    shell.scriptlet = "%post\nbusybox mkdir -p /var/made\necho made > /var/made/file\n"
    let rpms = [
      try await shell.build(in: packages),
      try await TestPackage("kernel", files: [("/boot/vmlinuz-1", "k")]).build(in: packages),
    ]
    var made: [[String: Digest]] = []
    for _ in 0..<2 {
      let place = try TemporaryFolder()
      let request = ImageRequest(
        configuration: try configuration(text), folder: place.path, rpms: rpms, releaseVersion: "3.0",
        buildNumber: "1", timestamp: 1_700_000_000)
      let output = place.path.appending("out")
      let manifest = try await ImageBuilder(store: place.path.appending("store")).build(
        request, output: output, log: place.path.appending("log"), .clean
      ).manifest
      var digests: [String: Digest] = [:]
      for file in manifest.artifacts.map(\.file) + (manifest.kernel.map { [$0.file] } ?? []) {
        digests[file] = try Digest.of(file: output.appending(file))
      }
      made.append(digests)
      if let part = manifest.artifacts.first(where: { $0.file == "part-3.0.ext4" }) {
        let check = try await Command(
          ["e2fsck", "-fn", output.appending(part.file).string], environment: Command.hostEnvironment
        ).run()
        #expect(check.isSuccess, "\(check.text)")
      }
    }
    #expect(made[0].count == count, "\(made[0].keys.sorted())")
    #expect(made[0].keys.filter { made[0][$0] != made[1][$0] }.sorted() == [], "\(name)")
  }
}
