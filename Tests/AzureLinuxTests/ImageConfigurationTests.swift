import AzureLinux
import Foundation
import Testing

/// A whole configuration that is valid; tests change one thing in it.
private let valid = """
  {"_comment": "for tests", "Disks": [{"PartitionTableType": "gpt", "MaxSize": 1024,
    "Artifacts": [{"Name": "demo", "Type": "vhdx"}, {"Name": "demo", "Type": "raw"}],
    "Partitions": [
      {"ID": "boot", "Name": "esp", "Flags": ["esp", "boot"], "Start": 1, "End": 65, "FsType": "fat32"},
      {"ID": "rootfs", "Name": "rootfs", "Start": 65, "End": 0, "FsType": "ext4", "Type": "linux-root-amd64"}]}],
   "SystemConfigs": [{"Name": "Standard", "IsDefault": true, "BootType": "efi", "Hostname": "demo",
    "PackageLists": ["lists/core.json"], "Packages": ["lz4"], "RemoveRpmDb": false, "Encryption": {"Enable": false},
    "KernelOptions": {"_why": "x", "default": "kernel"}, "KernelCommandLine": {"ExtraCommandLine": "console=ttyS0"},
    "AdditionalFiles": {"motd": "/etc/motd", "a": ["/etc/a", {"Path": "/etc/b", "Permissions": "0600"}]},
    "PartitionSettings": [{"ID": "boot", "MountPoint": "/boot/efi", "MountOptions": "umask=0077"},
      {"ID": "rootfs", "MountPoint": "/", "MountIdentifier": "uuid"}],
    "PostInstallScripts": [{"Path": "setup.sh", "Args": "--now"}],
    "Groups": [{"Name": "staff", "GID": "1500"}],
    "Users": [{"Name": "root", "Password": "secret"}, {"Name": "ann", "UID": "1001", "PasswordHashed": true}],
    "EnableHidepid": true}]}
  """

private func read(_ text: String) -> Result<ImageConfiguration, ImageConfigurationError> {
  ImageConfiguration.read(Data(text.utf8), file: "imageconfigs/x.json")
}

private func findings(_ text: String) -> [String] {
  guard case .failure(let error) = read(text) else { return [] }
  return error.findings.map(\.description)
}

/// Findings after `old` in the valid configuration became `new`.
private func findings(_ old: String, _ new: String) -> [String] {
  precondition(valid.contains(old))
  return findings(valid.replacing(old, with: new))
}

