import Foundation

/// Rules about one system that look at nothing else of the configuration.
struct SystemRules {
  let findings: FindingList
  let path: String

  func check(_ system: ImageConfiguration.System) {
    if isBlank(system.name) { report(.blank, "Name", "is needed, and must not be blank") }
    checkHostname(system.hostname)
    if system.packageLists.isEmpty, system.packages.isEmpty {
      report(.packagesMissing, "PackageLists", "needs at least one entry, or Packages does")
    }
    checkKernels(system)
    checkMountPoints(system)
    if system.kernelCommandLine.extra.contains("`") {
      report(.backtick, "KernelCommandLine.ExtraCommandLine", "must not contain a backtick")
    }
    checkFiles(system)
    checkEffects(system)
    RepositoryRules(findings: findings, path: path).check(system)
    for (index, network) in system.networks.enumerated() {
      NetworkRules(findings: findings, path: "\(path).Networks[\(index)]").check(network)
    }
    AccountRules(findings: findings, path: path).check(system)
  }

  private func report(_ rule: ImageRule, _ key: String, _ message: String) {
    findings.add(rule, "\(path).\(key)", message)
  }

  private func checkHostname(_ name: String) {
    guard !name.isEmpty else { return }
    let isName =
      name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9-]{0,62}(\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*\.?/) != nil
    if !isName || NetworkRules.isAddress(name) || name.count(where: { $0 != "." }) > 255 {
      report(.hostname, "Hostname", "\"\(name)\" is not a DNS name: letters, digits and - only")
    }
  }

  private func checkKernels(_ system: ImageConfiguration.System) {
    let options = system.kernelOptions
    if !system.partitionSettings.isEmpty, options["default"] == nil {
      let near = options.keys.sorted().first { $0.lowercased() == "default" }
      report(
        .kernelMissing, "KernelOptions.default",
        "is needed: the package with the kernel that boots"
          + (near.map { "; \"\($0)\" is another name, because these are compared with case" } ?? ""))
    }
    for (name, package) in options.sorted(by: { $0.key < $1.key }) {
      if name.isEmpty {
        report(.kernelBlank, "KernelOptions", "has an entry without a name")
      } else if isBlank(package) {
        report(.kernelBlank, "KernelOptions.\(name)", "must name a package")
      }
    }
  }

  private func checkMountPoints(_ system: ImageConfiguration.System) {
    var points = Set<String>()
    for (index, mount) in system.partitionSettings.enumerated() where !mount.point.isEmpty {
      if !points.insert(mount.point).inserted {
        report(.mountPointTwice, "PartitionSettings[\(index)].MountPoint", "\(mount.point) is used twice")
      }
      if mount.identifier == .unset {
        report(
          .mountIdentifier, "PartitionSettings[\(index)].MountIdentifier",
          "is empty; /etc/fstab cannot name the partition")
      }
    }
    if system.encryption.isEnabled {
      if points.isEmpty {
        report(.encryptionLater, "Encryption", "has no partition to encrypt; an installer's user chooses one")
      } else if !points.contains("/") {
        report(.encryptedRoot, "Encryption", "needs a partition that is mounted at /")
      }
    }
    let isDiskOfItsOwn = !system.partitionSettings.contains {
      $0.point == "/" && !$0.overlayBaseImage.isEmpty
    }
    if !system.isRootFS, system.bootType == .unset, isDiskOfItsOwn {
      report(.bootType, "BootType", "is not given; the image has no boot loader, and its build ends there")
    }
  }

  private func checkEffects(_ system: ImageConfiguration.System) {
    if !system.preInstallScripts.isEmpty, !system.isKickStartBoot {
      report(.noEffect, "PreInstallScripts", "are not run without IsKickStartBoot")
    }
    let line = system.kernelCommandLine
    if !line.selinuxPolicy.isEmpty, line.selinux == .off {
      report(.noEffect, "KernelCommandLine.SELinuxPolicy", "is ignored without SELinux")
    }
    for (index, mount) in system.partitionSettings.enumerated() where mount.removeDocs {
      report(
        .noEffect, "PartitionSettings[\(index)].RemoveDocs",
        "is ignored: DisableRpmDocs leaves documentation out")
    }
  }

  private func checkFiles(_ system: ImageConfiguration.System) {
    for (source, places) in system.destinations.sorted(by: { $0.key < $1.key }) {
      let key = "AdditionalFiles[\"\(source)\"]"
      if places.isEmpty { report(.destination, key, "names no place for the file") }
      for place in places {
        if place.path.isEmpty { report(.destination, key, "has an empty path") }
        if let digits = place.permissions, ImageConfiguration.Destination.mode(digits) == nil {
          report(.permissions, key, "permissions \"\(digits)\" are not octal from 0 to 777")
        }
      }
    }
  }

}

func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
