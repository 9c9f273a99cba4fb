import AzureLinux
import Foundation

/// The files by which a system knows its name, its disks and its build. Pure.
package enum SystemFiles {
  package static func fstab(_ disks: DiskSet, hidepid: Bool) -> String {
    var rows = disks.partitions.compactMap { partition -> String? in
      if partition.isSwap { return "\(partition.identifier) none swap sw 0 0" }
      guard let mount = partition.mount else { return nil }
      var options = mount.options.isEmpty ? "defaults" : mount.options
      var pass = mount.point == "/" ? 1 : 2
      if partition.protection == .verity {
        // nothing could be mended there
        (options, pass) = (mount.options.isEmpty ? "ro" : "\(mount.options),ro", 0)
      }
      return "\(partition.identifier) \(mount.point) \(partition.fileSystem) \(options) 0 \(pass)"
    }
    if hidepid { rows.append("proc /proc proc rw,nosuid,nodev,noexec,relatime,hidepid=2 0 0") }
    return rows.joined(separator: "\n") + "\n"
  }

  /// The image's hosts file with its own name in it: as the sixth line, as upstream, or last.
  package static func hosts(_ existing: String, hostname: String) -> String {
    var lines = existing.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    lines.insert("127.0.0.1   \(hostname)", at: min(5, lines.count))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Empty: systemd makes an id at the first boot without asking anything. `uninitialized`: that boot is also the
  /// one in which units with `ConditionFirstBoot` run.
  package static func machineID(firstboot: Bool) -> String { firstboot ? "uninitialized\n" : "" }

  package static func imageID(buildNumber: String, timestamp: Int, uuid: String) -> String {
    let style = Date.VerbatimFormatStyle(
      format:
        "\(year: .padded(4))\(month: .twoDigits)\(day: .twoDigits)\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\(minute: .twoDigits)\(second: .twoDigits)",
      locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
    let date = Date(timeIntervalSince1970: TimeInterval(timestamp)).formatted(style)
    return "BUILD_NUMBER=\(buildNumber)\nIMAGE_BUILD_DATE=\(date)\nIMAGE_UUID=\(uuid)\n"
  }

  /// Everything but the boot loader's files and `AdditionalFiles`; `hosts` is the image's present `/etc/hosts`.
  package static func all(
    _ system: ImageConfiguration.System, disks: DiskSet?, hosts: String
  ) -> [PreparedFile] {
    var files: [PreparedFile] = []
    if let disks {
      files.append(PreparedFile("/etc/fstab", .text(fstab(disks, hidepid: system.hidepid))))
      for root in disks.partitions where root.protection == .encryption {
        files.append(PreparedFile("/etc/crypttab", .text(LUKS.table(uuid: root.headerUUID)), mode: 0o600))
      }
    }
    if !system.hostname.isEmpty {
      files.append(PreparedFile("/etc/hostname", .text(system.hostname + "\n")))
      if disks != nil {
        files.append(PreparedFile("/etc/hosts", .text(self.hosts(hosts, hostname: system.hostname))))
      }
    }
    if system.disableRPMDocs {
      files.append(
        PreparedFile(
          "/usr/lib/rpm/macros.d/macros.installercustomizations_disable_docs", .text("%_excludedocs 1\n")))
    }
    if !system.rpmLocales.isEmpty {
      files.append(
        PreparedFile(
          "/usr/lib/rpm/macros.d/macros.installercustomizations_customize_locales",
          .text("%_install_langs \(system.rpmLocales)\n")))
    }
    return files
  }
}
