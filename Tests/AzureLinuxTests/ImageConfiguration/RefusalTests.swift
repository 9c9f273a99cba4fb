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

  @Test func anEFIDiskImageIsBuilt() throws {
    let configuration = try ImageConfiguration.read(Data(ImageSpecimen.efi.utf8), file: "x").get()
    #expect(configuration.refusals.isEmpty)
  }

  @Test(arguments: [
    ("\(system).Networks", #"[{"Device": "bootif"}]"#, "[0].Device \"bootif\": only an installer knows it"),
    ("\(system).PackageRepos", #"[{"Name": "r", "BaseUrl": "http://r"}]"#, ""),
    ("\(system).PreInstallScripts", #"[{"Path": "x"}]"#, ""),
    ("\(system).BootType", "\"\"", " \"\" for a disk"),
    ("\(system).KernelCommandLine.SELinux", "\"enforcing\"", ""),
    ("\(system).PartitionSettings[0].RemoveDocs", "true", ""),
    ("\(system).PartitionSettings[0].OverlayBaseImage", "\"x\"", ""),
    ("\(system).PartitionSettings[0].RdiffBaseImage", "\"x\"", ""),
    ("Disks[0].Artifacts[0].Compression", "\"qcow2\"", " \"qcow2\""),
    ("Disks[0].Artifacts[0].Type", "\"ova\"", " \"ova\""),
    ("Disks[0].Partitions[1].FsType", "\"xfs\"", " \"xfs\": it cannot be filled without being mounted"),
    ("Disks[0].Partitions[1].Artifacts", #"[{"Name": "x", "Type": "rdiff"}]"#, "[0].Type \"rdiff\""),
    ("Disks[0].Partitions[1].Flags", "[\"dmroot\"]", "[0] \"dmroot\""),
    ("Disks[1]", "{}", ": a second disk"),
    ("SystemConfigs[1]", #"{"Name": "x", "Packages": ["a"]}"#, ": a second system"),
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
    ("\(system).KernelCommandLine.EnableFIPS", "true"), ("\(system).Users[1].SSHPubKeys", "[\"k\"]"),
    ("\(system).Users[1].SSHPubKeyPaths", "[\"k\"]"), ("\(system).Users[1].PasswordExpiresDays", "90"),
    ("Disks[0].PartitionTableType", "\"mbr\""), ("Disks[0].RawBinaries", #"[{"BinPath": "x"}]"#),
    ("Disks[0].Artifacts[0].Compression", "\"gz\""), ("Disks[0].Artifacts[0].Type", "\"vhd\""),
    ("Disks[0].Artifacts[0].Type", "\"qcow2\""),
    ("Disks[0].Partitions[1].Artifacts", #"[{"Name": "x", "Type": "ext4", "Compression": "xz"}]"#),
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
    let encrypted = try refusals(
      "\(Self.system).Encryption", #"{"Enable": true}"#,
      with: [("Disks[0].Partitions[1].Flags", "[\"dmroot\"]")])
    #expect(encrypted.last == "SystemConfigs[0].Encryption is not supported yet")
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

  @Test func theErrorNamesTheFileAndAllOfThem() {
    let error = ImageRefusalError(
      file: "x.json",
      refusals: [.init(path: "A", message: "is not supported yet"), .init(path: "B", message: "no")])
    #expect(error.message == "x.json: A is not supported yet\nx.json: B no")
    #expect(error.exitCode == .invalidInput)
  }
}
