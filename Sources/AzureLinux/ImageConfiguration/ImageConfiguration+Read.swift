import Foundation

extension ImageConfiguration {
  /// Reads and validates a configuration. `file` is only the name that findings carry. All findings are reported at
  /// once; those about how values fit together come when each value on its own is fine.
  package static func read(
    _ data: Data, file: String
  ) -> Swift.Result<ImageConfiguration, ImageConfigurationError> {
    let findings = FindingList(file: file)
    var configuration: ImageConfiguration?
    switch JSONValue.parse(data) {
    case .failure(let error): findings.add("", .syntax(error.cause))
    case .success(.object(let object)):
      configuration = JSONObjectReader(object, path: "", findings: findings).read(top)
    case .success(let other):
      findings.add("", .invalid("expected an object, found \(other.summary)"))
    }
    if let configuration, findings.all.isEmpty {
      configuration.checkDisk(findings)
      configuration.checkSystem(findings)
      if findings.all.isEmpty { return .success(configuration) }
    }
    return .failure(ImageConfigurationError(findings: findings.all))
  }

  private static func top(_ reader: JSONObjectReader) -> ImageConfiguration? {
    let disks = reader.objects("Disks", disk)
    if disks.isEmpty, reader.value("Disks") == nil {
      reader.notSupported("Disks: an image without a disk (container, initrd, installer)")
    } else if disks.count != 1 {
      reader.invalid("Disks", "expected exactly one disk, found \(disks.count)")
    }
    let systems = reader.objects("SystemConfigs", system)
    if systems.count != 1 {
      reader.invalid("SystemConfigs", "expected exactly one system, found \(systems.count)")
    }
    guard let disk = disks.first, let system = systems.first else { return nil }
    return ImageConfiguration(disk: disk, system: system)
  }

  private static func disk(_ reader: JSONObjectReader) -> Disk {
    if let table = reader.string("PartitionTableType"), table != "gpt" {
      if table == "mbr" || table.isEmpty {
        reader.notSupported("PartitionTableType \"\(table)\"")
      } else {
        reader.invalid("PartitionTableType", "expected gpt or mbr, found \"\(table)\"")
      }
    }
    let disk = Disk(
      maxSize: reader.integer("MaxSize"), artifacts: reader.objects("Artifacts", artifact),
      partitions: reader.objects("Partitions", partition))
    reader.notYet("TargetDisk", "RawBinaries")
    return disk
  }

  private static func artifact(_ reader: JSONObjectReader) -> Artifact {
    reader.notYet("Compression")
    let kind = reader.choice(
      "Type", of: Artifact.Kind.self,
      alsoUpstream: [
        "diff", "ext4", "gz", "initrd", "ova", "qcow2", "rdiff", "squashfs", "tar.gz", "tar.xz", "vhd", "xz",
      ])
    if kind == nil, reader.value("Type") == nil { reader.invalid("Type", "is required") }
    let name = reader.required("Name")
    if name.contains("/") { reader.invalid("Name", "is a file name and must not contain /") }
    return Artifact(name: name, kind: kind ?? .raw)
  }

  private static func partition(_ reader: JSONObjectReader) -> Partition {
    let flags = partitionFlags(reader)
    let fileSystem = reader.choice(
      "FsType", of: Partition.FileSystem.self, alsoUpstream: ["xfs", "linux-swap"])
    if fileSystem == nil, reader.string("FsType") ?? "" == "" {
      reader.notSupported("FsType: a partition without a file system")
    }
    let partition = Partition(
      id: reader.required("ID"), name: reader.string("Name") ?? "", fileSystem: fileSystem ?? .ext4,
      start: reader.integer("Start"), end: reader.integer("End"), flags: flags,
      typeUUID: partitionType(reader, flags: flags))
    reader.notYet("Artifacts")
    let isLabel = partition.name.unicodeScalars.allSatisfy {
      (32...126).contains($0.value) && !"\"\\".contains(Character($0))
    }
    if partition.name.count > 35 || !isLabel {
      reader.invalid(
        "Name", "expected at most 35 printable ASCII characters other than quotes and backslashes")
    }
    return partition
  }

  private static func partitionFlags(_ reader: JSONObjectReader) -> [Partition.Flag] {
    reader.strings("Flags").enumerated().compactMap { index, word in
      if let flag = Partition.Flag(rawValue: word) { return flag }
      if ["grub", "bios_grub", "bios-grub", "dmroot"].contains(word) {
        reader.notSupported("Flags[\(index)] \"\(word)\"")
      } else {
        reader.invalid(
          "Flags[\(index)]",
          "expected one of esp, grub, bios_grub, bios-grub, boot, dmroot; found \"\(word)\"")
      }
      return nil
    }
  }

  /// The type as named, or what the flags say: on a GPT disk parted's `boot` means esp.
  private static func partitionType(_ reader: JSONObjectReader, flags: [Partition.Flag]) -> String {
    let name = reader.string("Type") ?? ""
    let uuid = reader.string("TypeUUID") ?? ""
    if !name.isEmpty, !uuid.isEmpty { reader.invalid("TypeUUID", "must not be given together with Type") }
    if !uuid.isEmpty {
      guard let parsed = UUID(uuidString: uuid) else {
        reader.invalid("TypeUUID", "expected a UUID, found \"\(uuid)\"")
        return ""
      }
      return parsed.uuidString.lowercased()
    }
    if !name.isEmpty {
      if let type = PartitionType(name: name) { return type.rawValue }
      let names = PartitionType.allCases.map(\.name).joined(separator: ", ")
      reader.invalid("Type", "expected one of \(names); found \"\(name)\"")
    }
    return (flags.isEmpty ? PartitionType.linux : .esp).rawValue
  }
}
