/// Keys and values that are not acted on yet.
extension RefusalList {
  private static let disks = ["", "raw", "vhd", "vhdx", "qcow2", "ova"]
  private static let archives = ["", "tar.gz", "tar.xz", "squashfs", "initrd"]
  private static let compressions = ["", "gz", "xz", "tar.gz", "tar.xz"]

  /// - Parameter isRootFS: a folder is packed, not a disk.
  func refuseKeys(of disk: ImageConfiguration.Disk, _ path: String, isRootFS: Bool) {
    need(
      "\(path).TargetDisk", "is for an installer: azl-dev image iso makes one",
      unless: disk.target.type.isEmpty)
    refuseArtifacts(disk.artifacts, path, types: isRootFS ? Self.archives : Self.disks)
    for (index, artifact) in disk.artifacts.enumerated() where isRootFS && artifact.kind == .unset {
      need(
        "\(path).Artifacts[\(index)].Compression",
        "must be tar.gz or tar.xz where there is neither a Type nor a disk",
        unless: artifact.compression.rawValue.hasPrefix("tar."))
    }
    for (index, partition) in disk.partitions.enumerated() {
      let place = "\(path).Partitions[\(index)]"
      let system = partition.fileSystem
      refuse(
        "\(place).FsType \"xfs\": it cannot be filled without being mounted", if: system.rawValue == "xfs")
      refuseArtifacts(partition.artifacts, place, types: ["raw", "ext4"])
    }
  }

  private func refuseArtifacts(_ artifacts: [ImageConfiguration.Artifact], _ path: String, types: [String]) {
    for (index, artifact) in artifacts.enumerated() {
      let place = "\(path).Artifacts[\(index)]"
      refuse("\(place).Type \"\(artifact.kind.rawValue)\"", if: !types.contains(artifact.kind.rawValue))
      let compression = artifact.compression.rawValue
      refuse("\(place).Compression \"\(compression)\"", if: !Self.compressions.contains(compression))
    }
  }

  func refuseKeys(of system: ImageConfiguration.System) {
    let path = "SystemConfigs[0]"
    refuse("\(path).BootType \"\" for a disk", if: system.bootType == .unset && !system.isRootFS)
    refuse(
      "\(path).KernelCommandLine.SELinux without a disk",
      if: system.kernelCommandLine.selinux != .off && system.isRootFS)
    for (index, mount) in system.partitionSettings.enumerated() {
      let place = "\(path).PartitionSettings[\(index)]"
      refuse("\(place).OverlayBaseImage", if: !mount.overlayBaseImage.isEmpty)
      refuse("\(place).RdiffBaseImage", if: !mount.rdiffBaseImage.isEmpty)
    }
    let used: [(String, Bool)] = [
      ("IsKickStartBoot", system.isKickStartBoot),
      ("PreInstallScripts", !system.preInstallScripts.isEmpty),
      ("PackageRepos", !system.packageRepositories.isEmpty),
      ("ReadOnlyVerityRoot", system.verityRoot.isEnabled && system.isRootFS),
    ]
    need(
      "\(path).IsIsoInstall", "is for an installer: azl-dev image iso makes one", unless: !system.isISOInstall
    )
    for (key, isUsed) in used { refuse("\(path).\(key)", if: isUsed) }
    for (index, network) in system.networks.enumerated() {
      refuse(
        "\(path).Networks[\(index)].Device \"bootif\": only an installer knows it",
        if: network.device == "bootif")
    }
  }
}
