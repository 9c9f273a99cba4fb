import AzureLinux

/// The disks of an image, each with its layout; a system may mount partitions of all of them. Pure.
package struct DiskSet: Hashable, Sendable {
  /// In the order of `Disks`; at least one.
  package let layouts: [DiskLayout]

  package init(_ configuration: ImageConfiguration, identity: ImageIdentity) {
    layouts = configuration.disks.indices.map {
      DiskLayout(configuration, disk: $0, identity: identity)
    }
  }

  /// The one that boots.
  package var first: DiskLayout { layouts[0] }
  package var partitions: [DiskLayout.Partition] { layouts.flatMap(\.partitions) }

  package func mounted(at point: String) -> DiskLayout.Partition? {
    partitions.first { $0.mount?.point == point }
  }
  package var protection: Protection? { mounted(at: "/")?.protection }
  /// Of a root that dm-verity verifies.
  package var hashes: DiskLayout.Partition? {
    partitions.first { $0.configuration.typeUUID == Verity.partitionType && $0.mount == nil }
  }
  package var esp: DiskLayout.Partition? { partitions.first { $0.configuration.isESP && $0.mount != nil } }
}
