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
    /// The kernel's and mount's name for the file system.
    package var fileSystem: String {
      configuration.fileSystem.isFAT ? "vfat" : configuration.fileSystem.rawValue
    }
  }

  package let uuid: String
  /// Bytes.
  package let size: Int
  package let partitions: [Partition]

  package init(_ configuration: ImageConfiguration, identity: ImageIdentity) {
    let sectors = configuration.disk.maxSize * DiskLayout.sectorsPerMiB
    uuid = identity.uuid("disk")
    size = sectors * DiskLayout.sectorSize
    partitions = configuration.disk.partitions.enumerated().map { index, partition in
      // a disk is filled up to its last MiB, which holds the second partition table
      let end = partition.end == 0 ? configuration.disk.maxSize - 1 : partition.end
      let volume = identity.volumeID("file system \(partition.id)")
      return Partition(
        configuration: partition, mount: configuration.system.mounts.first { $0.partition == partition.id },
        number: index + 1, firstSector: partition.start * DiskLayout.sectorsPerMiB,
        sectors: (end - partition.start) * DiskLayout.sectorsPerMiB,
        uuid: identity.uuid("partition \(partition.id)"),
        fileSystemUUID: partition.fileSystem.isFAT
          ? "\(volume.prefix(4))-\(volume.suffix(4))" : identity.uuid("file system \(partition.id)"))
    }
  }

  package func mounted(at point: String) -> Partition? { partitions.first { $0.mount?.point == point } }
  package var esp: Partition? { partitions.first { $0.configuration.isESP && $0.mount != nil } }

  /// What sfdisk reads.
  package var script: String {
    let head = ["label: gpt", "label-id: \(uuid)", "unit: sectors", "first-lba: 34", ""]
    let rows = partitions.map { partition in
      let name = partition.configuration.name
      return
        "start=\(partition.firstSector), size=\(partition.sectors), type=\(partition.configuration.typeUUID), "
        + "uuid=\(partition.uuid)" + (name.isEmpty ? "" : ", name=\"\(name)\"")
    }
    return (head + rows).joined(separator: "\n") + "\n"
  }
}
