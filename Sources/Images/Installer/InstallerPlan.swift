import AzureLinux
import SystemPackage

/// What the installer does on a machine: written into its initrd, so that a medium is what was built or is refused.
struct InstallerPlan: Hashable, Sendable {
  /// A path of a disk; nil: the machine's only empty disk.
  var target: String?
  /// How the installed disk starts.
  var bootType: ImageConfiguration.System.BootType
  /// Bytes of the disk image.
  var size: Int
  var disk: Digest
  /// As it lies on the medium.
  var payload: Digest

  /// Upstream's volume label.
  static let label = "CDROM"
  /// On the medium.
  static let payloadFile = "image/disk.raw.zst"
  /// Begins each line of the installer on a console.
  static let prefix = "azl-installer: "

  /// Whatever of it the kernel has: controllers, disks, optical drives and their file system.
  static let drivers = [
    "virtio_pci", "virtio_blk", "virtio_scsi", "nvme", "ahci", "ata_piix", "mptspi", "mptsas", "megaraid_sas",
    "vmw_pvscsi", "hv_vmbus", "hv_storvsc", "xhci_pci", "usb_storage", "uas", "sd_mod", "sr_mod", "isofs",
  ]

  /// `/etc/azl-installer.conf` of the initrd, as a shell reads it.
  var settings: String {
    """
    target='\(target ?? "")'
    boot='\(bootType.rawValue)'
    size='\(size)'
    disk_sha256='\(disk.hex)'
    payload_sha256='\(payload.hex)'
    payload='\(Self.payloadFile)'
    drivers='\(Self.drivers.joined(separator: " "))'

    """
  }
}
