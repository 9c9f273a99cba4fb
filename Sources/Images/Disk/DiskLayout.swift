import AzureLinux

/// Where everything lies on a disk and what it is called. Pure.
package struct DiskLayout: Hashable, Sendable {
  package static let sectorSize = 512
  private static let sectorsPerMiB = (1 << 20) / sectorSize

  package struct Partition: Hashable, Sendable {
    package var configuration: ImageConfiguration.Partition
    package var mount: ImageConfiguration.Mount?
    /// Of the disk, in `Disks`.
    package var disk: Int
    /// From 1.
    package var number: Int
    package var firstSector: Int
    package var sectors: Int
    /// PARTUUID.
    package var uuid: String
    /// A UUID, or XXXX-XXXX on FAT.
    package var fileSystemUUID: String
    /// Of the root.
    package var protection: Protection?
    /// Of an encrypted partition.
    package var headerUUID = ""

    package var id: String { configuration.id }
    /// Bytes.
    package var offset: Int { firstSector * DiskLayout.sectorSize }
    /// Bytes.
    package var size: Int { sectors * DiskLayout.sectorSize }

    /// Bytes that the file system has.
    package var fileSystemSize: Int { size - (protection == .encryption ? LUKS.reserve : 0) }

    /// What the kernel is told to mount.
    package var device: String { protection?.device(uuid: headerUUID) ?? "PARTUUID=\(uuid)" }

    /// As fstab names it.
    package var identifier: String {
      if let protection { return protection.device(uuid: headerUUID) }
      switch mount?.identifier ?? .partuuid {
      case .uuid: return "UUID=\(fileSystemUUID)"
      case .partuuid, .unset: return "PARTUUID=\(uuid)"
      case .partlabel: return "PARTLABEL=\(configuration.name.replacing(" ", with: "\\040"))"
      }
    }
    package var isSwap: Bool { configuration.fileSystem.rawValue == "linux-swap" }
    /// Room for GRUB, not for files.
    package var isForGRUB: Bool {
      configuration.flags.contains { [.grub, .biosGrub, .biosGrubLegacy].contains($0) }
    }
    /// The kernel's and mount's name for the file system.
    package var fileSystem: String {
      configuration.fileSystem.isFAT ? "vfat" : configuration.fileSystem.rawValue
    }
  }

  /// In `Disks`.
  package let index: Int
  /// GPT, otherwise MBR.
  package let isGPT: Bool
  /// A UUID, or eight digits on MBR.
  package let uuid: String
  /// Bytes.
  package let size: Int
  package let partitions: [Partition]
  /// Sectors of the fourth partition of an MBR, which holds all from `mostPrimary` on; nil where four are enough.
  package let extended: Range<Int>?

  /// As upstream: more than four partitions are three, and the others in an extended one.
  private static let mostPrimary = 3

  package init(_ configuration: ImageConfiguration, disk index: Int = 0, identity: ImageIdentity) {
    let disk = configuration.disks[index]
    let isGPT = disk.table != .mbr
    let name = index == 0 ? "disk" : "disk \(index)"
    let uuid = isGPT ? identity.uuid(name) : identity.volumeID(name).lowercased()
    (self.index, self.isGPT, self.uuid) = (index, isGPT, uuid)
    size = disk.maxSize * DiskLayout.sectorsPerMiB * DiskLayout.sectorSize
    let isExtended = disk.hasLogicalPartitions
    // GPT fills a disk up to its last MiB, which holds the second partition table
    func end(_ partition: ImageConfiguration.Partition) -> Int {
      partition.end == 0 ? disk.maxSize - (isGPT ? 1 : 0) : partition.end
    }
    var made = disk.partitions.enumerated().map { place, partition in
      let isLogical = isExtended && place >= DiskLayout.mostPrimary
      // what describes a logical partition lies before it; a MiB for that keeps everything at whole MiB
      let start = partition.start + (isLogical ? 1 : 0)
      let number = place + (isLogical ? 2 : 1)
      let volume = identity.volumeID("file system \(partition.id)")
      return Partition(
        configuration: partition, mount: configuration.system.mounts.first { $0.partition == partition.id },
        disk: index, number: number, firstSector: start * DiskLayout.sectorsPerMiB,
        sectors: (end(partition) - start) * DiskLayout.sectorsPerMiB,
        uuid: isGPT
          ? identity.uuid("partition \(partition.id)")
          : "\(uuid)-\(number < 16 ? "0" : "")\(String(number, radix: 16))",
        fileSystemUUID: partition.fileSystem.isFAT
          ? "\(volume.prefix(4))-\(volume.suffix(4))" : identity.uuid("file system \(partition.id)"))
    }
    if let root = made.firstIndex(where: { $0.mount?.point == "/" }) {
      made[root].protection = Protection(configuration.system)
      made[root].headerUUID = identity.uuid("header \(made[root].id)")
      if made[root].protection == .verity {
        made.append(made[root].takeHashes(identity, number: made.count + 1))
      }
    }
    partitions = made
    extended =
      isExtended
      ? disk.partitions[DiskLayout.mostPrimary].start * DiskLayout.sectorsPerMiB..<end(
        disk.partitions[disk.partitions.count - 1]) * DiskLayout.sectorsPerMiB : nil
  }

  /// What sfdisk reads.
  package var script: String {
    let head = isGPT ? ["label: gpt", "label-id: \(uuid)"] : ["label: dos", "label-id: 0x\(uuid)"]
    var rows = partitions.map { partition in
      "start=\(partition.firstSector), size=\(partition.sectors), "
        + (isGPT ? gptRow(partition) : mbrRow(partition))
    }
    if let extended {
      rows.insert("start=\(extended.lowerBound), size=\(extended.count), type=5", at: DiskLayout.mostPrimary)
    }
    return (head + ["unit: sectors"] + (isGPT ? ["first-lba: 34"] : []) + [""] + rows).joined(separator: "\n")
      + "\n"
  }

  /// GRUB's partition has a type of its own, whatever else is said.
  private func gptRow(_ partition: Partition) -> String {
    let name = partition.configuration.name
    let type =
      partition.isForGRUB ? "21686148-6449-6e6f-744e-656564454649" : partition.configuration.typeUUID
    return "type=\(type), uuid=\(partition.uuid)" + (name.isEmpty ? "" : ", name=\"\(name)\"")
  }

  private func mbrRow(_ partition: Partition) -> String {
    let type =
      partition.configuration.isESP
      ? "ef" : partition.isSwap ? "82" : partition.configuration.fileSystem.isFAT ? "c" : "83"
    return "type=\(type)" + (partition.mount?.point == "/" ? ", bootable" : "")
  }
}

extension DiskLayout.Partition {
  /// - Returns: the last part of it, as a partition for the hashes of the rest.
  fileprivate mutating func takeHashes(_ identity: ImageIdentity, number: Int) -> Self {
    var hashes = self
    hashes.configuration.id = "\(id)-verity"
    hashes.configuration.name = configuration.name.isEmpty ? "" : "\(configuration.name)-verity"
    hashes.configuration.fileSystem = .init(rawValue: "")
    hashes.configuration.givenTypeUUID = Verity.partitionType
    hashes.configuration.flags = []
    hashes.configuration.artifacts = []
    (hashes.mount, hashes.protection, hashes.number) = (nil, nil, number)
    hashes.uuid = identity.uuid("partition \(hashes.id)")
    hashes.fileSystemUUID = identity.uuid("file system \(hashes.id)")
    sectors = Verity.dataSize(of: size) / DiskLayout.sectorSize
    hashes.firstSector += sectors
    hashes.sectors -= sectors
    return hashes
  }
}
