/// An image configuration file (toolkit/imageconfigs/*.json) as far as an efi disk image needs it: one disk, one
/// system. Reading it is `ImageConfiguration.read`; whatever is not represented here is refused there by name.
package struct ImageConfiguration: Hashable, Codable, Sendable {
  package var disk: Disk
  package var system: System

  package struct Disk: Hashable, Codable, Sendable {
    /// MiB.
    package var maxSize: Int
    package var artifacts: [Artifact]
    package var partitions: [Partition]
  }

  /// A file made of the whole disk.
  package struct Artifact: Hashable, Codable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable { case raw, vhdx }
    package var name: String
    package var kind: Kind
  }

  package struct Partition: Hashable, Codable, Sendable {
    package enum FileSystem: String, Codable, Sendable, CaseIterable {
      case fat32, fat16, vfat, ext2, ext3, ext4
      package var isFAT: Bool { [.fat32, .fat16, .vfat].contains(self) }
    }
    package enum Flag: String, Codable, Sendable, CaseIterable { case esp, boot }

    package var id: String
    /// GPT label.
    package var name: String
    package var fileSystem: FileSystem
    /// MiB from the start of the disk.
    package var start: Int
    /// MiB, not included; 0: up to the end of the disk.
    package var end: Int
    package var flags: [Flag]
    /// GPT partition type, lower case.
    package var typeUUID: String

    package var isESP: Bool { typeUUID == PartitionType.esp.rawValue }
  }

  package struct System: Hashable, Codable, Sendable {
    package var name: String
    package var hostname: String
    /// Relative to the configuration file's folder.
    package var packageLists: [String]
    package var packages: [String]
    /// Package with the kernel that boots.
    package var kernel: String
    package var extraCommandLine: String
    package var additionalFiles: [AdditionalFile]
    package var mounts: [Mount]
    package var postInstallScripts: [Script]
    package var finalizeImageScripts: [Script]
    package var groups: [Group]
    package var users: [User]
    package var systemdFirstboot: Bool
    package var hidepid: Bool
    package var disableRPMDocs: Bool
  }

  /// One entry of `PartitionSettings` that has a mount point.
  package struct Mount: Hashable, Codable, Sendable {
    package enum Identifier: String, Codable, Sendable, CaseIterable { case uuid, partuuid, partlabel }
    package var partition: String
    package var point: String
    package var options: String
    package var identifier: Identifier
  }

  package struct AdditionalFile: Hashable, Codable, Sendable {
    /// Relative to the configuration file's folder.
    package var source: String
    /// Absolute, in the image.
    package var destination: String
    /// Octal digits; nil keeps the source's mode.
    package var permissions: String?
  }

  package struct Script: Hashable, Codable, Sendable {
    package var path: String
    /// As a shell reads it.
    package var arguments: String
  }

  package struct Group: Hashable, Codable, Sendable {
    package var name: String
    package var gid: Int?
  }

  package struct User: Hashable, Codable, Sendable {
    package var name: String
    package var uid: Int?
    /// Plain, or a crypt(3) hash when `passwordHashed`; empty: no password login.
    package var password: String
    package var passwordHashed: Bool
    package var primaryGroup: String
    package var secondaryGroups: [String]
    package var homeDirectory: String
    /// Takes the place of the login shell.
    package var startupCommand: String
  }
}

extension ImageConfiguration {
  /// Everything to install by request: the kernel, the release package, then what the lists and the configuration
  /// name, each once and in that order.
  package func requestedPackages(lists: [PackageList]) -> [String] {
    var seen = Set<String>()
    let names = [system.kernel, "azurelinux-release"] + lists.flatMap(\.packages) + system.packages
    return names.filter { seen.insert($0).inserted }
  }

  package func partition(_ id: String) -> Partition? { disk.partitions.first { $0.id == id } }
}
