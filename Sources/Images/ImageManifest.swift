import AzureLinux

/// What an image is, beside it as `image.json`: enough to boot it and to log in.
package struct ImageManifest: Hashable, Codable, Sendable {
  package struct Artifact: Hashable, Codable, Sendable {
    package var type: ImageConfiguration.Artifact.Kind
    /// File name in the manifest's folder.
    package var file: String
    /// Bytes on disk.
    package var size: Int64
    /// Of what is a whole disk, its place in the configuration's `Disks`.
    package var disk: Int?
  }

  package struct Partition: Hashable, Codable, Sendable {
    package var id: String
    /// Of its disk in the configuration's `Disks`.
    package var disk: Int
    package var number: Int
    package var uuid: String
    package var fileSystem: String
    package var fileSystemUUID: String
    package var mountPoint: String?
    /// Bytes.
    package var offset: Int
    /// Bytes.
    package var size: Int

    enum CodingKeys: String, CodingKey {
      case id, disk, number, uuid, offset, size
      case fileSystem = "file_system"
      case fileSystemUUID = "file_system_uuid"
      case mountPoint = "mount_point"
    }
  }

  package struct KernelFile: Hashable, Codable, Sendable {
    package var version: String
    /// File name in the manifest's folder.
    package var file: String
    package var initrd: String?
    package var commandLine: String

    enum CodingKeys: String, CodingKey {
      case version, file, initrd
      case commandLine = "command_line"
    }
  }

  /// Somebody who can log in on the console. The password is the one that the configuration spells out.
  package struct Login: Hashable, Codable, Sendable {
    package var user: String
    package var password: String
    package init(user: String, password: String) {
      self.user = user
      self.password = password
    }
  }

  package var schema = "azl-dev/image/1"
  package var name: String
  package var releaseVersion: String
  /// Names with epoch, version, release and architecture, sorted.
  package var packages: [String]
  package var artifacts: [Artifact]
  package var bootType: ImageConfiguration.System.BootType
  /// nil: a root file system without a disk around it.
  package var diskUUID: String?
  package var partitions: [Partition]
  package var kernel: KernelFile?
  package var login: Login?
  /// What an encrypted root is unlocked with.
  package var unlock: String?
  /// What rpm had to say about single packages although it installed them.
  package var warnings: [String]

  enum CodingKeys: String, CodingKey {
    case schema, name, packages, artifacts, partitions, kernel, login, unlock, warnings
    case releaseVersion = "release_version"
    case bootType = "boot_type"
    case diskUUID = "disk_uuid"
  }

  package static let fileName = "image.json"
  /// Images with an older one are made anew.
  static let version = 2

  /// Of each disk of the image that is there in one of these formats, the first of them, with the format; not one that is
  /// compressed.
  package func disks(in formats: [DiskFormat]) -> [(format: DiskFormat, artifact: Artifact)] {
    Set(artifacts.compactMap(\.disk)).sorted().compactMap { disk in
      for format in formats {
        let found = artifacts.first {
          $0.disk == disk && $0.type.rawValue == format.rawValue && $0.file.hasSuffix(".\(format.rawValue)")
        }
        if let found { return (format, found) }
      }
      return nil
    }
  }
}

extension ImageConfiguration.System {
  /// Whose password is known: root if it is, else the first such user.
  package var login: ImageManifest.Login? {
    let candidates = users.filter { !$0.passwordHashed && !$0.password.isEmpty }
    return (candidates.first { $0.name == "root" } ?? candidates.first).map {
      ImageManifest.Login(user: $0.name, password: $0.password)
    }
  }
}
