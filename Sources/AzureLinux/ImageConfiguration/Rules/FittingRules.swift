/// Rules about how disks and systems fit together.
struct FittingRules {
  let findings: FindingList
  let configuration: ImageConfiguration

  func check() {
    if configuration.systems.isEmpty {
      findings.add(.systemMissing, "SystemConfigs", "needs at least one system")
    }
    if configuration.defaultSystem != nil {
      findings.add(
        .noEffect, "DefaultSystemConfig", "is ignored: IsDefault of a system says which is the default")
    }
    let defaults = configuration.systems.indices.filter { configuration.systems[$0].isDefault }
    for index in defaults.dropFirst() {
      findings.add(
        .severalDefaults, "SystemConfigs[\(index)].IsDefault",
        "SystemConfigs[\(defaults[0])] is the default already")
    }
    for (index, system) in configuration.systems.enumerated() { check(system, at: "SystemConfigs[\(index)]") }
  }

  private func check(_ system: ImageConfiguration.System, at path: String) {
    for (index, mount) in system.partitionSettings.enumerated() {
      let place = "\(path).PartitionSettings[\(index)]"
      guard let partition = configuration.partition(mount.partition),
        let disk = configuration.disk(with: mount.partition)
      else {
        findings.add(
          .partitionMissing, "\(place).ID",
          "no disk has a partition \"\(mount.partition)\"" + near(mount.partition))
        continue
      }
      guard mount.identifier == .partlabel else { continue }
      if disk.table != .gpt {
        findings.add(.partlabel, "\(place).MountIdentifier", "partlabel needs PartitionTableType gpt")
      }
      if partition.name.isEmpty {
        findings.add(
          .partlabel, "\(place).MountIdentifier", "partlabel needs a Name of partition \"\(partition.id)\"")
      }
    }
    checkEncryption(system, path)
    if system.isKickStartBoot, !configuration.disks.isEmpty || !system.partitionSettings.isEmpty {
      findings.add(
        .kickstart, "\(path).IsKickStartBoot",
        "Disks and PartitionSettings must not be given: a pre-install script writes the partitions")
    }
  }

  private func near(_ id: String) -> String {
    let ids = configuration.disks.flatMap { $0.partitions.map(\.id) }
    return nearestNames(to: id, in: ids).first.map { "; did you mean \($0)?" } ?? ""
  }

  private func checkEncryption(_ system: ImageConfiguration.System, _ path: String) {
    // without a disk the installer chooses
    if system.encryption.isEnabled {
      guard !configuration.disks.isEmpty else { return }
      if let root = system.partitionSettings.first(where: { $0.point == "/" }) {
        if let partition = configuration.partition(root.partition), !partition.flags.contains(.dmroot) {
          findings.add(
            .encryptedRoot, "\(path).Encryption",
            "needs the flag dmroot on partition \"\(partition.id)\", which is mounted at /")
        }
      } else if system.mounts.isEmpty {
        // with mount points SystemRules has said so
        findings.add(.encryptedRoot, "\(path).Encryption", "needs a partition that is mounted at /")
      }
    }
    let roots = system.partitionSettings.indices.filter {
      configuration.partition(system.partitionSettings[$0].partition)?.flags.contains(.dmroot) == true
    }
    for index in roots.dropFirst() {
      findings.add(
        .severalDMRoots, "\(path).PartitionSettings[\(index)].ID",
        "is a second partition with the flag dmroot, after PartitionSettings[\(roots[0])]")
    }
  }
}
