extension ImageObject {
  static let system = ImageObject(
    name: "SystemConfig",
    keys: [
      .init("Name", .text(), "needed"),
      .init("IsDefault", .flag(), "the system that an installer takes without a question; at most one"),
      .init(
        "IsKickStartBoot", .flag(),
        "a pre-install script writes the partitions; `Disks` and `PartitionSettings` stay away"),
      .init("IsIsoInstall", .flag(), "is installed from an ISO"),
      .init("BootType", .word(words(ImageConfiguration.System.BootType.self)), "how firmware starts it"),
      .init("EnableGrubMkconfig", .flag(default: true), "makes /boot/grub2/grub.cfg; without, there is none"),
      .init("EnableSystemdFirstboot", .flag(), "/etc/machine-id asks for systemd-firstboot"),
      .init("Hostname", .text(), "DNS name without `_`"),
      .init(
        "PackageLists", .list(.text()), "package list files; together with `Packages` at least one entry"),
      .init("Packages", .list(.text()), "as in a package list; kernels belong into `KernelOptions`"),
      .init("KernelOptions", .texts, "packages with kernels; `default` boots, and is needed with partitions"),
      .init("KernelCommandLine", .object(kernelCommandLine), "what the kernel is told"),
      .init(
        "AdditionalFiles", .places(destination), "files, relative to the configuration, and where they go"),
      .init(
        "PartitionSettings", .list(.object(mount)),
        "what is done with partitions; none: a root file system only"),
      .init("PreInstallScripts", .list(.object(script)), "run by a kickstart installer, before partitioning"),
      .init("PostInstallScripts", .list(.object(script)), "run in the image after packages and files"),
      .init("FinalizeImageScripts", .list(.object(script)), "run in the image at the end"),
      .init("Networks", .list(.object(network)), "network devices"),
      .init("PackageRepos", .list(.object(packageRepository)), "repositories for an installer"),
      .init("Groups", .list(.object(group)), "need shadow-utils among the packages"),
      .init("Users", .list(.object(user)), "need shadow-utils among the packages"),
      .init("Encryption", .object(encryption), "encrypts the root partition"),
      .init(
        "ReadOnlyVerityRoot", .object(verityRoot),
        "a read-only root, verified by dm-verity; upstream's 3.0 ignores it"),
      .init("RemoveRpmDb", .flag(), "removes the RPM database, and leaves manifests of what was installed"),
      .init("PreserveTdnfCache", .flag(), "keeps /var/cache/tdnf"),
      .init("EnableHidepid", .flag(), "/proc hides other users' processes"),
      .init("DisableRpmDocs", .flag(), "installs no documentation"),
      .init(
        "OverrideRpmLocales", .text(), "locales to install, as %_install_langs has them; `NONE` for none"),
    ],
    former: [
      "HidepidDisabled": "since 3.0 EnableHidepid asks for it"
    ])

  static let kernelCommandLine = ImageObject(
    name: "KernelCommandLine",
    keys: [
      .init(
        "CGroup", .word(words(ImageConfiguration.KernelCommandLine.CGroup.self)), "version of control groups"),
      .init(
        "ImaPolicy", .list(.word(words(ImageConfiguration.KernelCommandLine.IMAPolicy.self))), "IMA policies"),
      .init(
        "SELinux", .word(words(ImageConfiguration.KernelCommandLine.SELinux.self)),
        "mode; needs the policy's package"),
      .init("SELinuxPolicy", .text(), "package with the policy; `selinux-policy` without"),
      .init("EnableFIPS", .flag(), "needs dracut-fips among the packages"),
      .init("ExtraCommandLine", .text(), "more words, without a backtick"),
    ])

  static let destination = ImageObject(
    name: "AdditionalFiles",
    keys: [
      .init("Path", .text(), "in the image; a text instead of the object is this"),
      .init("Permissions", .text(default: nil), "octal digits from 0 to 777; the source's mode without"),
    ])

