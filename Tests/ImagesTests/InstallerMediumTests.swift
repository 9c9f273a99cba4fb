import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// What a medium is made of, and by which commands.
@Suite struct InstallerMediumTests {
  private let medium = InstallerMedium(timestamp: 1_775_000_000, title: "Install")

  @Test func theVolumeIsFoundByItsTime() {
    #expect(medium.volume == "2026-03-31-23-33-20-00")
    #expect(
      medium.menu == """
        set timeout=0
        set default=0
        search --no-floppy --fs-uuid --set=root 2026-03-31-23-33-20-00
        menuentry "Install" {
          linux /isolinux/vmlinuz quiet loglevel=3 console=tty0 console=ttyS0,115200n8
          initrd /isolinux/initrd.img
        }

        """)
    #expect(medium.stub.hasSuffix("set prefix=($root)/boot/grub2\nconfigfile $prefix/grub.cfg\n"))
  }

  @Test func theMediumBootsByBothFirmwares() {
    #expect(
      medium.iso(of: "/w/medium", to: "/o/x.iso") == [
        "xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-o", "/o/x.iso", "-V", "CDROM",
        "--modification-date=2026033123332000", "-R", "-l", "-D", "-uid", "0", "-gid", "0", "-iso-level", "3",
        "-b", "boot/grub2/eltorito.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
        "--grub2-boot-info", "-c", "isolinux/boot.cat", "-eltorito-alt-boot", "-e", "boot/grub2/efiboot.img",
        "-no-emul-boot", "/w/medium",
      ])
    #expect(
      medium.efiImage("/w/efi.img", from: "/w/esp", kibibytes: 3000, serial: "ABCD1234") == [
        ["mkfs.vfat", "--invariant", "-i", "ABCD1234", "-C", "/w/efi.img", "3000"],
        ["mcopy", "-s", "-m", "-i", "/w/efi.img", "/w/esp/EFI", "/w/esp/boot", "::/"],
      ])
    #expect(
      InstallerMedium.pack("/i/disk0.raw", to: "/w/disk.raw.zst") == [
        "zstd", "-q", "-f", "-9", "-T2", "--no-progress", "/i/disk0.raw", "-o", "/w/disk.raw.zst",
      ])
    #expect(
      InstallerMedium.biosImage(in: "/tmp/grub").dropFirst(3).prefix(12) == [
        "sh", "-d", "/usr/lib/grub/i386-pc", "-O", "i386-pc-eltorito", "-c", "/tmp/grub/load.cfg", "-p",
        "/boot/grub2", "-o", "/tmp/grub/eltorito.img", "biosdisk",
      ])
  }

  @Test func aShellReadsTheSettingsAndTheInstaller() async throws {
    let plan = InstallerPlan(
      target: "/dev/sda", bootType: .legacy, size: 5 << 20, disk: Digest.of("d"), payload: Digest.of("p"))
    let said = try await Command([
      "bash", "-ec", plan.settings + #"echo "$target $boot $size $disk_sha256 $payload ${drivers##* }""#,
    ]).check().text
    #expect(said == "/dev/sda legacy 5242880 \(Digest.of("d").hex) image/disk.raw.zst isofs\n")
    try await Command(["bash", "-n", "-c", InstallerScript.text]).check()
    #expect(InstallerScript.text.contains("printf '\(InstallerPlan.prefix)%s"))
  }

  @Test func onlyModulesThatAreNeededStay() async throws {
    let place = try TemporaryFolder()
    let modules = place.path.appending("root/usr/lib/modules/6/kernel")
    for folder in [modules.appending("a"), place.path.appending("root/boot")] {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }
    for name in ["a/sd_mod.ko", "a/other.ko", "a/packed.ko.zst"] {
      try Data().write(to: URL(filePath: modules.pushing(FilePath(name)).string))
    }
    let keep = place.path.appending("keep")
    try Data("kernel/a/sd_mod.ko\n".utf8).write(to: URL(filePath: keep.string))
    try await Command(
      InstallerInitrd.prune(place.path.appending("root"), modules: "/usr/lib/modules/6", keep: keep)
    ).check()
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: modules.appending("a").string) == ["sd_mod.ko"])
    #expect(!FileManager.default.fileExists(atPath: place.path.appending("root/boot").string))
  }

  @Test(
    arguments: [
      ("/dev/sda", .scsi), ("/dev/vda", .virtio), ("/dev/nvme0n1", .nvme), (nil, .nvme),
    ] as [(String?, Machine.DiskDevice)])
  func aMachineHasTheDiskThatIsNamed(path: String?, device: Machine.DiskDevice) {
    #expect(Machine.DiskDevice(path: path) == device)
  }

  @Test func aMachineStartsFromTheMedium() {
    var machine = Machine(start: .bios, disk: "/w/disk.raw", format: "raw", accelerator: .tcg)
    machine.device = .scsi
    machine.keepsWrites = true
    machine.medium = "/o/a,b.iso"
    #expect(
      machine.arguments.drop { $0 != "virtio-scsi-pci" } == [
        "virtio-scsi-pci", "-drive", "file=/w/disk.raw,format=raw,if=none,id=disk,cache=unsafe", "-device",
        "scsi-hd,drive=disk", "-netdev", "user,id=network,restrict=on", "-device",
        "virtio-net-pci,netdev=network,romfile=", "-drive",
        "file=/o/a,,b.iso,format=raw,if=none,id=medium,media=cdrom,readonly=on", "-device",
        "scsi-cd,drive=medium,bootindex=0",
      ])
  }
}
