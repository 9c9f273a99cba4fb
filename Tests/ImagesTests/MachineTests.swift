import Images
import SystemPackage
import Testing

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
