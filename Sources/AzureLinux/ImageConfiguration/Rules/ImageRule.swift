/// What must hold of an image configuration and its package lists. An error is what upstream's loader, its validator or
/// its makefile refuses; a warning is what they read in silence although it has no effect, or ends an image build later.
package enum ImageRule: String, Codable, CaseIterable, Sendable {
  // as it is written
  case json, type, word
  case repeatedKey = "repeated-key"
  case unknownKey = "unknown-key"
  case formerKey = "former-key"
  case noEffect = "no-effect"
  case notMakeable = "not-makeable"
  // disks
  case partitionType = "partition-type"
  case partitionTypeUUID = "partition-type-uuid"
  case partitionName = "partition-name"
  case partitionID = "partition-id"
  case partitionOrder = "partition-order"
  case overlap
  case maxSizeMissing = "max-size-missing"
  case maxSizeSmall = "max-size-small"
  case maxSizeUnused = "max-size-unused"
  case targetDisk = "target-disk"
  // systems
  case systemMissing = "system-missing"
  case severalDefaults = "several-defaults"
  case blank
  case hostname
  case bootType = "boot-type"
  case kickstart
  case backtick
  case permissions
  case destination
  // partitions of a system
  case partitionMissing = "partition-missing"
  case mountPointTwice = "mount-point-twice"
  case mountIdentifier = "mount-identifier"
  case partlabel
  case encryptedRoot = "encrypted-root"
  case severalDMRoots = "several-dmroots"
  case encryptionLater = "encryption-later"
  // packages
  case packagesMissing = "packages-missing"
  case packageText = "package-text"
  case kernelMissing = "kernel-missing"
  case kernelBlank = "kernel-blank"
  case kernelListed = "kernel-listed"
  case otherKernelListed = "other-kernel-listed"
  case fips
  case selinux
  case shadowUtils = "shadow-utils"
  case listEmpty = "list-empty"
  // accounts
  case uid
  case gid
  case passwordExpires = "password-expires"
  case nameTwice = "name-twice"
  case groupUnknown = "group-unknown"
  // networks and repositories
  case address
  case repositoryTwice = "repository-twice"
  case repositoryURL = "repository-url"
  case repositoryKeys = "repository-keys"
  case repositoryKeysLater = "repository-keys-later"
  case repositoryISO = "repository-iso"
  // files
  case fileMissing = "file-missing"
  case fileMissingLater = "file-missing-later"
}

extension ImageRule {
  package enum Level: String, Codable, Sendable { case error, warning }

  package var level: Level {
    switch self {
    case .unknownKey, .formerKey, .noEffect, .notMakeable, .partitionTypeUUID, .partitionOrder,
      .maxSizeUnused,
      .targetDisk, .bootType, .mountIdentifier, .encryptionLater, .otherKernelListed, .listEmpty, .gid,
      .nameTwice, .groupUnknown, .repositoryKeysLater, .repositoryISO, .fileMissingLater:
      .warning
    default: .error
    }
  }

  package var meaning: String {
    switch self {
    case .json: "the file is JSON, and an object"
    case .type: "a value has the kind that its key asks for"
    case .word: "a value is one of the words of its key"
    case .repeatedKey: "no key is given twice, differing in case"
    case .unknownKey: "a key is one of the tables above, or begins with `_`"
    case .formerKey: "a key is one of this release"
    case .noEffect: "a key has an effect"
    case .notMakeable: "formats and file systems are ones that can be made"
    case .partitionType: "`Type` and `TypeUUID` are not both given"
    case .partitionTypeUUID: "`TypeUUID` is a UUID"
    case .partitionName: "a partition's `Name` has at most 35 characters, all ASCII"
    case .partitionID: "no two partitions have the same `ID`, whatever their disk"
    case .partitionOrder: "partitions end after they start, and only the last fills the disk"
    case .overlap: "a partition ends before the next one starts"
    case .maxSizeMissing: "a disk with partitions has a `MaxSize`, or a `TargetDisk` of type `path`"
    case .maxSizeSmall: "the last partition ends within `MaxSize`"
    case .maxSizeUnused: "a `TargetDisk` of type `path` has a size of its own: no `MaxSize`"
    case .targetDisk: "a `TargetDisk` of type `path` has a `Value`"
    case .systemMissing: "there is a system"
    case .severalDefaults: "at most one system has `IsDefault`"
    case .blank: "names of systems, users and repositories, and devices of networks, are not blank"
    case .hostname: "`Hostname` is a DNS name without `_`, and no address"
    case .bootType: "a system with partitions says how it boots"
    case .kickstart: "with `IsKickStartBoot` there are no `Disks` and no `PartitionSettings`"
    case .backtick: "`ExtraCommandLine` has no backtick: upstream's tools need it for themselves"
    case .permissions: "`Permissions` are octal digits from 0 to 777"
    case .destination: "a source of `AdditionalFiles` goes somewhere"
    case .partitionMissing: "`PartitionSettings` name a partition of a disk"
    case .mountPointTwice: "a mount point is used once"
    case .mountIdentifier: "what is mounted has a `MountIdentifier`"
    case .partlabel: "`partlabel` needs a gpt disk, and a `Name` of the partition"
    case .encryptedRoot: "with `Encryption` a partition with the flag `dmroot` is mounted at /"
    case .severalDMRoots: "a system uses at most one partition with the flag `dmroot`"
    case .encryptionLater: "`Encryption` without partitions is for installers only"
    case .packagesMissing: "`PackageLists` and `Packages` have an entry between them"
    case .packageText: "a package is `name`, or a name with one of `= < > <= >=` and a version"
    case .kernelMissing: "a system with partitions has `KernelOptions` with `default`"
    case .kernelBlank: "an entry of `KernelOptions` names a package"
    case .kernelListed: "`kernel` is in no list: it belongs into `KernelOptions`"
    case .otherKernelListed: "neither is another package of `KernelOptions`"
    case .fips: "with `EnableFIPS`, or `fips=1` in `ExtraCommandLine`, dracut-fips is listed"
    case .selinux: "with `SELinux` the package of `SELinuxPolicy` is listed"
    case .shadowUtils: "with `Users` or `Groups` shadow-utils is listed"
    case .listEmpty: "a package list has packages"
    case .uid: "`UID` is empty, or a number from 0 to 60000"
    case .gid: "`GID` is empty, or a number"
    case .passwordExpires: "`PasswordExpiresDays` is from −1 to 99999"
    case .nameTwice: "users, and groups, have names that differ"
    case .groupUnknown: "a user's groups are in `Groups`, unless packages bring them"
    case .address: "addresses are addresses; they may be left out with `BootProto` dhcp, or none"
    case .repositoryTwice: "no two repositories have the same name"
    case .repositoryURL: "`BaseUrl` is a URL"
    case .repositoryKeys: "`GPGKeys` other than the default are for repositories with `Install`"
    case .repositoryKeysLater:
      "a repository with other `GPGKeys` serves the installed system, not the installation"
    case .repositoryISO: "`PackageRepos` are for systems with `IsIsoInstall`"
    case .fileMissing: "package lists, scripts and sources of `AdditionalFiles` are there"
    case .fileMissingLater: "files of SSH keys and raw binaries are there"
    }
  }
}
