import Foundation
import SystemPackage

/// The medium's files and the argument vectors that make it. Paths on it are upstream's. Pure.
struct InstallerMedium: Hashable, Sendable {
  /// Seconds since 1970; of every file, and of the volume.
  var timestamp: Int
  var title: String

  static let kernel = "isolinux/vmlinuz"
  static let initrd = "isolinux/initrd.img"
  static let efiImage = "boot/grub2/efiboot.img"
  static let biosImage = "boot/grub2/eltorito.img"
  static let configuration = "boot/grub2/grub.cfg"
  /// For programs that copy the files of a medium to a USB stick.
  static let efiFolder = "efi/boot"
  static let efiPrograms = ["bootx64.efi", "grubx64.efi"]

  /// In GRUB for a BIOS, so that it needs no module of the medium.
  private static let modules = [
    "biosdisk", "iso9660", "part_gpt", "part_msdos", "normal", "configfile", "linux", "search",
    "search_fs_uuid", "serial", "terminal", "echo", "test",
  ]

  /// The volume's time, as ISO 9660 has it.
  var digits: String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "yyyyMMddHHmmss"
    return format.string(from: Date(timeIntervalSince1970: Double(timestamp))) + "00"
  }

  /// As GRUB names the volume: its time, in parts.
  var volume: String {
    let cuts = [(0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14), (14, 16)]
    return cuts.map { String(Array(digits)[$0.0..<$0.1]) }.joined(separator: "-")
  }

  /// Of the only entry. Words of the kernel's besides are few: the initrd is told what to do by a file in it.
  var menu: String {
    """
    set timeout=0
    set default=0
    search --no-floppy --fs-uuid --set=root \(volume)
    menuentry "\(title)" {
      linux /\(Self.kernel) quiet loglevel=3 console=tty0 console=ttyS0,115200n8
      initrd /\(Self.initrd)
    }

    """
  }

  /// What GRUB reads beside itself: where the menu is.
  var stub: String {
    """
    search --no-floppy --fs-uuid --set=root \(volume)
    set prefix=($root)/boot/grub2
    configfile $prefix/grub.cfg

    """
  }

  /// To be run where the packages are that bring GRUB. `folder` holds `load.cfg`, and takes `eltorito.img`.
  static func biosImage(in folder: String) -> [String] {
    [
      "/bin/sh", "-ec", #"exec "$(command -v grub2-mkimage || command -v grub-mkimage)" "$@""#, "sh", "-d",
      "/usr/lib/\(GrubBIOS.platform)", "-O", "i386-pc-eltorito", "-c", "\(folder)/load.cfg", "-p",
      "/boot/grub2", "-o", "\(folder)/eltorito.img",
    ] + modules
  }

  /// A FAT file system of its own for UEFI: `tree` holds what is on it.
  func efiImage(_ file: FilePath, from tree: FilePath, kibibytes: Int, serial: String) -> [[String]] {
    [
      ["mkfs.vfat", "--invariant", "-i", serial, "-C", file.string, String(kibibytes)],
      [
        "mcopy", "-s", "-m", "-i", file.string, tree.appending("EFI").string, tree.appending("boot").string,
        "::/",
      ],
    ]
  }

  var environment: [String: String] {
    DiskTools(disk: "", timestamp: timestamp).environment
  }

  /// Equal times and modes for everything in a folder.
  func settle(_ folder: FilePath) -> [[String]] {
    [
      ["chmod", "-R", "u=rwX,go=rX", folder.string],
      ["find", folder.string, "-exec", "touch", "--no-dereference", "--date", "@\(timestamp)", "{}", "+"],
    ]
  }

  /// Two threads wherever it runs, as xz: the same bytes.
  static func pack(_ disk: FilePath, to file: FilePath) -> [String] {
    ["zstd", "-q", "-f", "-9", "-T2", "--no-progress", disk.string, "-o", file.string]
  }

  /// - Parameter folder: whose contents become the medium's.
  func iso(of folder: FilePath, to file: FilePath) -> [String] {
    [
      "xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-o", file.string, "-V", InstallerPlan.label,
      "--modification-date=\(digits)", "-R", "-l", "-D", "-uid", "0", "-gid", "0", "-iso-level", "3",
      "-b", Self.biosImage, "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info",
      "-c", "isolinux/boot.cat", "-eltorito-alt-boot", "-e", Self.efiImage, "-no-emul-boot", folder.string,
    ]
  }
}
