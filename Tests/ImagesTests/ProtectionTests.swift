import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// What lies between a root's partition and its file system, made and held against the field's own tools.
@Suite struct ProtectionTests {
  private func disks(_ key: String) throws -> DiskSet {
    let text = smallConfiguration.replacing("\"EnableHidepid\"", with: "\(key), \"EnableHidepid\"").replacing(
      #""Name": "root fs""#, with: #""Name": "root fs", "Flags": ["dmroot"]"#)
    return DiskSet(try configuration(text), identity: ImageIdentity(seed: Digest.of("seed")))
  }

  @Test func hashesTakeTheLastPartOfTheRoot() throws {
    let disks = try disks(#""ReadOnlyVerityRoot": {"Enable": true}"#)
    let (root, hashes) = (disks.partitions[1], try #require(disks.hashes))
    #expect(disks.partitions.map(\.number) == [1, 2, 3, 4] && hashes.number == 4)
    #expect(root.size >> 20 == 19 && hashes.offset == root.offset + root.size && hashes.size == 1 << 20)
    #expect(
      disks.first.script.contains(
        "type=\(Verity.partitionType), uuid=\(hashes.uuid), name=\"root fs-verity\""))
    #expect(SystemFiles.fstab(disks, hidepid: false).contains("/dev/mapper/root / ext4 ro 0 0\n"))
    let system = try configuration().system
    #expect(
      KernelArguments.line(system, disks: disks, root: root)
        == "root=/dev/mapper/root rootfstype=ext4 ro net.ifnames=0 systemd.verity_root_data=PARTUUID=\(root.uuid) "
        + "systemd.verity_root_hash=PARTUUID=\(hashes.uuid) systemd.verity_root_options=panic-on-corruption selinux=0"
    )
    // 1 GiB: 2048 blocks of hashes, 16 above them, 1 above those, and the superblock
    #expect((1 << 30) - Verity.dataSize(of: 1 << 30) == 9 << 20)
  }

  @Test func anEncryptedRootIsNamedByItsHeader() throws {
    let disks = try disks(#""Encryption": {"Enable": true, "Password": "x"}"#)
    let root = disks.partitions[1]
    #expect(disks.partitions.count == 3 && root.fileSystemSize == root.size - (2 << 20))
    let device = "/dev/mapper/luks-\(root.headerUUID)"
    #expect(SystemFiles.fstab(disks, hidepid: false).contains("\(device) / ext4 defaults 0 1\n"))
    #expect(
      KernelArguments.line(try configuration().system, disks: disks, root: root)
        == "root=\(device) rootfstype=ext4 rw net.ifnames=0 rd.luks.uuid=\(root.headerUUID) selinux=0")
    let words = DiskTools(disk: "/d", timestamp: 0).ext(root, from: "/r")
    #expect(words.last == "\(18 << 10)k")
    #expect(LUKS.table(uuid: "u") == "luks-u UUID=u none luks,discard\n")
    #expect(
      Initramfs.make(.encryption, kernel: "6.1") == [
        "dracut", "--quiet", "--force", "--no-hostonly", "--reproducible", "--kver", "6.1", "--add",
        "dm crypt",
        "/boot/initramfs-6.1.img",
      ])
  }

  @Test func aFlippedBitIsFound() async throws {
    let place = try TemporaryFolder()
    let (data, hashes) = (place.path.appending("data"), place.path.appending("hashes"))
    let size = 6 << 20
    try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 / 9) }).write(to: URL(filePath: data.string))
    let uuid = ImageIdentity(seed: Digest.of("s")).uuid("verity")
    let salt = Digest.of("salt").hex
    var roots: [String] = []
    for _ in 0..<2 {
      let made = try await Command(Verity.format(data, hashes: hashes, uuid: uuid, salt: salt)).check()
      roots.append(try #require(Verity.rootHash(made.text)))
    }
    #expect(roots[0] == roots[1] && roots[0].wholeMatch(of: /[0-9a-f]{64}/) != nil)
    let tree = try FileManager.default.attributesOfItem(atPath: hashes.string)[.size] as? Int ?? 0
    #expect(tree > 4096 && tree <= (7 << 20) - Verity.dataSize(of: 7 << 20))
    let verify = Command(["veritysetup", "verify", data.string, hashes.string, roots[0]])
    #expect(try await verify.run().isSuccess)
    let file = try FileDescriptor.open(data, .writeOnly)
    try file.closeAfter { _ = try file.writeAll(toAbsoluteOffset: 5 << 20, [0xaa]) }
    #expect(try await !verify.run().isSuccess)
  }

  @Test func whatIsEncryptedIsTheFileSystemAndNothingElseOfTheDisk() async throws {
    let place = try TemporaryFolder()
    let disk = place.path.appending("disk,with comma")
    let size = 4 << 20
    var bytes = Data(repeating: 1, count: 1 << 20)
    bytes += Data((0..<size).map { UInt8(truncatingIfNeeded: $0 / 5) }) + Data(repeating: 2, count: 1 << 20)
    try bytes.write(to: URL(filePath: disk.string))
    let passphrase = place.path.appending("passphrase")
    try Data("correct horse".utf8).write(to: URL(filePath: passphrase.string))
    let file = place.path.appending("luks")
    try await Command(LUKS.encrypt(disk, offset: 1 << 20, size: size, passphrase: passphrase, to: file))
      .check()
    let uuid = ImageIdentity(seed: Digest.of("s")).uuid("header")
    try await Command(LUKS.name(file, uuid: uuid)).check()
    let length = try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int ?? 0
    #expect(length > size && length <= size + LUKS.reserve)
    let header = try await Command(["cryptsetup", "luksDump", file.string]).check().text
    for fact in ["Version:       \t1\n", "xts-plain64", "sha512", "MK bits:       \t256\n", uuid] {
      #expect(header.contains(fact), "\(fact) is not in \(header)")
    }
    let open = ["cryptsetup", "open", "--test-passphrase", "--key-file"]
    #expect(try await Command(open + [passphrase.string, file.string]).run().isSuccess)
    try Data("wrong".utf8).write(to: URL(filePath: passphrase.string))
    #expect(try await !Command(open + [passphrase.string, file.string]).run().isSuccess)
    try Data("correct horse".utf8).write(to: URL(filePath: passphrase.string))
    let plain = place.path.appending("plain")
    try await Command([
      "qemu-img", "convert", "--object", "secret,id=p,file=\(passphrase)", "--image-opts",
      "driver=luks,key-secret=p,file.filename=\(file)", "-O", "raw", plain.string,
    ]).check()
    #expect(FileManager.default.contents(atPath: plain.string) == bytes[(1 << 20)..<((1 << 20) + size)])
  }
}
