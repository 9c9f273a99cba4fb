import AzureLinux

/// The command line of an image's kernel. Pure.
package enum KernelArguments {
  /// `rw`: without an initrd nobody else would check or remount the root. The root is named by its partition, which a
  /// kernel without an initrd understands.
  package static func line(
    _ system: ImageConfiguration.System, disks: DiskSet, root: DiskLayout.Partition
  ) -> String {
    let settings = system.kernelCommandLine
    var words = ["root=\(root.device)", "rootfstype=\(root.fileSystem)"]
    words += [root.protection == .verity ? "ro" : "rw", "net.ifnames=0"]
    switch root.protection {
    case nil: break
    case .verity: words += Verity.kernelWords(data: root.uuid, hashes: disks.hashes?.uuid ?? "")
    case .encryption: words += LUKS.kernelWords(uuid: root.headerUUID)
    }
    words += settings.imaPolicy.filter { $0 != .unset }.map { "ima_policy=\($0.rawValue)" }
    words += settings.selinux.kernelWords
    if settings.fips {
      words.append("fips=1")
      // the integrity check of the kernel needs its file before anything is mounted
      if let boot = disks.mounted(at: "/boot") { words.append("boot=UUID=\(boot.fileSystemUUID)") }
    }
    switch settings.cgroup {
    case .one: words.append("systemd.unified_cgroup_hierarchy=0")
    case .two: words.append("systemd.unified_cgroup_hierarchy=1")
    case .unset: break
    }
    return (words + [settings.extra]).filter { !$0.isEmpty }.joined(separator: " ")
  }
}
