import Foundation

extension ImageConfiguration {
  package struct Partition: Hashable, Codable, Sendable {
    /// Upstream's decoder takes any text; only the known ones can be made.
    package struct FileSystem: RawRepresentable, Hashable, Codable, Sendable {
      package var rawValue: String
      package init(rawValue: String) { self.rawValue = rawValue }

      package static let fat32 = FileSystem(rawValue: "fat32")
      package static let ext2 = FileSystem(rawValue: "ext2")
      package static let ext4 = FileSystem(rawValue: "ext4")
      package static let known = ["fat32", "fat16", "vfat", "ext2", "ext3", "ext4", "xfs", "linux-swap"]
      package var isKnown: Bool { rawValue.isEmpty || Self.known.contains(rawValue) }
      package var isFAT: Bool { ["fat32", "fat16", "vfat"].contains(rawValue) }
      package var isExt: Bool { ["ext2", "ext3", "ext4"].contains(rawValue) }
    }
    package enum Flag: String, Codable, Sendable, CaseIterable {
      case esp, grub, boot, dmroot
      case biosGrub = "bios_grub"
      case biosGrubLegacy = "bios-grub"
    }

    package var id: String
    /// GPT label.
    package var name: String
    package var fileSystem: FileSystem
    /// One of `PartitionType.name`, or empty.
    package var typeName: String
    package var givenTypeUUID: String
    /// MiB from the start of the disk.
    package var start: Int
    /// MiB, not included; 0: up to the end of the disk.
    package var end: Int
    package var flags: [Flag]
    package var artifacts: [Artifact]

    enum CodingKeys: String, CodingKey {
      case id = "ID"
      case name = "Name"
      case fileSystem = "FsType"
      case typeName = "Type"
      case givenTypeUUID = "TypeUUID"
      case start = "Start"
      case end = "End"
      case flags = "Flags"
      case artifacts = "Artifacts"
    }
  }
}

extension ImageConfiguration.Partition {
  /// GPT partition type, lower case: the one given, or what the flags say. On a GPT disk parted's `boot` means esp.
  package var typeUUID: String {
    if let uuid = UUID(uuidString: givenTypeUUID) { return uuid.uuidString.lowercased() }
    if let type = PartitionType(name: typeName) { return type.rawValue }
    return (flags.contains { [.esp, .boot].contains($0) } ? PartitionType.esp : .linux).rawValue
  }

  package var isESP: Bool { typeUUID == PartitionType.esp.rawValue }
}
