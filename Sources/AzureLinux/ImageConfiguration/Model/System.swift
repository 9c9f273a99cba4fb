extension ImageConfiguration {
  package struct System: Hashable, Codable, Sendable {
    package enum BootType: String, Codable, Sendable, CaseIterable {
      case efi, legacy
      /// Nothing is installed to boot with.
      case nothing = "none"
      case unset = ""
    }

    package var name: String
    package var isDefault: Bool
    package var isKickStartBoot: Bool
    package var isISOInstall: Bool
    package var bootType: BootType
    package var grubMkconfig: Bool
    package var systemdFirstboot: Bool
    package var hostname: String
    /// Relative to the configuration file's folder.
    package var packageLists: [String]
    package var packages: [String]
    /// By name; an installer offers those besides `default`.
    package var kernelOptions: [String: String]
    package var kernelCommandLine: KernelCommandLine
    /// Where each source goes; sources are relative to the configuration file's folder.
    package var destinations: [String: [Destination]]
    package var partitionSettings: [Mount]
    package var preInstallScripts: [Script]
    package var postInstallScripts: [Script]
    package var finalizeImageScripts: [Script]
    package var networks: [Network]
    package var packageRepositories: [PackageRepository]
    package var groups: [Group]
    package var users: [User]
    package var encryption: Encryption
    package var verityRoot: VerityRoot
    package var removeRPMDatabase: Bool
    package var preserveTdnfCache: Bool
    package var hidepid: Bool
    package var disableRPMDocs: Bool
    package var rpmLocales: String

    enum CodingKeys: String, CodingKey {
      case name = "Name"
      case isDefault = "IsDefault"
      case isKickStartBoot = "IsKickStartBoot"
      case isISOInstall = "IsIsoInstall"
      case bootType = "BootType"
      case grubMkconfig = "EnableGrubMkconfig"
      case systemdFirstboot = "EnableSystemdFirstboot"
      case hostname = "Hostname"
      case packageLists = "PackageLists"
      case packages = "Packages"
      case kernelOptions = "KernelOptions"
      case kernelCommandLine = "KernelCommandLine"
      case destinations = "AdditionalFiles"
      case partitionSettings = "PartitionSettings"
      case preInstallScripts = "PreInstallScripts"
      case postInstallScripts = "PostInstallScripts"
      case finalizeImageScripts = "FinalizeImageScripts"
      case networks = "Networks"
      case packageRepositories = "PackageRepos"
      case groups = "Groups"
      case users = "Users"
      case encryption = "Encryption"
      case verityRoot = "ReadOnlyVerityRoot"
      case removeRPMDatabase = "RemoveRpmDb"
      case preserveTdnfCache = "PreserveTdnfCache"
      case hidepid = "EnableHidepid"
      case disableRPMDocs = "DisableRpmDocs"
      case rpmLocales = "OverrideRpmLocales"
    }
  }

  package struct Encryption: Hashable, Codable, Sendable {
    package var isEnabled: Bool
    package var password: String

    enum CodingKeys: String, CodingKey {
      case isEnabled = "Enable"
      case password = "Password"
    }
  }
}

extension ImageConfiguration {
  /// A root that dm-verity verifies.
  package struct VerityRoot: Hashable, Codable, Sendable {
    package var isEnabled: Bool

    enum CodingKeys: String, CodingKey {
      case isEnabled = "Enable"
    }
  }
}

extension ImageConfiguration.System {
  /// A container or an initrd: a root file system without a disk around it.
  package var isRootFS: Bool { partitionSettings.isEmpty }
  /// Package with the kernel that boots; empty where there is none.
  package var kernel: String { kernelOptions["default"] ?? "" }
  package var extraCommandLine: String { kernelCommandLine.extra }
  /// Those partitions that have a mount point.
  package var mounts: [ImageConfiguration.Mount] { partitionSettings.filter { !$0.point.isEmpty } }

  package var additionalFiles: [ImageConfiguration.AdditionalFile] {
    destinations.sorted { $0.key < $1.key }.flatMap { source, places in
      places.map { .init(source: source, destination: $0.path, permissions: $0.permissions) }
    }
  }
}
