extension ImageConfiguration {
  package struct Disk: Hashable, Codable, Sendable {
    package enum Table: String, Codable, Sendable, CaseIterable {
      case gpt, mbr
      case unset = ""
    }

    package var table: Table
    /// MiB.
    package var maxSize: Int
    package var target: Target
    package var artifacts: [Artifact]
    package var partitions: [Partition]
    package var rawBinaries: [RawBinary]

    enum CodingKeys: String, CodingKey {
      case table = "PartitionTableType"
      case maxSize = "MaxSize"
      case target = "TargetDisk"
      case artifacts = "Artifacts"
      case partitions = "Partitions"
      case rawBinaries = "RawBinaries"
    }
  }

  /// The disk of the machine that an installer writes to.
  package struct Target: Hashable, Codable, Sendable {
    package var type: String
    package var value: String

    package var isRealDisk: Bool { type == "path" }

    enum CodingKeys: String, CodingKey {
      case type = "Type"
      case value = "Value"
    }
  }

  /// Bytes that are written to the disk as they are.
  package struct RawBinary: Hashable, Codable, Sendable {
    package var path: String
    package var blockSize: Int
    /// In blocks.
    package var seek: Int

    enum CodingKeys: String, CodingKey {
      case path = "BinPath"
      case blockSize = "BlockSize"
      case seek = "Seek"
    }
  }

  /// A file made of a disk, of a partition, or of the root file system.
  package struct Artifact: Hashable, Codable, Sendable {
    /// Upstream's decoder takes any text; only the known ones can be made.
    package struct Kind: RawRepresentable, Hashable, Codable, Sendable {
      package var rawValue: String
      package init(rawValue: String) { self.rawValue = rawValue }

      package static let raw = Kind(rawValue: "raw")
      package static let vhdx = Kind(rawValue: "vhdx")
      package static let unset = Kind(rawValue: "")
      package static let known = [
        "diff", "ext4", "gz", "initrd", "ova", "qcow2", "raw", "rdiff", "squashfs", "tar.gz", "tar.xz", "vhd",
        "vhdx", "xz",
      ]
      package var isKnown: Bool { self == .unset || Self.known.contains(rawValue) }
    }

    package var name: String
    package var kind: Kind
    /// A second conversion, after that to `kind`.
    package var compression: Kind

    package init(name: String, kind: Kind, compression: Kind) {
      self.name = name
      self.kind = kind
      self.compression = compression
    }

    enum CodingKeys: String, CodingKey {
      case name = "Name"
      case kind = "Type"
      case compression = "Compression"
    }
  }
}

extension ImageConfiguration.Disk {
  /// An MBR names four partitions; of more, as upstream, all after the third lie in an extended one.
  package var hasLogicalPartitions: Bool { table == .mbr && partitions.count > 4 }
}
