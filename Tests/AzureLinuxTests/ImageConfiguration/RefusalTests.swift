import Foundation
import Testing

@testable import AzureLinux

/// What this version does not build is valid, and said by its name when it is built.
@Suite struct ImageRefusalTests {
  private func refusals(_ path: String, _ value: String?, with: [(String, String?)] = []) throws -> [String] {
    var text = ImageSpecimen.efi
    for (path, value) in with + [(path, value)] { text = try ImageSpecimen.edit(text, path, value) }
    let configuration = try ImageConfiguration.read(Data(text.utf8), file: "x.json").get()
    return configuration.refusals.map(\.description)
  }

  private static let system = "SystemConfigs[0]"
  private static let data = #"""
    {"PartitionTableType": "mbr", "MaxSize": 64, "Artifacts": [{"Name": "data", "Type": "vhd"}], "Partitions": [
      {"ID": "a", "Start": 1, "End": 2}, {"ID": "b", "Start": 2, "End": 3}, {"ID": "c", "Start": 3, "End": 4},
      {"ID": "d", "Start": 4, "End": 8}, {"ID": "e", "Start": 8, "End": 0}]}
    """#

  @Test func anEFIDiskImageIsBuilt() throws {
    let configuration = try ImageConfiguration.read(Data(ImageSpecimen.efi.utf8), file: "x").get()
    #expect(configuration.refusals.isEmpty)
  }

  @Test(arguments: [
    ("\(system).Networks", #"[{"Device": "bootif"}]"#, "[0].Device \"bootif\": only an installer knows it"),
    ("\(system).PackageRepos", #"[{"Name": "r", "BaseUrl": "http://r"}]"#, ""),
    ("\(system).PreInstallScripts", #"[{"Path": "x"}]"#, ""),
    ("\(system).BootType", "\"\"", " \"\" for a disk"),
    ("\(system).PartitionSettings[0].OverlayBaseImage", "\"x\"", ""),
    ("\(system).PartitionSettings[0].RdiffBaseImage", "\"x\"", ""),
    ("Disks[0].Artifacts[0].Compression", "\"qcow2\"", " \"qcow2\""),
    ("Disks[0].Artifacts[0].Type", "\"diff\"", " \"diff\""),
    ("Disks[0].Partitions[1].FsType", "\"xfs\"", " \"xfs\": it cannot be filled without being mounted"),
    ("Disks[0].Partitions[1].Artifacts", #"[{"Name": "x", "Type": "rdiff"}]"#, "[0].Type \"rdiff\""),
  ])
  func whatIsNotBuiltYetIsRefusedByName(path: String, value: String, more: String) throws {
    #expect(try refusals(path, value) == ["\(path)\(more) is not supported yet"])
  }

  @Test(arguments: [
    ("\(system).IsIsoInstall", "true"),
    ("Disks[0].TargetDisk", #"{"Type": "path", "Value": "/dev/sda"}"#),
  ])
  func whatIsForInstallersIsSaidToBe(path: String, value: String) throws {
    #expect(try refusals(path, value) == ["\(path) is for an installer: azl-dev image iso makes one"])
  }

  /// Each on the disk of the specimen, which has an ESP and a root.
  @Test(arguments: [
    ("\(system).RemoveRpmDb", "true"), ("\(system).PreserveTdnfCache", "true"),
    ("\(system).OverrideRpmLocales", "\"NONE\""), ("\(system).Networks", #"[{"Device": "eth0"}]"#),
    ("\(system).KernelOptions.hwe", "\"kernel-hwe\""), ("\(system).BootType", "\"none\""),
    ("\(system).KernelCommandLine.CGroup", "\"version_one\""),
    ("\(system).KernelCommandLine.ImaPolicy", "[\"tcb\"]"),
    ("\(system).KernelCommandLine.SELinux", "\"enforcing\""),
    ("\(system).KernelCommandLine.EnableFIPS", "true"), ("\(system).Users[1].SSHPubKeys", "[\"k\"]"),
    ("\(system).Users[1].SSHPubKeyPaths", "[\"k\"]"), ("\(system).Users[1].PasswordExpiresDays", "90"),
    ("Disks[0].PartitionTableType", "\"mbr\""), ("Disks[0].RawBinaries", #"[{"BinPath": "x"}]"#),
    ("Disks[0].Artifacts[0].Compression", "\"gz\""), ("Disks[0].Artifacts[0].Type", "\"vhd\""),
    ("Disks[0].Artifacts[0].Type", "\"qcow2\""), ("Disks[0].Artifacts[0].Type", "\"ova\""),
    ("Disks[0].Partitions[1].Artifacts", #"[{"Name": "x", "Type": "ext4", "Compression": "xz"}]"#),
    ("SystemConfigs[1]", #"{"Name": "x", "Packages": ["a"]}"#), ("Disks[1]", data),
  ])
  func whatIsBuiltIsNotRefused(path: String, value: String) throws {
    #expect(try refusals(path, value) == [])
  }

  @Test func aLegacyDiskNeedsRoomForGRUB() throws {
    #expect(
      try refusals("\(Self.system).BootType", "\"legacy\"") == [
        "SystemConfigs[0].BootType legacy on a GPT disk needs a partition with the flag bios_grub"
      ])
    #expect(
      try refusals(
        "\(Self.system).BootType", "\"legacy\"", with: [("Disks[0].PartitionTableType", "\"mbr\"")]) == [])
  }

  @Test func anImageWithoutADiskIsAnArchive() throws {
    let bare: [(String, String?)] = [
      ("\(Self.system).PartitionSettings", "[]"), ("\(Self.system).BootType", nil),
    ]
    #expect(
      try refusals("Disks", "[]", with: bare).first
        == "Disks: an image without a disk (container, initrd, installer) is not supported yet")
    for artifact in [
      #"{"Name": "x", "Compression": "tar.gz"}"#, #"{"Name": "x", "Type": "squashfs"}"#,
      #"{"Name": "x", "Type": "initrd", "Compression": "tar.xz"}"#,
    ] {
      #expect(try refusals("Disks[0].Artifacts", "[\(artifact)]", with: bare) == [])
    }
    #expect(
      try refusals("Disks[0].Artifacts", #"[{"Name": "x", "Type": "vhd"}]"#, with: bare) == [
        "Disks[0].Artifacts[0].Type \"vhd\" is not supported yet"
      ])
    #expect(
      try refusals("Disks[0].Artifacts", #"[{"Name": "x"}]"#, with: bare) == [
        "Disks[0].Artifacts[0].Compression must be tar.gz or tar.xz where there is neither a Type nor a disk"
      ])
    let archive: [(String, String?)] = [("Disks[0].Artifacts", #"[{"Name": "x", "Type": "initrd"}]"#)]
    #expect(
      try refusals("\(Self.system).ReadOnlyVerityRoot", #"{"Enable": true}"#, with: bare + archive) == [
        "SystemConfigs[0].ReadOnlyVerityRoot is not supported yet"
      ])
    #expect(
      try refusals("\(Self.system).KernelCommandLine.SELinux", "\"permissive\"", with: bare + archive) == [
        "SystemConfigs[0].KernelCommandLine.SELinux without a disk is not supported yet"
      ])
  }

  @Test func aRootIsProtectedInOneWay() throws {
    let flag: [(String, String?)] = [("Disks[0].Partitions[1].Flags", "[\"dmroot\"]")]
    let verity = ("\(Self.system).ReadOnlyVerityRoot", #"{"Enable": true}"#)
    let encryption = ("\(Self.system).Encryption", #"{"Enable": true, "Password": "x"}"#)
    #expect(try refusals(verity.0, verity.1, with: flag) == [])
    #expect(try refusals(encryption.0, encryption.1, with: flag) == [])
    #expect(
      try refusals(encryption.0, encryption.1, with: flag + [verity]) == [
        "SystemConfigs[0].ReadOnlyVerityRoot cannot be had together with Encryption"
      ])
    #expect(
      try refusals(verity.0, verity.1, with: [("Disks[0].PartitionTableType", "\"mbr\"")]) == [
        "SystemConfigs[0].ReadOnlyVerityRoot needs the root on a gpt disk: its hashes are a partition of their own"
      ])
    #expect(
      try refusals(encryption.0, #"{"Enable": true}"#, with: flag) == [
        "SystemConfigs[0].Encryption.Password must be one line, and not empty: it is typed when the image boots"
      ])
  }

  /// Upstream's rules let these pass, and the image would not come out.
  @Test(arguments: [
    ("Disks[0].Artifacts", "[]", "needs at least one entry, or nothing would be made"),
    ("Disks[0].Artifacts[0].Name", "\"a/b\"", "must be a file name"),
    ("Disks[0].Artifacts[1].Type", "\"vhdx\"", "must not have the same name and type twice"),
    ("Disks[0].Partitions[0].Start", "0", "must be at least 1: the first MiB holds the partition table"),
    ("Disks[0].MaxSize", "66", "leaves no room before MaxSize"),
    (
      "Disks[0].Partitions[1].End", "1024",
      "must be less than MaxSize: the last MiB holds the second partition table"
    ),
    (
      "Disks[0].Partitions[1].Name", "\"a\\\"b\"",
      "must have printable characters, and no quotes or backslashes"
    ),
    ("\(system).PartitionSettings[1].MountPoint", "\"/srv\"", "must mount a partition at /"),
    ("\(system).PartitionSettings[0].MountPoint", "\"boot\"", "\"boot\" is not an absolute path without .."),
    (
      "\(system).PartitionSettings[0].MountOptions", "\"a b\"",
      "must not contain blanks: it is one field of /etc/fstab"
    ),
    (
      "\(system).PartitionSettings[0].MountPoint", "\"\"",
      "efi needs exactly one mounted partition with the flag esp, found 0"
    ),
    ("Disks[0].Partitions[0].FsType", "\"ext4\"", "efi needs fat32, fat16 or vfat on partition \"boot\""),
    ("Disks[0].Partitions[1].FsType", "\"vfat\"", "must mount / from ext2, ext3 or ext4"),
    (
      "\(system).AdditionalFiles[\"motd\"]", "\"/etc/../motd\"",
      "\"/etc/../motd\" is not an absolute path without .."
    ),
    ("\(system).Hostname", "\"a-\"", "must have no label that is empty or ends with -"),
    ("\(system).KernelCommandLine.ExtraCommandLine", "\"a\\nb\"", "must be one line"),
    ("\(system).Users[1].Name", "\"a b\"", "\"a b\" is not a name"),
    ("\(system).Users[1].Name", "\"root\"", "\"root\" is used twice"),
    (
      "\(system).Users[1].StartupCommand", "\"a:b\"",
      "must not contain : or a line break: it is a field of passwd"
    ),
    ("\(system).Users[1].Password", "\"a:b\"", "must be one line, and a hash have no :"),
    ("\(system).Groups[0].GID", "\"x\"", "must be a number from 0 to 60000 as text"),
  ])
  func whatCannotComeOutIsRefused(path: String, value: String, message: String) throws {
    let refusals = try refusals(path, value)
    #expect(refusals.contains { $0.hasSuffix(" \(message)") }, "\(refusals)")
  }

  @Test func aSecondDiskIsHeldAgainstTheSameRules() throws {
    #expect(
      try refusals("Disks[1].Artifacts[0].Type", "\"diff\"", with: [("Disks[1]", Self.data)]) == [
        "Disks[1].Artifacts[0].Type \"diff\" is not supported yet"
      ])
    #expect(
      try refusals("Disks[1].Partitions[3].Start", "7", with: [("Disks[1]", Self.data)]) == [
        "Disks[1].Partitions[3].End must be at least 2 after Start: a logical partition begins 1 MiB after it"
      ])
    #expect(
      try refusals("Disks[1].Artifacts", "[]", with: [("Disks[1]", Self.data)]) == [
        "Disks[1].Artifacts needs at least one entry, or nothing would be made"
      ])
    let name = try refusals(
      "Disks[1].Artifacts", #"[{"Name": "demo", "Type": "vhdx"}]"#, with: [("Disks[1]", Self.data)])
    #expect(name == ["Disks[1].Artifacts must not have the same name and type twice"])
    #expect(
      try refusals(
        "Disks[1]", Self.data,
        with: [("\(Self.system).PartitionSettings", "[]"), ("\(Self.system).BootType", nil)]
      ).first == "Disks[1] has nothing to hold: without PartitionSettings an image is one archive")
  }

  @Test func theErrorNamesTheFileAndAllOfThem() {
    let error = ImageRefusalError(
      file: "x.json",
      refusals: [.init(path: "A", message: "is not supported yet"), .init(path: "B", message: "no")])
    #expect(error.message == "x.json: A is not supported yet\nx.json: B no")
    #expect(error.exitCode == .invalidInput)
  }
}
