extension ImageObject {
  package static let configuration = ImageObject(
    name: "Configuration",
    keys: [
      .init(
        "Disks", .list(.object(disk)), "none for an installer's configuration; upstream builds the first"),
      .init("SystemConfigs", .list(.object(system)), "at least one; upstream builds the first"),
      .init(
        "DefaultSystemConfig", .optional(system),
        "checked and then ignored: `IsDefault` says which system is the default"),
    ])

  static let disk = ImageObject(
    name: "Disk",
    keys: [
      .init("PartitionTableType", .word(words(ImageConfiguration.Disk.Table.self)), "partition table"),
      .init(
        "MaxSize", .whole, "size of the disk in MiB; needed with partitions, unless `TargetDisk` is a path"),
      .init("TargetDisk", .object(target), "the machine's disk that an installer writes to"),
      .init("Artifacts", .list(.object(artifact)), "files made of the whole disk or root file system"),
      .init("Partitions", .list(.object(partition)), "none for a root file system without a disk"),
      .init("RawBinaries", .list(.object(rawBinary)), "bytes written to the disk as they are"),
    ])

  static let target = ImageObject(
    name: "TargetDisk",
    keys: [
      .init("Type", .known(["path"]), "`path` for a disk of the machine"),
      .init("Value", .text(), "its path, as `/dev/sda`"),
    ])

  static let artifact = ImageObject(
    name: "Artifact",
    keys: [
      .init("Name", .text(), "file name, without version and extension"),
      .init("Type", .known(ImageConfiguration.Artifact.Kind.known), "format; none for a mere `Compression`"),
      .init(
        "Compression", .known(ImageConfiguration.Artifact.Kind.known),
        "a second conversion, of the first's file"),
    ])

  static let rawBinary = ImageObject(
    name: "RawBinary",
    keys: [
      .init("BinPath", .text(), "file, relative to the configuration"),
      .init("BlockSize", .whole, "bytes"),
      .init("Seek", .whole, "blocks from the start of the disk"),
    ])

  static let partition = ImageObject(
    name: "Partition",
    keys: [
      .init("ID", .text(), "how `PartitionSettings` name it; unique"),
      .init("Name", .text(), "GPT label: at most 35 ASCII characters"),
      .init(
        "FsType", .known(ImageConfiguration.Partition.FileSystem.known), "file system; none leaves it raw"),
      .init("Type", .word([""] + PartitionType.allCases.map(\.name)), "GPT type by name"),
      .init("TypeUUID", .text(), "GPT type by UUID, instead of `Type`"),
      .init("Start", .whole, "MiB from the start of the disk"),
      .init("End", .whole, "MiB, not included; 0: up to the end of the disk, for the last partition"),
      .init(
        "Flags", .list(.word(words(ImageConfiguration.Partition.Flag.self))),
        "what parted sets; `dmroot` for an encrypted root"),
      .init("Artifacts", .list(.object(artifact)), "files made of this partition"),
    ], former: ["Grow": "it belongs into the partition file of a kickstart script"])

  static func words<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> [String]
  where Word.RawValue == String {
    Word.allCases.map(\.rawValue)
  }
}
