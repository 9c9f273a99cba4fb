extension ImageConfiguration {
  static func system(_ reader: JSONObjectReader) -> System {
    let mounts = reader.objects("PartitionSettings", mount).compactMap(\.self)
    if reader.elements("PartitionSettings").isEmpty {
      reader.notSupported("PartitionSettings: an image without mount points (container, initrd)")
    }
    let system = System(
      name: reader.required("Name"), hostname: reader.string("Hostname") ?? "",
      packageLists: reader.strings("PackageLists"), packages: reader.strings("Packages"),
      kernel: kernel(reader),
      extraCommandLine: reader.object("KernelCommandLine", kernelCommandLine) ?? "",
      additionalFiles: additionalFiles(reader), mounts: mounts,
      postInstallScripts: reader.objects("PostInstallScripts", script),
      finalizeImageScripts: reader.objects("FinalizeImageScripts", script),
      groups: reader.objects("Groups", group), users: reader.objects("Users", user),
      systemdFirstboot: reader.bool("EnableSystemdFirstboot"), hidepid: reader.bool("EnableHidepid"),
      disableRPMDocs: reader.bool("DisableRpmDocs"))
    _ = reader.bool("IsDefault")
    bootType(reader)
    reader.notYet(
      "IsKickStartBoot", "IsIsoInstall", "PreInstallScripts", "Networks", "PackageRepos", "Encryption",
      "RemoveRpmDb", "PreserveTdnfCache", "OverrideRpmLocales")
    if system.packageLists.isEmpty, system.packages.isEmpty {
      reader.invalid("PackageLists", "together with Packages needs at least one entry")
    }
    return system
  }

  private static func bootType(_ reader: JSONObjectReader) {
    let type = reader.string("BootType") ?? ""
    if ["legacy", "none", ""].contains(type) {
      reader.notSupported("BootType \"\(type)\"")
    } else if type != "efi" {
      reader.invalid("BootType", "expected one of efi, legacy, none; found \"\(type)\"")
    }
    // systemd-boot reads its entries from the ESP: there is no grub.cfg to generate or to leave out
    if reader.bool("EnableGrubMkconfig"), reader.value("EnableGrubMkconfig") != nil {
      reader.notSupported("EnableGrubMkconfig: GRUB")
    }
  }

  private static func kernel(_ reader: JSONObjectReader) -> String {
    var package: String?
    for (name, value) in reader.members("KernelOptions") {
      guard case .string(let text) = value, !text.allSatisfy(\.isWhitespace) else {
        reader.invalid("KernelOptions.\(name)", "expected a package name, found \(value.summary)")
        continue
      }
      if name.lowercased() == "default" {
        package = text
      } else {
        reader.notSupported("KernelOptions.\(name)")
      }
    }
    if package == nil {
      reader.invalid("KernelOptions.default", "is required: the package with the kernel that boots")
    }
    return package ?? ""
  }

  private static func kernelCommandLine(_ reader: JSONObjectReader) -> String {
    reader.notYet("CGroup", neutral: [.string("version_two")])
    reader.notYet("ImaPolicy", "SELinux", "SELinuxPolicy", "EnableFIPS")
    let line = reader.string("ExtraCommandLine") ?? ""
    if line.contains("`") { reader.invalid("ExtraCommandLine", "must not contain a backtick") }
    if line.contains(where: \.isNewline) { reader.invalid("ExtraCommandLine", "must be one line") }
    return line
  }

  private static func mount(_ reader: JSONObjectReader) -> Mount? {
    let identifier = reader.choice("MountIdentifier", of: Mount.Identifier.self)
    reader.notYet("RemoveDocs", "OverlayBaseImage", "RdiffBaseImage")
    let mount = Mount(
      partition: reader.required("ID"), point: reader.string("MountPoint") ?? "",
      options: reader.string("MountOptions") ?? "", identifier: identifier ?? .partuuid)
    if mount.options.contains(where: \.isWhitespace) {
      reader.invalid("MountOptions", "must not contain blanks: it is one field of /etc/fstab")
    }
    return mount.point.isEmpty ? nil : mount
  }

  /// `source: destination`, `source: {Path, Permissions}` or a list of such.
  private static func additionalFiles(_ reader: JSONObjectReader) -> [AdditionalFile] {
    reader.members("AdditionalFiles").flatMap { source, value in
      let places: [JSONValue] = if case .array(let list) = value { list } else { [value] }
      return places.compactMap { place -> AdditionalFile? in
        let key = "AdditionalFiles[\"\(source)\"]"
        switch place {
        case .string(let path):
          return AdditionalFile(source: source, destination: path, permissions: nil)
        case .object(let object):
          return reader.nested(object, at: key) { inner in
            AdditionalFile(
              source: source, destination: inner.required("Path"), permissions: inner.string("Permissions"))
          }
        case let other:
          reader.invalid(key, "expected a path or {Path, Permissions}, found \(other.summary)")
          return nil
        }
      }
    }
  }

  private static func script(_ reader: JSONObjectReader) -> Script {
    Script(path: reader.required("Path"), arguments: reader.string("Args") ?? "")
  }

  private static func group(_ reader: JSONObjectReader) -> Group {
    Group(name: reader.required("Name"), gid: reader.decimal("GID", in: 0...60000))
  }

  private static func user(_ reader: JSONObjectReader) -> User {
    reader.notYet("PasswordExpiresDays", "SSHPubKeyPaths", "SSHPubKeys")
    return User(
      name: reader.required("Name"), uid: reader.decimal("UID", in: 0...60000),
      password: reader.string("Password") ?? "", passwordHashed: reader.bool("PasswordHashed"),
      primaryGroup: reader.string("PrimaryGroup") ?? "", secondaryGroups: reader.strings("SecondaryGroups"),
      homeDirectory: reader.string("HomeDirectory") ?? "",
      startupCommand: reader.string("StartupCommand") ?? "")
  }
}