  static let mount = ImageObject(
    name: "PartitionSetting",
    keys: [
      .init("ID", .text(), "a partition of a disk"),
      .init("MountPoint", .text(), "each once; none: not mounted"),
      .init("MountOptions", .text(), "as in /etc/fstab"),
      .init(
        "MountIdentifier",
        .word(
          words(ImageConfiguration.Mount.Identifier.self),
          default: ImageConfiguration.Mount.Identifier.partuuid.rawValue),
        "how /etc/fstab names it; `partlabel` needs gpt and the partition's `Name`"),
      .init(
        "RemoveDocs", .flag(), "read and not acted on, as upstream; `DisableRpmDocs` leaves documentation out"
      ),
      .init("OverlayBaseImage", .text(), "image that it is laid over"),
      .init("RdiffBaseImage", .text(), "image that an `rdiff` artifact starts from"),
    ])

  static let script = ImageObject(
    name: "Script",
    keys: [
      .init("Path", .text(), "file, relative to the configuration"),
      .init("Args", .text(), "words, as a shell reads them"),
    ])

  static let network = ImageObject(
    name: "Network",
    keys: [
      .init(
        "BootProto", .word(words(ImageConfiguration.Network.BootProtocol.self), isTrimmed: true),
        "without, or with `dhcp`, addresses may be left out"),
      .init("GateWay", .text(), "address"),
      .init("Ip", .text(), "address"),
      .init("NetMask", .text(), "written as an address"),
      .init("OnBoot", .flag(), "the installed system brings it up too"),
      .init("NameServer", .list(.text()), "addresses"),
      .init("Device", .text(), "name or MAC address, or `bootif`; needed"),
    ])

  static let packageRepository = ImageObject(
    name: "PackageRepo",
    keys: [
      .init("Name", .text(), "unique; needed"),
      .init("BaseUrl", .text(), "needed"),
      .init("Install", .flag(), "stays in the installed system"),
      .init("GPGCheck", .flag(default: true), "packages are verified"),
      .init("RepoGPGCheck", .flag(default: true), "metadata is verified"),
      .init(
        "GPGKeys", .text(default: ImageConfiguration.PackageRepository.defaultKeys),
        "others need `Install`: an installer has none"),
    ])

  static let group = ImageObject(
    name: "Group",
    keys: [.init("Name", .text(), "unique"), .init("GID", .text(), "a number, as text")])

  static let user = ImageObject(
    name: "User",
    keys: [
      .init("Name", .text(), "unique; needed"),
      .init("UID", .text(), "a number from 0 to 60000, as text; root keeps 0"),
      .init("PasswordHashed", .flag(), "`Password` is a crypt(3) hash"),
      .init("Password", .text(), "none: no login by password"),
      .init("PasswordExpiresDays", .integer, "from −1, never, to 99999"),
      .init("SSHPubKeyPaths", .list(.text()), "files with keys, relative to the configuration"),
      .init("SSHPubKeys", .list(.text()), "keys"),
      .init("PrimaryGroup", .text(), "a group of `Groups` or of the packages"),
      .init("SecondaryGroups", .list(.text()), "the same"),
      .init("StartupCommand", .text(), "instead of the login shell"),
      .init("HomeDirectory", .text(), "without, /home/<name>"),
    ])

  static let encryption = ImageObject(
    name: "Encryption",
    keys: [
      .init("Enable", .flag(), "the partition mounted at / needs the flag `dmroot`"),
      .init("Password", .text(), "to unlock it with"),
    ])

  static let verityRoot = ImageObject(
    name: "ReadOnlyVerityRoot", keys: [.init("Enable", .flag(), "not with `Encryption`; needs gpt")])

  package static let packageList = ImageObject(
    name: "Package list",
    keys: [
      .init("packages", .list(.text()), "`bash`, `openssl>=3.0`: a name, and a condition on its version")
    ])
}
