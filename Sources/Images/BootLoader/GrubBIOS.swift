import Foundation
import SystemPackage

/// GRUB for a BIOS: its first sector in that of the disk, the rest where the firmware's partition table leaves room,
/// as `grub2-install` lays them out, which works only on block devices.
struct GrubBIOS: Hashable, Sendable {
  /// Below `/usr/lib`, and below the image's `/boot/grub2`.
  static let platform = "grub/i386-pc"
  /// What finds `/boot`; everything else is loaded from there.
  private static let modules = [
    "biosdisk", "part_gpt", "part_msdos", "ext2", "fat", "search_fs_uuid", "normal", "configfile",
  ]

  /// Sector of the disk at which the rest begins.
  var firstSector: Int
  /// Sectors that are free there.
  var sectors: Int

  /// nil where the disk has no room: a GPT disk needs a partition with the flag `bios_grub`.
  init?(_ layout: DiskLayout) {
    if let own = layout.partitions.first(where: \.isForGRUB) {
      (firstSector, sectors) = (own.firstSector, own.sectors)
    } else if !layout.isGPT, let first = layout.partitions.map(\.firstSector).min(), first > 1 {
      (firstSector, sectors) = (1, first - 1)
    } else {
      return nil
    }
  }

  /// Read by GRUB before it knows a disk.
  static func search(_ grub: Grub) -> String {
    "search.fs_uuid \(grub.bootUUID) root\nset prefix=($root)\(grub.bootPrefix)/grub2\n"
  }

  /// To be run where the packages are that bring GRUB: `folder` holds `load.cfg`, and takes `core.img`, `boot.img` and the
  /// modules for the image. Azure Linux's programs have a 2 in their names.
  static func make(in folder: String) -> [String] {
    let place = "/usr/lib/\(platform)"
    return [
      "/bin/sh", "-ec",
      #"from=$1 to=$2; shift 2; "$(command -v grub2-mkimage || command -v grub-mkimage)" -d "$from" "$@""#
        + #"; mkdir "$to/modules"; cp "$from"/*.mod "$from"/*.lst "$to/modules"; cp "$from/boot.img" "$to""#,
      "sh", place, folder, "-O", "i386-pc", "-c", "\(folder)/load.cfg", "-p", "/boot/grub2", "-o",
      "\(folder)/core.img",
    ] + modules
  }

  private static let sector = DiskLayout.sectorSize
  /// Of the first sector, what comes before the disk's signature and its table.
  private static let codeSize = 440
  /// In the first sector: where the rest begins, eight bytes.
  private static let startPlace = 0x5c
  /// In the first sector of the rest: where the sectors after it begin, eight bytes.
  private static let restPlace = 0x1f4

  /// Puts GRUB on the disk; everything else there stays.
  func write(boot: FilePath, core: FilePath, disk: FilePath) throws {
    var first = try Data(contentsOf: URL(filePath: boot.string))
    var rest = try Data(contentsOf: URL(filePath: core.string))
    guard first.count == Self.sector, rest.count > Self.sector else {
      throw ImageError.file(boot, doing: "use", reason: "it is no first sector of GRUB")
    }
    guard rest.count <= sectors * Self.sector else {
      throw ImageError.partitionFull(
        id: "bios_grub", needed: (rest.count >> 20) + 1, size: sectors * Self.sector >> 20)
    }
    first.put(UInt64(firstSector), at: Self.startPlace)
    rest.put(UInt64(firstSector + 1), at: Self.restPlace)
    let file = try FileDescriptor.open(disk, .writeOnly, options: [.closeOnExec])
    try file.closeAfter {
      _ = try file.writeAll(toAbsoluteOffset: 0, first.prefix(Self.codeSize))
      _ = try file.writeAll(toAbsoluteOffset: Int64(firstSector * Self.sector), rest)
    }
  }
}

extension Data {
  fileprivate mutating func put(_ value: UInt64, at offset: Int) {
    Swift.withUnsafeBytes(of: value.littleEndian) {
      replaceSubrange(startIndex + offset..<startIndex + offset + 8, with: $0)
    }
  }
}
