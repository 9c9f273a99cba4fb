/// How the values of a configuration must fit together.
extension ImageConfiguration {
  func checkDisk(_ findings: FindingList) {
    func report(_ path: String, _ rule: String) { findings.add("Disks[0].\(path)", .invalid(rule)) }

    if disk.artifacts.isEmpty { report("Artifacts", "needs at least one entry, or nothing would be made") }
    let files = disk.artifacts.map { "\($0.name).\($0.kind)" }
    if Set(files).count != files.count { report("Artifacts", "two entries have the same name and type") }
    if disk.maxSize == 0 { report("MaxSize", "must be greater than 0 (MiB)") }
    if disk.partitions.isEmpty { report("Partitions", "needs at least one entry") }
    if disk.partitions.count > 128 { report("Partitions", "a GPT disk holds at most 128") }

    var ids = Set<String>()
    var previousEnd = 1
    for (index, partition) in disk.partitions.enumerated() {
      let place = "Partitions[\(index)]"
      if !ids.insert(partition.id).inserted { report("\(place).ID", "\"\(partition.id)\" is used twice") }
      if partition.start < previousEnd {
        report(
          "\(place).Start",
          index == 0
            ? "must be at least 1: the first MiB holds the partition table"
            : "overlaps the partition before it, which ends at \(previousEnd)")
      }
      let isLast = index == disk.partitions.count - 1
      if partition.end == 0 {
        if !isLast { report("\(place).End", "0 (fill the disk) is for the last partition only") }
        // the last MiB holds the second copy of the partition table
        if partition.start >= disk.maxSize - 1 { report("\(place).Start", "leaves no room before MaxSize") }
      } else if partition.end <= partition.start {
        report("\(place).End", "must be greater than Start")
      } else if partition.end >= disk.maxSize {
        report("\(place).End", "must be less than MaxSize: the last MiB holds the second partition table")
      }
      previousEnd = max(previousEnd, partition.end)
    }
  }

  func checkSystem(_ findings: FindingList) {
    func report(_ path: String, _ rule: String) { findings.add("SystemConfigs[0].\(path)", .invalid(rule)) }
    checkMounts(report)
    checkAccounts(report)

    let labels = system.hostname.split(separator: ".", omittingEmptySubsequences: false)
    let isName = labels.allSatisfy { label in
      (1...63).contains(label.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || isLetter($0) || $0 == 45 }
    }
    if !system.hostname.isEmpty, !isName {
      report("Hostname", "\"\(system.hostname)\" is not a DNS name: letters, digits and - only")
    }
    for file in system.additionalFiles {
      if !isPlainAbsolute(file.destination) {
        report(
          "AdditionalFiles[\"\(file.source)\"]", "\"\(file.destination)\" is not an absolute path without ..")
      }
      if let digits = file.permissions, Int(digits, radix: 8).map({ (0...0o777).contains($0) }) != true {
        report("AdditionalFiles[\"\(file.source)\"]", "permissions \"\(digits)\" are not octal from 0 to 777")
      }
    }
    if system.packages.contains(system.kernel) {
      report("Packages", "\(system.kernel) belongs in KernelOptions only")
    }
  }

  private func checkMounts(_ report: (String, String) -> Void) {
    var points = Set<String>()
    var partitions = Set<String>()
    for (index, mount) in system.mounts.enumerated() {
      let place = "PartitionSettings[\(index)]"
      if !isPlainAbsolute(mount.point) {
        report("\(place).MountPoint", "\"\(mount.point)\" is not an absolute path without ..")
      }
      if !points.insert(mount.point).inserted {
        report("\(place).MountPoint", "\(mount.point) is used twice")
      }
      if !partitions.insert(mount.partition).inserted { report("\(place).ID", "is mounted twice") }
      guard let partition = partition(mount.partition) else {
        report("\(place).ID", "no partition of Disks[0] has the ID \"\(mount.partition)\"")
        continue
      }
      if mount.identifier == .partlabel, partition.name.isEmpty {
        report("\(place).MountIdentifier", "partlabel needs a Name on partition \"\(mount.partition)\"")
      }
    }
    guard let root = system.mounts.first(where: { $0.point == "/" }),
      let rootPartition = partition(root.partition)
    else { return report("PartitionSettings", "no partition is mounted at /") }
    if rootPartition.fileSystem.isFAT { report("PartitionSettings", "/ must be on ext2, ext3 or ext4") }

    let esps = system.mounts.filter { partition($0.partition)?.isESP == true }
    if esps.count != 1 {
      report("BootType", "efi needs exactly one mounted partition with the flag esp, found \(esps.count)")
    } else if let esp = partition(esps[0].partition), !esp.fileSystem.isFAT {
      report("BootType", "efi needs fat32, fat16 or vfat on partition \"\(esp.id)\"")
    }
  }

  private func checkAccounts(_ report: (String, String) -> Void) {
    for (kind, names) in [("Users", system.users.map(\.name)), ("Groups", system.groups.map(\.name))] {
      var seen = Set<String>()
      for (index, name) in names.enumerated() {
        let isWord = name.utf8.allSatisfy {
          isLetter($0) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || [45, 46, 95].contains($0)
        }
        if !isWord || name.hasPrefix("-") { report("\(kind)[\(index)].Name", "\"\(name)\" is not a name") }
        if !seen.insert(name).inserted { report("\(kind)[\(index)].Name", "\"\(name)\" is used twice") }
      }
    }
    for (index, user) in system.users.enumerated() {
      if user.password.contains(where: { $0.isNewline || $0 == ":" && user.passwordHashed }) {
        report("Users[\(index)].Password", "must be one line")
      }
      if user.startupCommand.contains(where: { $0.isNewline || $0 == ":" }) {
        report(
          "Users[\(index)].StartupCommand", "must not contain : or a line break: it is a field of passwd")
      }
    }
  }
}

private func isLetter(_ byte: UInt8) -> Bool {
  UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
}

private func isPlainAbsolute(_ path: String) -> Bool {
  path.hasPrefix("/") && !path.contains(where: { $0.isNewline || $0.isWhitespace })
    && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
}
