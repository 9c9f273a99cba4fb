import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// Files that come out the same, made by the real tools.
@Suite struct FormatTests {
  @Test func namesAreThoseOfUpstream() throws {
    func names(_ type: String, _ compression: String) throws -> String {
      let artifact = try JSONDecoder().decode(
        ImageConfiguration.Artifact.self,
        from: Data(#"{"Name": "core", "Type": "\#(type)", "Compression": "\#(compression)"}"#.utf8))
      return ArtifactPlan(artifact, from: .root, version: "3.0.1").file
    }
    #expect(try names("vhd", "") == "core-3.0.1.vhd")
    #expect(try names("raw", "tar.gz") == "core-3.0.1.raw.tar.gz")
    #expect(try names("", "tar.gz") == "core-3.0.1.tar.gz")
    #expect(try names("initrd", "") == "core.img")
    #expect(try names("initrd", "tar.gz") == "core.img.tar.gz")
  }

  /// What qemu-img draws at random differs from run to run; what is left of it does not.
  @Test(arguments: [DiskFormat.vhd, .vhdx, .qcow2])
  func disksAreTheSameEachTime(format: DiskFormat) async throws {
    let place = try TemporaryFolder()
    let disk = place.path.appending("disk.raw")
    try Data((0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 / 7) }).write(to: URL(filePath: disk.string))
    let settle = VirtualDiskIdentity(identity: ImageIdentity(inputs: ["a"]), timestamp: 1_775_000_000)
    var digests: [Digest] = []
    for name in ["one", "two"] {
      let file = place.path.appending("\(name).\(format)")
      try await Command(DiskTools(disk: disk, timestamp: 0).convert(to: format, output: file)).check()
      if format == .vhd { try settle.settleFixedVHD(file) }
      if format == .vhdx { try settle.settleVHDX(file) }
      digests.append(try Digest.of(file: file))
      try await Command(["qemu-img", "compare", "-f", "raw", "-F", format.qemu, disk.string, file.string])
        .check()
      if format != .vhd { try await Command(["qemu-img", "check", "-f", format.qemu, file.string]).check() }
    }
    #expect(digests[0] == digests[1])
  }

  @Test func whatIsNoVirtualDiskIsNotTouched() throws {
    let place = try TemporaryFolder()
    let file = place.path.appending("x.vhd")
    try Data(count: 4 << 20).write(to: URL(filePath: file.string))
    let settle = VirtualDiskIdentity(identity: ImageIdentity(inputs: ["a"]), timestamp: 0)
    #expect(throws: VirtualDiskError.self) { try settle.settleFixedVHD(file) }
    #expect(throws: VirtualDiskError.self) { try settle.settleVHDX(file) }
    #expect(FileManager.default.contents(atPath: file.string) == Data(count: 4 << 20))
  }

  @Test func castagnoliAsItIsPublished() { #expect(CRC32C.of(Array("123456789".utf8)) == 0xe306_9283) }

  /// In two folders with the same files, made in another order and at another time.
  @Test(arguments: ["tar.gz", "tar.xz", "squashfs", "initrd"])
  func archivesAreTheSameEachTime(kind: String) async throws {
    let place = try TemporaryFolder()
    var digests: [Digest] = []
    for order in [["a", "b", "c"], ["c", "a", "b"]] {
      let folder = place.path.appending("root-\(order[0])")
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      for name in order {
        let file = folder.appending(name)
        try Data(name.utf8).write(to: URL(filePath: file.string))
      }
      try await Command(["find", folder.string, "-exec", "touch", "-d", "@1775000000", "{}", "+"]).check()
      let file = place.path.appending("\(order[0]).out")
      let command =
        switch kind {
        case "tar.gz": Archives.tar(.gz, of: folder, to: file)
        case "tar.xz": Archives.tar(.xz, of: folder, to: file)
        case "squashfs": Archives.squashfs(of: folder, to: file, timestamp: 1_775_000_000)
        default: Archives.initrd(of: folder, to: file)
        }
      try await Command(command).check()
      digests.append(try Digest.of(file: file))
    }
    #expect(digests[0] == digests[1])
  }
}
