import AzureLinux
import Foundation
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite struct GrubTests {
  private let identity = ImageIdentity(seed: Digest.of("seed"))
  private let kernel = Kernel(version: "6.1", path: "/boot/vmlinuz-6.1", initrd: "/boot/initramfs-6.1.img")

  private func disks(_ change: (String) -> String = { $0 }) throws -> DiskSet {
    DiskSet(try configuration(change(smallConfiguration)), identity: identity)
  }

  @Test func theConfigurationStartsTheKernelFromWhereBootIs() throws {
    let disks = try disks()
    let root = try #require(disks.mounted(at: "/"))
    let grub = Grub(disks: disks, title: "T", kernel: kernel, commandLine: "root=x quiet")
    #expect(
      grub.configuration == """
        set timeout=0
        set default=0
        if [ -s $prefix/grubenv ]; then load_env; fi
        search --no-floppy --fs-uuid --set=root \(root.fileSystemUUID)
        menuentry "T" --id "azurelinux-6.1" {
          linux /boot/vmlinuz-6.1 root=x quiet
          initrd /boot/initramfs-6.1.img
        }

        """)
    #expect(grub.stub.contains(#"set prefix=($root)"/boot/grub2""#))
    #expect(Grub.environment.utf8.count == 1024)
    #expect(
      grub.files(esp: "/boot/efi", writesConfiguration: false).map(\.path) == [
        "/etc/default/grub", "/boot/grub2/grubenv", "/boot/efi/boot/grub2/grub.cfg",
      ])
  }

  @Test func aBootPartitionOfItsOwnIsTheRootOfItsPaths() throws {
    let disks = try disks { $0.replacing("\"/var\"", with: "\"/boot\"") }
    let grub = Grub(disks: disks, title: "T", kernel: kernel, commandLine: "")
    #expect(
      grub.configuration.contains("linux /vmlinuz-6.1 ") && grub.stub.contains(#"set prefix=($root)"/grub2""#)
    )
    #expect(grub.bootUUID == disks.mounted(at: "/boot")?.fileSystemUUID)
  }

  @Test func anMBRHasRoomBeforeItsFirstPartition() throws {
    #expect(GrubBIOS(try disks().first) == nil)
    let mbr = try disks { $0.replacing("\"gpt\"", with: "\"mbr\"").replacing("partlabel", with: "uuid") }
      .first
    let place = try #require(GrubBIOS(mbr))
    #expect((place.firstSector, place.sectors) == (1, 2047))
    #expect(mbr.script.contains("label: dos\nlabel-id: 0x\(mbr.uuid)\n"))
    #expect(mbr.script.contains("start=40960, size=40960, type=83, bootable\n"))
    #expect(mbr.partitions.map(\.uuid) == ["\(mbr.uuid)-01", "\(mbr.uuid)-02", "\(mbr.uuid)-03"])
    #expect(mbr.partitions[2].offset + mbr.partitions[2].size == mbr.size)
  }

  @Test func onlyTheCodeIsWritten() throws {
    let place = try TemporaryFolder()
    func write(_ name: String, _ data: Data) throws -> FilePath {
      let path = place.path.appending(name)
      try data.write(to: URL(filePath: path.string))
      return path
    }
    let disk = try write("disk", Data(repeating: 0xee, count: 8192))
    let grub = try #require(
      GrubBIOS(
        try disks { $0.replacing("\"gpt\"", with: "\"mbr\"").replacing("partlabel", with: "uuid") }.first))
    try grub.write(
      boot: try write("boot", Data(repeating: 1, count: 512)),
      core: try write("core", Data(repeating: 2, count: 1024)),
      disk: disk)
    let bytes = try #require(FileManager.default.contents(atPath: disk.string))
    #expect(bytes[0x5c..<0x64].elementsEqual([1, 0, 0, 0, 0, 0, 0, 0]))
    #expect(bytes[439] == 1 && bytes[440..<512].allSatisfy { $0 == 0xee })
    #expect(bytes[512] == 2 && bytes[512 + 0x1f4..<512 + 0x1fc].elementsEqual([2, 0, 0, 0, 0, 0, 0, 0]))
    #expect(bytes[1535] == 2 && bytes[1536] == 0xee)
    #expect(throws: ImageError.self) {
      try grub.write(boot: disk, core: place.path.appending("core"), disk: disk)
    }
  }
}

@Suite struct NetworkUnitTests {
  @Test func networksBecomeUnits() throws {
    let text = smallConfiguration.replacing(
      "\"EnableHidepid\"",
      with: """
        "Networks": [
          {"BootProto": "static", "GateWay": "10.0.0.1", "Ip": "10.0.0.9", "NetMask": "255.255.254.0", "OnBoot": true,
           "NameServer": ["10.0.0.2"], "Device": "eth1"},
          {"BootProto": "dhcp", "OnBoot": true, "Device": "00:15:5D:01:02:03"}, {"Device": "eth2"}],
        "EnableHidepid"
        """)
    let networks = try configuration(text).system.networks
    let files = NetworkUnits.files(networks)
    #expect(
      files.map(\.path) == [
        "/etc/systemd/network/10-static-eth1.network",
        "/etc/systemd/network/10-dhcp-00-15-5D-01-02-03.network",
      ])
    #expect(
      NetworkUnits.text(networks[0])
        == "[Match]\nName=eth1\n\n[Network]\nAddress=10.0.0.9/23\nGateway=10.0.0.1\nDNS=10.0.0.2\n")
    #expect(
      NetworkUnits.text(networks[1]) == "[Match]\nMACAddress=00:15:5D:01:02:03\n\n[Network]\nDHCP=yes\n")
  }
}
