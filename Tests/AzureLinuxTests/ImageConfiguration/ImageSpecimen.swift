import Foundation

@testable import AzureLinux

/// Valid configurations that tests change in one place.
enum ImageSpecimen {
  /// A disk image that azl-dev can build.
  static let efi = """
    {"_comment": "for tests", "Disks": [{"PartitionTableType": "gpt", "MaxSize": 1024,
      "Artifacts": [{"Name": "demo", "Type": "vhdx"}, {"Name": "demo", "Type": "raw"}],
      "Partitions": [
        {"ID": "boot", "Name": "esp", "Flags": ["esp", "boot"], "Start": 1, "End": 65, "FsType": "fat32"},
        {"ID": "rootfs", "Name": "rootfs", "Start": 65, "End": 0, "FsType": "ext4", "Type": "linux-root-amd64"}]}],
     "SystemConfigs": [{"Name": "Standard", "IsDefault": true, "BootType": "efi", "Hostname": "demo",
      "PackageLists": ["lists/core.json"], "Packages": ["lz4"], "RemoveRpmDb": false, "Encryption": {"Enable": false},
      "KernelOptions": {"_why": "x", "default": "kernel"},
      "KernelCommandLine": {"ExtraCommandLine": "console=ttyS0"},
      "AdditionalFiles": {"motd": "/etc/motd", "a": ["/etc/a", {"Path": "/etc/b", "Permissions": "0600"}]},
      "PartitionSettings": [{"ID": "boot", "MountPoint": "/boot/efi", "MountOptions": "umask=0077"},
        {"ID": "rootfs", "MountPoint": "/", "MountIdentifier": "uuid"}],
      "PostInstallScripts": [{"Path": "setup.sh", "Args": "--now"}],
      "Groups": [{"Name": "staff", "GID": "1500"}],
      "Users": [{"Name": "root", "Password": "secret"}, {"Name": "ann", "UID": "1001", "PasswordHashed": true}],
      "EnableHidepid": true}]}
    """

  /// Every key, each with another value than stands for a missing one.
  static let whole = """
    {"Disks": [{"PartitionTableType": "gpt", "MaxSize": 1024, "TargetDisk": {"Type": "disk", "Value": "/dev/sda"},
      "Artifacts": [{"Name": "demo", "Type": "raw", "Compression": "gz"}],
      "RawBinaries": [{"BinPath": "boot.bin", "BlockSize": 512, "Seek": 2}],
      "Partitions": [
        {"ID": "boot", "Name": "esp", "Flags": ["esp", "boot"], "Start": 1, "End": 65, "FsType": "fat32",
         "Type": "", "TypeUUID": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
         "Artifacts": [{"Name": "p", "Type": "rdiff", "Compression": "xz"}]},
        {"ID": "rootfs", "Name": "root", "Flags": ["dmroot", "grub", "bios_grub", "bios-grub"], "Start": 65, "End": 900,
         "FsType": "ext4", "Type": "linux", "TypeUUID": "", "Artifacts": []}]}],
     "SystemConfigs": [{"Name": "Standard", "IsDefault": true, "IsKickStartBoot": false, "IsIsoInstall": true,
      "BootType": "legacy", "EnableGrubMkconfig": false, "EnableSystemdFirstboot": true, "Hostname": "demo",
      "PackageLists": ["core.json"], "Packages": ["lz4"], "KernelOptions": {"default": "kernel", "hwe": "kernel-hwe"},
      "KernelCommandLine": {"CGroup": "version_one", "ImaPolicy": ["tcb", "appraise_tcb"], "SELinux": "enforcing",
        "SELinuxPolicy": "policy", "EnableFIPS": true, "ExtraCommandLine": "quiet"},
      "AdditionalFiles": {"motd": [{"Path": "/etc/motd", "Permissions": "0600"}]},
      "PartitionSettings": [{"ID": "rootfs", "MountPoint": "/", "MountOptions": "noatime", "MountIdentifier": "partlabel",
        "RemoveDocs": true, "OverlayBaseImage": "base.img", "RdiffBaseImage": "old.img"}],
      "PreInstallScripts": [{"Path": "pre.sh", "Args": "a"}], "PostInstallScripts": [{"Path": "post.sh", "Args": "b"}],
      "FinalizeImageScripts": [{"Path": "end.sh", "Args": "c"}],
      "Networks": [{"BootProto": "static", "GateWay": "10.0.0.1", "Ip": "10.0.0.2", "NetMask": "255.255.255.0",
        "OnBoot": true, "NameServer": ["10.0.0.3"], "Device": "eth0"}],
      "PackageRepos": [{"Name": "extra", "BaseUrl": "http://mirror/extra", "Install": true, "GPGCheck": false,
        "RepoGPGCheck": false, "GPGKeys": "file:///key"}],
      "Groups": [{"Name": "staff", "GID": "1500"}],
      "Users": [{"Name": "ann", "UID": "1001", "PasswordHashed": true, "Password": "$6$x", "PasswordExpiresDays": 90,
        "SSHPubKeyPaths": ["key.pub"], "SSHPubKeys": ["ssh-ed25519 AAAA"], "PrimaryGroup": "staff",
        "SecondaryGroups": ["staff"], "StartupCommand": "/bin/sh", "HomeDirectory": "/srv/ann"}],
      "Encryption": {"Enable": true, "Password": "p"}, "ReadOnlyVerityRoot": {"Enable": true},
      "RemoveRpmDb": true, "PreserveTdnfCache": true,
      "EnableHidepid": true, "DisableRpmDocs": true, "OverrideRpmLocales": "NONE"}]}
    """

  /// An installer's, with a network and a repository.
  static let iso = """
    {"SystemConfigs": [{"Name": "Install", "IsIsoInstall": true, "Packages": ["bash", "shadow-utils"],
      "Networks": [{"BootProto": "static", "Ip": "10.0.0.2", "NetMask": "255.255.255.0", "GateWay": "10.0.0.1",
        "NameServer": ["::1"], "Device": "eth0"}],
      "PackageRepos": [{"Name": "extra", "BaseUrl": "http://mirror/extra"}]}]}
    """

  /// `text` with another value at a path as findings have it; nil takes the key away.
  static func edit(_ text: String, _ path: String, _ value: String?) throws -> String {
    let whole = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let new = try value.map {
      try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
    }
    let steps = path.matches(of: /\["([^"]*)"\]|\[([0-9]+)\]|([^.\[]+)/).map { step in
      String(step.1 ?? step.2 ?? step.3 ?? "")
    }
    let edited = put(new, into: whole, steps[...])
    return String(decoding: try JSONSerialization.data(withJSONObject: edited), as: UTF8.self)
  }

  private static func put(_ value: Any?, into place: Any?, _ steps: ArraySlice<String>) -> Any {
    guard let step = steps.first else { return value ?? NSNull() }
    if var list = place as? [Any], let index = Int(step) {
      let old = index < list.count ? list.remove(at: index) : nil
      list.insert(put(value, into: old, steps.dropFirst()), at: index)
      return list
    }
    var members = place as? [String: Any] ?? [:]
    members[step] = steps.count == 1 ? value : put(value, into: members[step], steps.dropFirst())
    return members
  }

  static func findings(_ text: String) -> [ImageFinding] {
    ImageConfiguration.check(Data(text.utf8), file: "x.json").findings
  }
}
