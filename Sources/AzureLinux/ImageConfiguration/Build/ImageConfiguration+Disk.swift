extension ImageConfiguration {
  /// The same without anything that is made of its disk: the disk alone.
  package var diskAlone: ImageConfiguration {
    var copy = self
    guard !disks.isEmpty else { return self }
    copy.disks[0].artifacts = [Artifact(name: "disk0", kind: .raw, compression: .unset)]
    for index in copy.disks[0].partitions.indices { copy.disks[0].partitions[index].artifacts = [] }
    return copy
  }

  /// Of a configuration whose disk alone is wanted.
  package var diskRefusals: [ImageRefusal] {
    guard let system = systems.first, system.isRootFS else { return diskAlone.refusals }
    return [
      ImageRefusal(
        path: "SystemConfigs[0].PartitionSettings",
        message: "is empty: there is no disk around its root file system")
    ]
  }

  /// Which system an installer takes without asking; nil: it would have to ask.
  private var unattendedSystem: Int? {
    systems.count == 1 ? 0 : systems.firstIndex(where: \.isDefault)
  }

  /// What an unattended installer puts on a disk. Which disk is the installer's affair, not the image's.
  package var installed: ImageConfiguration {
    var copy = diskAlone
    if let index = unattendedSystem { copy.systems = [systems[index]] }
    guard !copy.disks.isEmpty, !copy.systems.isEmpty else { return copy }
    copy.disks[0].target = Target(type: "", value: "")
    copy.systems[0].isISOInstall = false
    return copy
  }

  /// The disk that an installer writes to, as a path; nil: the machine's only empty one.
  package var installationTarget: String? {
    guard let target = disks.first?.target, target.isRealDisk else { return nil }
    return target.value
  }

  /// What this version makes no installer of.
  package var installerRefusals: [ImageRefusal] {
    let list = RefusalList()
    guard let disk = disks.first else {
      list.need("Disks", "is empty: an attended installation, which asks for the disk, is not supported yet")
      return list.all
    }
    guard let index = unattendedSystem else {
      list.need(
        "SystemConfigs",
        "has several and none with IsDefault: an attended installation, which asks for one, is not supported yet"
      )
      return list.all
    }
    list.need("Disks[1]", "is one too many: an installer writes one disk", unless: disks.count == 1)
    list.need(
      "SystemConfigs[\(index)].PartitionSettings", "is empty: there is nothing that a disk could start",
      unless: !systems[index].isRootFS)
    let isPath =
      !disk.target.isRealDisk || isPlainAbsolute(disk.target.value) && disk.target.value.hasPrefix("/dev/")
    list.need("Disks[0].TargetDisk.Value", "must be a path below /dev", unless: isPath)
    list.need(
      "Disks[0].MaxSize", "is needed: it is the size of the disk that is installed", unless: disk.maxSize > 0)
    guard list.all.isEmpty else { return list.all }
    return installed.refusals.map { refusal in
      var refusal = refusal
      refusal.path = refusal.path.replacing("SystemConfigs[0]", with: "SystemConfigs[\(index)]")
      return refusal
    }
  }
}
