import AzureLinux

/// Where everything lies on the disk and what it is called. Pure.
package struct DiskLayout: Hashable, Sendable {
  package static let sectorSize = 512
  private static let sectorsPerMiB = (1 << 20) / sectorSize

  package struct Partition: Hashable, Sendable {
    package var configuration: ImageConfiguration.Partition
    package var mount: ImageConfiguration.Mount?
    /// From 1.
    package var number: Int
    package var firstSector: Int
    package var sectors: Int
    /// PARTUUID.
    package var uuid: String
    /// A UUID, or XXXX-XXXX on FAT.
    package var fileSystemUUID: String

    package var id: String { configuration.id }
    /// Bytes.
    package var offset: Int { firstSector * DiskLayout.sectorSize }
    /// Bytes.
    package var size: Int { sectors * DiskLayout.sectorSize }

    /// As fstab names it.
    package var identifier: String {
      switch mount?.identifier ?? .partuuid {
      case .uuid: "UUID=\(fileSystemUUID)"
      case .partuuid, .unset: "PARTUUID=\(uuid)"
      case .partlabel: "PARTLABEL=\(configuration.name.replacing(" ", with: "\\040"))"
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

  /// GPT, otherwise MBR.
  package let isGPT: Bool
  /// A UUID, or eight digits on MBR.
  package let uuid: String
  /// Bytes.
  package let size: Int
  package let partitions: [Partition]

  package init(_ configuration: ImageConfiguration, identity: ImageIdentity) {
    let sectors = configuration.disk.maxSize * DiskLayout.sectorsPerMiB
    let isGPT = configuration.disk.table != .mbr
    let uuid = isGPT ? identity.uuid("disk") : identity.volumeID("disk").lowercased()
    (self.isGPT, self.uuid) = (isGPT, uuid)
    size = sectors * DiskLayout.sectorSize
    partitions = configuration.disk.partitions.enumerated().map { index, partition in
      // GPT fills a disk up to its last MiB, which holds the second partition table
      let end = partition.end == 0 ? configuration.disk.maxSize - (isGPT ? 1 : 0) : partition.end
      let volume = identity.volumeID("file system \(partition.id)")
      return Partition(
        configuration: partition, mount: configuration.system.mounts.first { $0.partition == partition.id },
        number: index + 1, firstSector: partition.start * DiskLayout.sectorsPerMiB,
        sectors: (end - partition.start) * DiskLayout.sectorsPerMiB,
        uuid: isGPT ? identity.uuid("partition \(partition.id)") : "\(uuid)-0\(index + 1)",
        fileSystemUUID: partition.fileSystem.isFAT
          ? "\(volume.prefix(4))-\(volume.suffix(4))" : identity.uuid("file system \(partition.id)"))
    }
  }

  package func mounted(at point: String) -> Partition? { partitions.first { $0.mount?.point == point } }
  package var esp: Partition? { partitions.first { $0.configuration.isESP && $0.mount != nil } }

  /// What sfdisk reads.
  package var script: String {
    let head = isGPT ? ["label: gpt", "label-id: \(uuid)"] : ["label: dos", "label-id: 0x\(uuid)"]
    let rows = partitions.map { partition in
      "start=\(partition.firstSector), size=\(partition.sectors), "
        + (isGPT ? gptRow(partition) : mbrRow(partition))
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
