/// Keys and values that are not acted on yet.
extension RefusalList {
  func refuseKeys(of disk: ImageConfiguration.Disk) {
    let path = "Disks[0]"
    refuse("\(path).PartitionTableType \"\(disk.table.rawValue)\"", if: disk.table != .gpt)
    refuse("\(path).TargetDisk", if: !disk.target.type.isEmpty)
    refuse("\(path).RawBinaries", if: !disk.rawBinaries.isEmpty)
    for (index, artifact) in disk.artifacts.enumerated() {
      let place = "\(path).Artifacts[\(index)]"
      refuse("\(place).Type \"\(artifact.kind.rawValue)\"", if: ![.raw, .vhdx].contains(artifact.kind))
      refuse("\(place).Compression", if: artifact.compression != .unset)
    }
    for (index, partition) in disk.partitions.enumerated() {
      let place = "\(path).Partitions[\(index)]"
      let system = partition.fileSystem
      refuse("\(place).FsType: a partition without a file system", if: system.rawValue.isEmpty)
      refuse(
        "\(place).FsType \"\(system.rawValue)\"",
        if: !system.rawValue.isEmpty && !system.isFAT && !system.isExt)
      for (number, flag) in partition.flags.enumerated() {
        refuse("\(place).Flags[\(number)] \"\(flag.rawValue)\"", if: ![.esp, .boot].contains(flag))
      }
      refuse("\(place).Artifacts", if: !partition.artifacts.isEmpty)
    }
  }

  func refuseKeys(of system: ImageConfiguration.System) {
    let path = "SystemConfigs[0]"
    refuse(
      "\(path).PartitionSettings: an image without mount points (container, initrd)", if: system.isRootFS)
    refuse("\(path).BootType \"\(system.bootType.rawValue)\"", if: system.bootType != .efi)
    for name in system.kernelOptions.keys.sorted() {
      refuse("\(path).KernelOptions.\(name)", if: name != "default")
    }
    let line = system.kernelCommandLine
    refuse("\(path).KernelCommandLine.CGroup", if: line.cgroup == .one)
    refuse("\(path).KernelCommandLine.ImaPolicy", if: line.imaPolicy.contains { $0 != .unset })
    refuse("\(path).KernelCommandLine.SELinux", if: line.selinux != .off)
    refuse("\(path).KernelCommandLine.EnableFIPS", if: line.fips)
    for (index, mount) in system.partitionSettings.enumerated() {
      let place = "\(path).PartitionSettings[\(index)]"
      refuse("\(place).RemoveDocs", if: mount.removeDocs)
      refuse("\(place).OverlayBaseImage", if: !mount.overlayBaseImage.isEmpty)
      refuse("\(place).RdiffBaseImage", if: !mount.rdiffBaseImage.isEmpty)
    }
    let used: [(String, Bool)] = [
      ("IsKickStartBoot", system.isKickStartBoot), ("IsIsoInstall", system.isISOInstall),
      ("PreInstallScripts", !system.preInstallScripts.isEmpty), ("Networks", !system.networks.isEmpty),
      ("PackageRepos", !system.packageRepositories.isEmpty), ("Encryption", system.encryption.isEnabled),
      ("RemoveRpmDb", system.removeRPMDatabase), ("PreserveTdnfCache", system.preserveTdnfCache),
      ("OverrideRpmLocales", !system.rpmLocales.isEmpty),
    ]
    for (key, isUsed) in used { refuse("\(path).\(key)", if: isUsed) }
    for (index, user) in system.users.enumerated() {
      let place = "\(path).Users[\(index)]"
      refuse("\(place).PasswordExpiresDays", if: user.passwordExpiresDays != 0)
      refuse("\(place).SSHPubKeyPaths", if: !user.sshKeyPaths.isEmpty)
      refuse("\(place).SSHPubKeys", if: !user.sshKeys.isEmpty)
    }
  }
}