@Suite struct ImageConfigurationTests {
  @Test func readsEveryKeyOfAnEFIDiskImage() throws {
    let configuration = try read(valid).get()
    #expect(configuration.disk.maxSize == 1024)
    #expect(configuration.disk.artifacts.map(\.kind) == [.vhdx, .raw])
    let partitions = configuration.disk.partitions
    #expect(partitions.map(\.typeUUID) == [PartitionType.esp.rawValue, PartitionType.rootAMD64.rawValue])
    #expect(partitions.map(\.start) == [1, 65] && partitions.map(\.end) == [65, 0])
    let system = configuration.system
    #expect(
      system.kernel == "kernel" && system.hostname == "demo" && system.extraCommandLine == "console=ttyS0")
    #expect(system.additionalFiles.map(\.destination) == ["/etc/a", "/etc/b", "/etc/motd"])
    #expect(system.additionalFiles.map(\.permissions) == [nil, "0600", nil])
    #expect(system.mounts.map(\.identifier) == [.partuuid, .uuid])
    #expect(system.groups.map(\.gid) == [1500] && system.users.map(\.uid) == [nil, 1001])
    #expect(
      system.users.map(\.passwordHashed) == [false, true] && system.hidepid && !system.systemdFirstboot)
    #expect(system.postInstallScripts.map(\.arguments) == ["--now"])
  }

  @Test func keysAreComparedWithoutCase() throws {
    let lowered = valid.replacing("\"MaxSize\"", with: "\"maxsize\"").replacing(
      "\"Users\"", with: "\"USERS\"")
    #expect(try read(lowered).get() == read(valid).get())
    #expect(
      findings("\"MaxSize\": 1024", "\"MaxSize\": 1024, \"maxsize\": 1") == [
        "imageconfigs/x.json: Disks[0].maxsize is given twice, differing in case only"
      ])
  }

  @Test(arguments: [
    (
      "\"Encryption\": {\"Enable\": false}", "\"Encryption\": {\"Enable\": true}",
      "SystemConfigs[0].Encryption is not supported yet"
    ),
    ("\"RemoveRpmDb\": false", "\"RemoveRpmDb\": true", "SystemConfigs[0].RemoveRpmDb is not supported yet"),
    (
      "\"RemoveRpmDb\": false", "\"Networks\": [{\"Device\": \"eth0\"}]",
      "SystemConfigs[0].Networks is not supported yet"
    ),
    (
      "\"BootType\": \"efi\"", "\"BootType\": \"legacy\"",
      "SystemConfigs[0].BootType \"legacy\" is not supported yet"
    ),
    (
      "\"RemoveRpmDb\": false", "\"EnableGrubMkconfig\": true",
      "SystemConfigs[0].EnableGrubMkconfig: GRUB is not supported yet"
    ),
    (
      "\"ExtraCommandLine\": \"console=ttyS0\"", "\"SELinux\": \"enforcing\"",
      "SystemConfigs[0].KernelCommandLine.SELinux is not supported yet"
    ),
    (
      "{\"Name\": \"demo\", \"Type\": \"vhdx\"}",
      "{\"Name\": \"demo\", \"Type\": \"vhdx\", \"Compression\": \"gz\"}",
      "Disks[0].Artifacts[0].Compression is not supported yet"
    ),
    ("\"Type\": \"vhdx\"", "\"Type\": \"vhd\"", "Disks[0].Artifacts[0].Type \"vhd\" is not supported yet"),
    (
      "\"FsType\": \"ext4\"", "\"FsType\": \"xfs\"",
      "Disks[0].Partitions[1].FsType \"xfs\" is not supported yet"
    ),
    ("\"gpt\"", "\"mbr\"", "Disks[0].PartitionTableType \"mbr\" is not supported yet"),
    (
      "\"UID\": \"1001\"", "\"SSHPubKeys\": [\"k\"]",
      "SystemConfigs[0].Users[1].SSHPubKeys is not supported yet"
    ),
  ])
  func upstreamKeysNotHandledAreRefusedByName(old: String, new: String, finding: String) {
    #expect(findings(old, new) == ["imageconfigs/x.json: \(finding)"])
  }

  @Test(arguments: [
    ("\"Hostname\"", "\"Hostnam\"", "SystemConfigs[0].Hostnam is not a known key; did you mean Hostname?"),
    ("\"MaxSize\"", "\"MaximumDiskSize\"", "Disks[0].MaximumDiskSize is not a known key"),
    (
      "\"MountOptions\"", "\"MountOption\"",
      "SystemConfigs[0].PartitionSettings[0].MountOption is not a known key; did you mean MountOptions?"
    ),
  ])
  func unknownKeysNameTheNearestKnownOne(old: String, new: String, finding: String) {
    #expect(findings(old, new).contains("imageconfigs/x.json: \(finding)"))
  }

  @Test(arguments: [
    (
      "\"MaxSize\": 1024", "\"MaxSize\": \"1 GB\"",
      "Disks[0].MaxSize: expected a whole number of MiB, found \"1 GB\""
    ),
    (
      "\"MaxSize\": 1024", "\"MaxSize\": true", "Disks[0].MaxSize: expected a whole number of MiB, found true"
    ),
    (
      "\"MaxSize\": 1024", "\"MaxSize\": 64",
      "Disks[0].Partitions[0].End: must be less than MaxSize: the last MiB holds the second partition table"
    ),
    (
      "\"Start\": 65", "\"Start\": 60",
      "Disks[0].Partitions[1].Start: overlaps the partition before it, which ends at 65"
    ),
    (
      "\"ID\": \"rootfs\", \"Name\"", "\"ID\": \"boot\", \"Name\"",
      "Disks[0].Partitions[1].ID: \"boot\" is used twice"
    ),
    (
      "\"MountPoint\": \"/\"", "\"MountPoint\": \"/srv\"",
      "SystemConfigs[0].PartitionSettings: no partition is mounted at /"
    ),
    (
      "{\"ID\": \"rootfs\", \"MountPoint\"", "{\"ID\": \"root\", \"MountPoint\"",
      "SystemConfigs[0].PartitionSettings[1].ID: no partition of Disks[0] has the ID \"root\""
    ),
    (
      "\"Hostname\": \"demo\"", "\"Hostname\": \"de_mo\"",
      "SystemConfigs[0].Hostname: \"de_mo\" is not a DNS name: letters, digits and - only"
    ),
    (
      "\"Permissions\": \"0600\"", "\"Permissions\": \"0899\"",
      "SystemConfigs[0].AdditionalFiles[\"a\"]: permissions \"0899\" are not octal from 0 to 777"
    ),
    (
      "\"/etc/motd\"", "\"/etc/../motd\"",
      "SystemConfigs[0].AdditionalFiles[\"motd\"]: \"/etc/../motd\" is not an absolute path without .."
    ),
    (
      "\"UID\": \"1001\"", "\"UID\": \"99999\"",
      "SystemConfigs[0].Users[1].UID: expected a number from 0 to 60000 as text, found \"99999\""
    ),
    (
      "{\"_why\": \"x\", \"default\": \"kernel\"}", "{\"_default\": \"kernel\"}",
      "SystemConfigs[0].KernelOptions.default: is required: the package with the kernel that boots"
    ),
    (
      "\"Flags\": [\"esp\", \"boot\"]", "\"Flags\": []",
      "SystemConfigs[0].BootType: efi needs exactly one mounted partition with the flag esp, found 0"
    ),
    (
      "\"Packages\": [\"lz4\"]", "\"Packages\": [\"kernel\"]",
      "SystemConfigs[0].Packages: kernel belongs in KernelOptions only"
    ),
    (
      "console=ttyS0", "a`b",
      "SystemConfigs[0].KernelCommandLine.ExtraCommandLine: must not contain a backtick"
    ),
  ])
  func invalidValuesNameTheRule(old: String, new: String, finding: String) {
    #expect(findings(old, new).contains("imageconfigs/x.json: \(finding)"))
  }

  @Test func brokenJSONAndOtherShapesAreFindings() {
    #expect(findings("{\"Disks\": [").first?.hasPrefix("imageconfigs/x.json: not valid JSON: ") == true)
    #expect(findings("[]") == ["imageconfigs/x.json: expected an object, found a list"])
    let rootfs = findings("{\"SystemConfigs\": []}")
    #expect(rootfs.first?.contains("an image without a disk") == true)
  }

  @Test func aByteOrderMarkIsAccepted() throws {
    let data = Data([0xEF, 0xBB, 0xBF]) + Data(valid.utf8)
    #expect(try ImageConfiguration.read(data, file: "x").get() == read(valid).get())
  }

  @Test func packagesComeKernelFirstAndOnce() throws {
    let configuration = try read(valid).get()
    let list = try PackageList.read(
      Data(#"{"_comment": 1, "packages": ["bash", "lz4", "openssl>=3.0"]}"#.utf8), file: "lists/core.json"
    ).get()
    #expect(
      configuration.requestedPackages(lists: [list])
        == ["kernel", "azurelinux-release", "bash", "lz4", "openssl>=3.0"])
    #expect(
      configuration.findings(lists: [list], file: "x.json").map(\.description) == [
        "x.json: SystemConfigs[0].Users: needs shadow-utils among the packages",
        "x.json: SystemConfigs[0].Groups: needs shadow-utils among the packages",
      ])
    let whole = PackageList(packages: ["shadow-utils>=4.9", "kernel"])
    #expect(
      configuration.findings(lists: [whole], file: "x.json").map(\.description) == [
        "x.json: SystemConfigs[0].PackageLists[0]: kernel belongs in KernelOptions only"
      ])
  }

  @Test func aPackageListWithoutPackagesIsInvalid() {
    guard case .failure(let error) = PackageList.read(Data("{}".utf8), file: "l.json") else {
      return #expect(Bool(false))
    }
    #expect(error.message == "l.json: packages: is required")
    #expect(error.exitCode == .invalidInput)
  }
}
