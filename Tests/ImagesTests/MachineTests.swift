import Foundation
import SystemPackage
import Testing

@testable import Images

@Suite struct MachineTests {
  private let common = [
    "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine",
    "q35",
  ]
  private let console = ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
  private func devices(_ drive: String) -> [String] {
    [
      "-drive", drive, "-device", "nvme,drive=disk,serial=azl", "-netdev", "user,id=network,restrict=on",
      "-device",
      "virtio-net-pci,netdev=network,romfile=",
    ]
  }

  @Test func bootsAVHDXUnderUEFI() {
    let machine = Machine(
      start: .uefi(code: "/f/CODE.fd", variables: "/w/variables.fd"), disk: "/out/a,b.vhdx", format: "vhdx",
      accelerator: .tcg)
    #expect(
      machine.arguments == common + ["-accel", "tcg,thread=multi", "-cpu", "max", "-m", "1024M", "-smp", "2"]
        + console
        + devices("file=/out/a,,b.vhdx,format=vhdx,if=none,id=disk,snapshot=on") + [
          "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=/f/CODE.fd", "-drive",
          "if=pflash,unit=1,format=raw,file=/w/variables.fd",
        ])
  }

  @Test func bootsAKernelDirectly() {
    let machine = Machine(
      start: .kernel("/out/vmlinuz", initrd: "/out/initrd", commandLine: "root=PARTUUID=x console=ttyS0"),
      disk: "/out/a.raw", format: "raw", accelerator: .kvm, memory: 512, processors: 1)
    #expect(
      machine.arguments == common + ["-accel", "kvm", "-cpu", "host", "-m", "512M", "-smp", "1"] + console
        + devices("file=/out/a.raw,format=raw,if=none,id=disk,snapshot=on") + [
          "-kernel", "/out/vmlinuz", "-initrd", "/out/initrd", "-append", "root=PARTUUID=x console=ttyS0",
        ])
  }

  @Test func theOtherDisksComeAfterTheOneThatBoots() {
    var machine = Machine(start: .bios, disk: "/o/a.vhd", format: "vpc", accelerator: .tcg)
    machine.moreDisks = [.init(path: "/o/b,c.raw", format: "raw"), .init(path: "/o/d.vhdx", format: "vhdx")]
    #expect(
      machine.arguments.drop { $0 != "nvme,drive=disk,serial=azl" }.prefix(9) == [
        "nvme,drive=disk,serial=azl", "-drive", "file=/o/b,,c.raw,format=raw,if=none,id=disk1,snapshot=on",
        "-device", "nvme,drive=disk1,serial=azl1", "-drive",
        "file=/o/d.vhdx,format=vhdx,if=none,id=disk2,snapshot=on", "-device", "nvme,drive=disk2,serial=azl2",
      ])
  }

  @Test func aMachineThatIsResumedHasNoNVMe() {
    var machine = Machine(
      start: .kernel("/k", initrd: "/i", commandLine: "c"), disk: "/m/disk.qcow2", format: "qcow2",
      accelerator: .tcg)
    machine.device = .virtio
    machine.hasChannel = true
    machine.hasControl = true
    machine.awaitsState = true
    machine.sshPort = 2222
    let words = machine.arguments
    #expect(words.contains("virtio-blk-pci,drive=disk") && !words.contains { $0.hasPrefix("nvme") })
    #expect(words.contains("user,id=network,restrict=on,hostfwd=tcp:127.0.0.1:2222-:22"))
    #expect(
      words.drop { $0 != "virtio-serial-pci" } == [
        "virtio-serial-pci", "-chardev", "socket,id=channel,path=channel.socket", "-device",
        "virtserialport,chardev=channel,name=azl.channel", "-chardev",
        "socket,id=control,path=control.socket",
        "-mon", "chardev=control,mode=control", "-incoming", "defer", "-kernel", "/k", "-initrd", "/i",
        "-append",
        "c",
      ])
    machine.keepsWrites = true
    #expect(machine.arguments.contains("file=/m/disk.qcow2,format=qcow2,if=none,id=disk"))
  }

  @Test func qemuIsSpokenToInJSON() {
    #expect(
      String(decoding: MachineControl.migrate("migrate", "exec:cat > '/a \"b'"), as: UTF8.self)
        == "{\"execute\": \"migrate\", \"arguments\": {\"uri\": \"exec:cat > '/a \\\"b'\"}}\n")
  }

  @Test func modulesComeAfterWhatTheyNeed() {
    let dependencies = """
      kernel/a/virtio.ko:
      kernel/a/virtio_ring.ko: kernel/a/virtio.ko
      kernel/a/virtio_pci.ko.xz: kernel/a/virtio_ring.ko kernel/a/virtio.ko
      kernel/b/virtio-blk.ko: kernel/a/virtio_ring.ko kernel/a/virtio.ko
      kernel/b/other.ko:
      """
    #expect(
      HotInitrd.order(["virtio_pci", "virtio_blk", "builtin"], dependencies: dependencies) == [
        "kernel/a/virtio.ko", "kernel/a/virtio_ring.ko", "kernel/a/virtio_pci.ko.xz",
        "kernel/b/virtio-blk.ko",
      ])
  }

  @Test(
    arguments: [
      (["lz4", "kernel-devel"], "kernel-devel"), (["systemd"], "systemd"), (["lz4", "kernels"], nil),
      (["grub2-efi-binary"], "grub2-efi-binary"), ([], nil),
    ] as [([String], String?)])
  func whatTakesPartInBootingIsBooted(names: [String], found: String?) {
    #expect(HotRunner.bootPackage(among: names) == found)
  }

  @Test func theWatchedConsoleIsTheLastOne() {
    #expect(Machine.withConsole("rw") == "rw console=ttyS0")
    #expect(Machine.withConsole("console=ttyS0 console=tty0") == "console=ttyS0 console=tty0 console=ttyS0")
    #expect(Machine.withConsole("console=tty0 console=ttyS0,115200") == "console=tty0 console=ttyS0,115200")
  }

  @Test func theFirstFirmwareThatIsWholeIsTaken() {
    #expect(Firmware.installed { $0.contains("edk2/ovmf") }?.code == "/usr/share/edk2/ovmf/OVMF_CODE.fd")
    #expect(Firmware.installed { $0.contains("CODE") } == nil)
  }

  @Test func theProbeGuestSitsOnAFloppy() {
    #expect(
      AcceleratorProbe.arguments(.kvm, disk: "/t/p") == [
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine",
        "pc",
        "-m", "64M", "-accel", "kvm", "-cpu", "host", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
        "-drive",
        "file=/t/p,format=raw,if=floppy,readonly=on",
      ])
  }
}
