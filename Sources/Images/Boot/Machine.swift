import SystemPackage

/// A virtual machine as QEMU's argument vector. Pure. The disk is never written: what the guest changes goes to a
/// temporary file that QEMU has already unlinked.
package struct Machine: Hashable, Sendable {
  package static let program = "qemu-system-x86_64"

  package enum Start: Hashable, Sendable {
    /// `variables` is this machine's own copy.
    case uefi(code: FilePath, variables: FilePath)
    /// QEMU's own firmware.
    case bios
    case kernel(FilePath, initrd: FilePath?, commandLine: String)
  }

  package enum DiskDevice: Hashable, Sendable {
    case nvme
    /// QEMU cannot save a machine with NVMe; the guest's kernel needs virtio_blk.
    case virtio
    /// The first disk of a SCSI controller.
    case scsi

    /// What a machine must have for its disk to be found under a path.
    package init(path: String?) {
      let name = path?.split(separator: "/").last ?? ""
      self = name.hasPrefix("vd") ? .virtio : name.hasPrefix("sd") ? .scsi : .nvme
    }

    var model: String {
      switch self {
      case .nvme: "nvme,drive=disk,serial=azl"
      case .virtio: "virtio-blk-pci,drive=disk"
      case .scsi: "scsi-hd,drive=disk"
      }
    }
  }

  /// Sockets in the machine's working directory, on which somebody must listen before it starts.
  package static let channelSocket = "channel.socket"
  package static let controlSocket = "control.socket"
  /// What the guest calls its end of the channel.
  package static let channelName = "azl.channel"

  package var start: Start
  package struct Disk: Hashable, Sendable {
    package var path: FilePath
    /// QEMU's name of the disk's format.
    package var format: String
  }

  package var disk: FilePath
  /// QEMU's name of the disk's format.
  package var format: String
  /// Those that do not boot.
  package var moreDisks: [Disk] = []
  package var accelerator: Accelerator
  /// MiB.
  package var memory: Int
  package var processors: Int
  package var device = DiskDevice.nvme
  /// What the guest writes stays on the disk.
  package var keepsWrites = false
  /// A virtio serial port besides the console.
  package var hasChannel = false
  /// An ISO in a SCSI drive, which is what the machine starts from.
  package var medium: FilePath?
  /// QEMU's own protocol.
  package var hasControl = false
  /// Starts with no state but what it is then given.
  package var awaitsState = false
  /// TCP port of this machine's loopback that leads to the guest's SSH.
  package var sshPort: Int?

  package init(
    start: Start, disk: FilePath, format: String, accelerator: Accelerator, memory: Int = 1024,
    processors: Int = 2
  ) {
    self.start = start
    self.disk = disk
    self.format = format
    self.accelerator = accelerator
    self.memory = memory
    self.processors = processors
  }

  /// The serial console is QEMU's standard input and output.
  package var arguments: [String] {
    var words = [Machine.program, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    words += ["-machine", "q35"] + accelerator.arguments
    words += ["-m", "\(memory)M", "-smp", String(processors)]
    words += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
    if medium != nil || device == .scsi { words += ["-device", "virtio-scsi-pci"] }
    let forward = sshPort.map { ",hostfwd=tcp:127.0.0.1:\($0)-:22" } ?? ""
    // a disk that is installed to for a trial need not outlive this machine's crash
    let writes = !keepsWrites ? ",snapshot=on" : medium == nil ? "" : ",cache=unsafe"
    words += [
      "-drive", "file=\(escaped(disk)),format=\(format),if=none,id=disk\(writes)",
      "-device", device.model,
    ]
    for (index, more) in moreDisks.enumerated() {
      words += [
        "-drive", "file=\(escaped(more.path)),format=\(more.format),if=none,id=disk\(index + 1),snapshot=on",
        "-device", "nvme,drive=disk\(index + 1),serial=azl\(index + 1)",
      ]
    }
    words += [
      // a network that leads nowhere: the guest's services find a device and an address
      "-netdev", "user,id=network,restrict=on\(forward)", "-device", "virtio-net-pci,netdev=network,romfile=",
    ]
    if let medium {
      words += [
        "-drive", "file=\(escaped(medium)),format=raw,if=none,id=medium,media=cdrom,readonly=on",
        "-device", "scsi-cd,drive=medium,bootindex=0",
      ]
    }
    if hasChannel {
      words += [
        "-device", "virtio-serial-pci", "-chardev", "socket,id=channel,path=\(Machine.channelSocket)",
        "-device",
        "virtserialport,chardev=channel,name=\(Machine.channelName)",
      ]
    }
    if hasControl {
      words += [
        "-chardev", "socket,id=control,path=\(Machine.controlSocket)", "-mon", "chardev=control,mode=control",
      ]
    }
    if awaitsState { words += ["-incoming", "defer"] }
    switch start {
    case .uefi(let code, let variables):
      words += [
        "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=\(escaped(code))",
        "-drive", "if=pflash,unit=1,format=raw,file=\(escaped(variables))",
      ]
    case .bios: break
    case .kernel(let kernel, let initrd, let commandLine):
      words += ["-kernel", kernel.string]
      if let initrd { words += ["-initrd", initrd.string] }
      words += ["-append", commandLine]
    }
    return words
  }

  /// A comma ends an option's value unless it is doubled.
  private func escaped(_ path: FilePath) -> String { path.string.replacing(",", with: ",,") }
}

extension Machine {
  /// The kernel's log must reach the console that is watched; the last `console=` is also where `/dev/console` is.
  package static func withConsole(_ commandLine: String) -> String {
    let words = commandLine.split(separator: " ")
    let last = words.last { $0.hasPrefix("console=") }
    return last?.hasPrefix("console=ttyS0") == true ? commandLine : commandLine + " console=ttyS0"
  }
}
