import Foundation

/// What the disk must be like for the image to come out, beyond upstream's rules.
extension RefusalList {
  func checkArtifacts(of disks: [ImageConfiguration.Disk]) {
    var seen = Set<ImageConfiguration.Artifact>()
    func checkNames(_ artifacts: [ImageConfiguration.Artifact], _ path: String) {
      for (index, artifact) in artifacts.enumerated() {
        let isName = !isBlank(artifact.name) && !artifact.name.contains("/")
        need("\(path).Artifacts[\(index)].Name", "must be a file name", unless: isName)
      }
      let isDistinct = artifacts.allSatisfy { seen.insert($0).inserted }
      need("\(path).Artifacts", "must not have the same name and type twice", unless: isDistinct)
    }
    for (number, disk) in disks.enumerated() {
      let path = "Disks[\(number)]"
      need(
        "\(path).Artifacts", "needs at least one entry, or nothing would be made",
        unless: !disk.artifacts.isEmpty)
      checkNames(disk.artifacts, path)
      for (index, partition) in disk.partitions.enumerated() {
        checkNames(partition.artifacts, "\(path).Partitions[\(index)]")
      }
    }
  }

  func checkLayout(of disk: ImageConfiguration.Disk, _ path: String) {
    let isMBR = disk.table == .mbr
    // sfdisk numbers the partitions of an MBR up to 60, and the fourth holds the others
    let most = isMBR ? 59 : 128
    need(
      "\(path).Partitions", "needs 1 to \(most) entries", unless: (1...most).contains(disk.partitions.count))
    // the second copy of a GPT is in the last MiB
    let end = isMBR ? disk.maxSize : disk.maxSize - 1
    var previousEnd = 1
    for (index, partition) in disk.partitions.enumerated() {
      let place = "\(path).Partitions[\(index)]"
      let isLast = index == disk.partitions.count - 1
      checkNames(of: partition, place)
      let isLogical = disk.hasLogicalPartitions && index > 2
      if isLogical {
        let size = (partition.end == 0 ? end : partition.end) - partition.start
        need(
          "\(place).End", "must be at least 2 after Start: a logical partition begins 1 MiB after it",
          unless: size > 1)
      }
      need(
        "\(place).Start",
        index == 0
          ? "must be at least 1: the first MiB holds the partition table"
          : "must not be before \(previousEnd), where the partition before it ends",
        unless: partition.start >= previousEnd)
      if partition.end == 0 {
        need("\(place).End", "0 (fill the disk) is for the last partition only", unless: isLast)
        need("\(place).Start", "leaves no room before MaxSize", unless: partition.start < end)
      } else {
        need("\(place).End", "must be greater than Start", unless: partition.end > partition.start)
        need(
          "\(place).End",
          isMBR
            ? "must not be greater than MaxSize"
            : "must be less than MaxSize: the last MiB holds the second partition table",
          unless: partition.end <= end)
      }
      previousEnd = max(previousEnd, partition.end)
    }
  }

  private func checkNames(of partition: ImageConfiguration.Partition, _ place: String) {
    need("\(place).ID", "must not be blank", unless: !isBlank(partition.id))
    let isUUID = partition.givenTypeUUID.isEmpty || UUID(uuidString: partition.givenTypeUUID) != nil
    need("\(place).TypeUUID", "must be a UUID", unless: isUUID)
    let isLabel = partition.name.unicodeScalars.allSatisfy {
      (32...126).contains($0.value) && !"\"\\".contains(Character($0))
    }
    need("\(place).Name", "must have printable characters, and no quotes or backslashes", unless: isLabel)
  }

  func checkMounts(of system: ImageConfiguration.System, on disks: [ImageConfiguration.Disk]) {
    let path = "SystemConfigs[0]"
    var partitions = Set<String>()
    for (index, mount) in system.partitionSettings.enumerated() where !mount.point.isEmpty {
      let place = "\(path).PartitionSettings[\(index)]"
      need(
        "\(place).MountPoint", "\"\(mount.point)\" is not an absolute path without ..",
        unless: isPlainAbsolute(mount.point))
      need("\(place).ID", "is mounted twice", unless: partitions.insert(mount.partition).inserted)
      need(
        "\(place).MountOptions", "must not contain blanks: it is one field of /etc/fstab",
        unless: !mount.options.contains(where: \.isWhitespace))
      need("\(place).MountIdentifier", "must not be empty", unless: mount.identifier != .unset)
    }
    func partition(_ mount: ImageConfiguration.Mount) -> ImageConfiguration.Partition? {
      disks.flatMap(\.partitions).first { $0.id == mount.partition }
    }
    guard let root = system.mounts.first(where: { $0.point == "/" }) else {
      return need("\(path).PartitionSettings", "must mount a partition at /")
    }
    let isExt = partition(root)?.fileSystem.isExt == true
    need("\(path).PartitionSettings", "must mount / from ext2, ext3 or ext4", unless: isExt)
    for (index, mount) in system.partitionSettings.enumerated() where !mount.point.isEmpty {
      let type = partition(mount)?.fileSystem
      need(
        "\(path).PartitionSettings[\(index)]", "mounts a partition that has no file system to be filled",
        unless: type?.isExt == true || type?.isFAT == true)
    }
    checkProtection(
      of: system, path,
      table: disks.first { disk in disk.partitions.contains { $0.id == root.partition } }?.table)
    switch system.bootType {
    case .efi: checkESP(of: system, path, partition)
    case .legacy:
      let hasRoom = disks[0].partitions.contains { part in
        part.flags.contains { [.grub, .biosGrub, .biosGrubLegacy].contains($0) }
      }
      need(
        "\(path).BootType", "legacy on a GPT disk needs a partition with the flag bios_grub",
        unless: disks[0].table == .mbr || hasRoom)
    case .nothing, .unset: break
    }
  }

  private func checkProtection(
    of system: ImageConfiguration.System, _ path: String, table: ImageConfiguration.Disk.Table?
  ) {
    if system.verityRoot.isEnabled {
      need(
        "\(path).ReadOnlyVerityRoot", "cannot be had together with Encryption",
        unless: !system.encryption.isEnabled)
      need(
        "\(path).ReadOnlyVerityRoot", "needs the root on a gpt disk: its hashes are a partition of their own",
        unless: table != .mbr)
    }
    if system.encryption.isEnabled {
      let password = system.encryption.password
      need(
        "\(path).Encryption.Password", "must be one line, and not empty: it is typed when the image boots",
        unless: !password.isEmpty && !password.contains(where: \.isNewline))
    }
  }

  private func checkESP(
    of system: ImageConfiguration.System, _ path: String,
    _ partition: (ImageConfiguration.Mount) -> ImageConfiguration.Partition?
  ) {
    let esps = system.mounts.filter { partition($0)?.isESP == true }
    need(
      "\(path).BootType", "efi needs exactly one mounted partition with the flag esp, found \(esps.count)",
      unless: esps.count == 1)
    if let esp = esps.first.flatMap(partition) {
      need(
        "\(path).BootType", "efi needs fat32, fat16 or vfat on partition \"\(esp.id)\"",
        unless: esp.fileSystem.isFAT)
    }
  }
}

func isPlainAbsolute(_ path: String) -> Bool {
  path.hasPrefix("/") && !path.contains(where: \.isWhitespace)
    && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
}
