import AzureLinux
import Foundation
import FoundationXML
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

  /// Held against what it says of itself, and twice the same.
  @Test func anApplianceHoldsTheDiskThatItDescribes() async throws {
    let place = try TemporaryFolder()
    let raw = place.path.appending("disk.raw")
    try Data((0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 / 7) }).write(to: URL(filePath: raw.string))
    let settle = VirtualDiskIdentity(identity: ImageIdentity(inputs: ["a"]), timestamp: 1_775_000_000)
    var digests: [Digest] = []
    for name in ["one", "two"] {
      let folder = place.path.appending(name)
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      let appliance = VirtualAppliance(name: "core-3.0", folder: folder, timestamp: 1_775_000_000)
      try await Command(appliance.convert(raw)).check()
      try settle.settleVMDK(appliance.disk)
      let size = try FileManager.default.attributesOfItem(atPath: appliance.disk.string)[.size] as? Int ?? 0
      let text = appliance.envelope(fileSize: size, capacity: 3 << 20, version: "3.0 <a & b>", isEFI: true)
      try Data(text.utf8).write(to: URL(filePath: appliance.description.string))
      try await Command(appliance.sign()).check()
      try await Command(appliance.pack(to: place.path.appending("\(name).ova"))).check()
      digests.append(try Digest.of(file: place.path.appending("\(name).ova")))
    }
    #expect(digests[0] == digests[1])
    let out = place.path.appending("out")
    try FileManager.default.createDirectory(atPath: out.string, withIntermediateDirectories: true)
    let list = try await Command(["tar", "-C", out.string, "-xvf", place.path.appending("one.ova").string])
      .check()
    #expect(list.text == "core-3.0.ovf\ncore-3.0.mf\ncore-3.0-disk1.vmdk\n")
    let envelope = try XMLDocument(contentsOf: URL(filePath: out.appending("core-3.0.ovf").string))
    let file = try #require(envelope.nodes(forXPath: "//*[local-name()='File']").first as? XMLElement)
    let disk = out.appending(try #require(file.attribute(forName: "ovf:href")?.stringValue))
    let size = try FileManager.default.attributesOfItem(atPath: disk.string)[.size] as? Int
    #expect(file.attribute(forName: "ovf:size")?.stringValue == size.map(String.init))
    #expect(try envelope.nodes(forXPath: "//*[local-name()='Version']").first?.stringValue == "3.0 <a & b>")
    try await Command(["qemu-img", "compare", "-f", "raw", "-F", "vmdk", raw.string, disk.string]).check()
    let manifest = try String(contentsOfFile: out.appending("core-3.0.mf").string, encoding: .utf8)
    for line in manifest.split(separator: "\n") {
      let parts = try #require(line.wholeMatch(of: /SHA1\((.+)\)= ([0-9a-f]{40})/))
      let sum = try await Command(["sha1sum", out.appending(String(parts.1)).string]).check().text
      #expect(sum.hasPrefix(String(parts.2)))
    }
    #expect(manifest.split(separator: "\n").count == 2)
  }

  /// qemu-img leaves out a zero in front of the id.
  @Test func anIDOfLessDigitsIsFilledUp() throws {
    let place = try TemporaryFolder()
    let settle = VirtualDiskIdentity(identity: ImageIdentity(inputs: ["a"]), timestamp: 0)
    var files: [Data] = []
    for id in ["1a2b3c", "ffffffff"] {
      var disk = Data(count: 3 * 512)
      disk.replaceSubrange(0..<4, with: Data("KDMV".utf8))
      (disk[28], disk[36]) = (1, 1)
      let text = Data("# Disk DescriptorFile\nCID=\(id)\nparentCID=ffffffff\n".utf8)
      disk.replaceSubrange(512..<512 + text.count, with: text)
      let file = URL(filePath: place.path.appending(id).string)
      try disk.write(to: file)
      try settle.settleVMDK(place.path.appending(id))
      files.append(try Data(contentsOf: file))
    }
    #expect(files[0] == files[1] && files[0].count == 3 * 512)
  }

  @Test func whatIsNoVirtualDiskIsNotTouched() throws {
    let place = try TemporaryFolder()
    let file = place.path.appending("x.vhd")
    try Data(count: 4 << 20).write(to: URL(filePath: file.string))
    let settle = VirtualDiskIdentity(identity: ImageIdentity(inputs: ["a"]), timestamp: 0)
    #expect(throws: VirtualDiskError.self) { try settle.settleFixedVHD(file) }
    #expect(throws: VirtualDiskError.self) { try settle.settleVHDX(file) }
    #expect(throws: VirtualDiskError.self) { try settle.settleVMDK(file) }
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
