import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// A real medium, in real machines whose disks it must not take.
@Suite(
  .serialized, .enabled(if: DemoMirrorPackages.folder != nil, "AZL_DEMO_MIRROR names no demo mirror"))
struct InstallerTests {
  private static let text = """
    {"Disks": [{"PartitionTableType": "gpt", "MaxSize": 384,
      "Partitions": [
        {"ID": "boot", "Flags": ["esp", "boot"], "Start": 1, "End": 41, "FsType": "fat32"},
        {"ID": "rootfs", "Start": 41, "End": 0, "FsType": "ext4"}]}],
     "SystemConfigs": [{"Name": "small", "BootType": "efi", "Packages": ["busybox", "filesystem", "systemd-boot"],
      "KernelOptions": {"default": "kernel"},
      "PartitionSettings": [{"ID": "boot", "MountPoint": "/boot/efi"}, {"ID": "rootfs", "MountPoint": "/"}]}]}
    """

  private func disk(_ place: TemporaryFolder) async throws -> FilePath {
    let configuration = try ImageConfiguration.read(Data(Self.text.utf8), file: "small.json").get()
    #expect(configuration.installerRefusals.isEmpty)
    var request = ImageRequest(
      configuration: configuration.installed, folder: place.path,
      rpms: try await DemoMirrorPackages.closure(configuration.requestedPackages(lists: [])),
      releaseVersion: "3.0", buildNumber: "local", timestamp: 1_775_000_000)
    request.isDiskOnly = true
    let output = place.path.appending("disk")
    let manifest = try await ImageBuilder(store: place.path.appending("store")).build(
      request, output: output, log: place.path.appending("disk.log")
    ).manifest
    #expect(manifest.artifacts.map(\.file) == ["disk0.raw"])
    return output
  }

  @Test func aMediumIsMadeTwiceAlikeAndRefusesDisksThatItMustNotTake() async throws {
    let place = try TemporaryFolder()
    let image = try await disk(place)
    let request = InstallerRequest(
      name: "small", image: image,
      rpms: try await DemoMirrorPackages.closure(InstallerRequest.packages + ["kernel"]), kernel: "kernel",
      target: nil, releaseVersion: "3.0", tag: "rc1", timestamp: 1_775_000_000)
    let builder = InstallerBuilder(store: place.path.appending("store"))
    var digests: Set<Digest> = []
    for name in ["one", "two"] {
      let (manifest, isMade) = try await builder.build(
        request, output: place.path.appending(name), log: place.path.appending("\(name).log"), .clean)
      #expect(isMade && manifest.file == "small-3.0rc1.iso" && manifest.diskSize == 384 << 20)
      #expect(manifest.diskDigest == (try Digest.of(file: image.appending("disk0.raw"))))
      digests.insert(try Digest.of(file: place.path.appending("\(name)/\(manifest.file)")))
    }
    #expect(digests.count == 1)
    let again = try await builder.build(
      request, output: place.path.appending("one"), log: place.path.appending("one.log"))
    #expect(!again.isMade)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: builder.store.appending("scratch").string) == [])
    try await machines(place.path.appending("one/small-3.0rc1.iso"), image.appending("disk0.raw"), place)
  }

  private func machines(_ medium: FilePath, _ old: FilePath, _ place: TemporaryFolder) async throws {
    let accelerator = try await AcceleratorProbe().run().accelerator
    func words(
      _ name: String, _ mode: BootReport.Mode, size: Int? = nil, disk: FilePath? = nil
    ) async throws -> String {
      let (installation, verdict) = try await InstallRunner().install(
        InstallRequest(medium: medium, mode: mode, accelerator: accelerator, diskSize: size),
        to: place.path.appending(name), disk: disk, console: place.path.appending("console-\(name)"))
      print(name, installation.seconds, verdict.message)
      #expect(installation.disk == nil)
      return verdict.message
    }
    // started by a BIOS as well as by UEFI, only that a BIOS cannot start what it brings
    #expect(
      try await words("bios", .bios).contains("started by a BIOS, and the image to install boots by UEFI"))
    let before = try Digest.of(file: old)
    #expect(
      try await words("old", .uefi, disk: old).hasSuffix(
        "refused: no disk is empty, and this installer erases nothing: /dev/nvme0n1 (384 MiB)"))
    #expect(try Digest.of(file: place.path.appending("old/disk.raw")) == before)
    #expect(
      try await words("small", .uefi, size: 64 << 20).hasSuffix(
        "refused: /dev/nvme0n1 is too small: 64 MiB, and the image has 384 MiB"))
  }

  @Test func anISOThatIsNoneOfOursIsNamed() async throws {
    let place = try TemporaryFolder()
    let medium = place.path.appending("other.iso")
    try Data().write(to: URL(filePath: medium.string))
    await #expect {
      _ = try await InstallRunner().install(
        InstallRequest(medium: medium, mode: .uefi, accelerator: .tcg), to: place.path.appending("w"),
        console: place.path.appending("console"))
    } throws: { error in
      guard case .noInstaller(medium)? = error as? BootError else { return false }
      return !FileManager.default.fileExists(atPath: place.path.appending("w").string)
    }
  }
}
