extension ImageConfiguration {
  /// One entry of `PartitionSettings`: what a system does with a partition.
  package struct Mount: Hashable, Codable, Sendable {
    /// How /etc/fstab names the partition.
    package enum Identifier: String, Codable, Sendable, CaseIterable {
      case uuid, partuuid, partlabel
      case unset = ""
    }

    package var partition: String
    /// Empty: it is not mounted.
    package var point: String
    package var options: String
    package var identifier: Identifier
    package var removeDocs: Bool
    /// An image that the partition is laid over.
    package var overlayBaseImage: String
    /// An image that the partition's artifact is the difference to.
    package var rdiffBaseImage: String

    enum CodingKeys: String, CodingKey {
      case partition = "ID"
      case point = "MountPoint"
      case options = "MountOptions"
      case identifier = "MountIdentifier"
      case removeDocs = "RemoveDocs"
      case overlayBaseImage = "OverlayBaseImage"
      case rdiffBaseImage = "RdiffBaseImage"
    }
  }
}
