import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Disks that are more than a partition table with four entries, as their own guests see them.
  @Suite(.serialized) struct ImageDisks {
    private static let disks = #"""
      {"Disks": [
        {"PartitionTableType": "mbr", "MaxSize": 1024, "Artifacts": [{"Name": "system", "Type": "qcow2"}],
         "Partitions": [
          {"ID": "opt", "Start": 1, "End": 17, "FsType": "ext4"},
          {"ID": "swap", "Start": 17, "End": 33, "FsType": "linux-swap"},
          {"ID": "srv", "Start": 33, "End": 49, "FsType": "ext2"},
          {"ID": "rootfs", "Start": 49, "End": 960, "FsType": "ext4"},
          {"ID": "media", "Start": 960, "End": 980, "FsType": "vfat"},
          {"ID": "home", "Start": 980, "End": 0, "FsType": "ext3"}]},
        {"PartitionTableType": "gpt", "MaxSize": 256, "Artifacts": [{"Name": "data", "Type": "vhdx"}],
         "Partitions": [{"ID": "var", "Name": "var", "Start": 1, "End": 0, "FsType": "ext4", "Type": "linux-var"}]}],
       "SystemConfigs": [
        {"Name": "disks", "BootType": "legacy", "PackageLists": ["packagelists/base.json"],
         "KernelOptions": {"default": "kernel"}, "KernelCommandLine": {"ExtraCommandLine": "console=ttyS0 quiet"},
         "PartitionSettings": [{"ID": "rootfs", "MountPoint": "/"}, {"ID": "opt", "MountPoint": "/opt"},
           {"ID": "srv", "MountPoint": "/srv"}, {"ID": "media", "MountPoint": "/media"},
           {"ID": "home", "MountPoint": "/home", "MountIdentifier": "uuid"},
           {"ID": "var", "MountPoint": "/var", "MountIdentifier": "partlabel"}],
         "Users": [{"Name": "root", "Password": "lantern"}]},
        {"Name": "other", "Packages": ["filesystem"]}]}
      """#

    @Test func aGuestSeesLogicalPartitionsAndASecondDisk() async throws {
      try await DemoTree.with { tree in
        try tree.write("imageconfigs/disks.json", Self.disks)
        let image = try await tree.azl("image", "build", "imageconfigs/disks.json")
        try #require(image.status == 0, "\(image.all)")
        #expect(image.all.contains("SystemConfigs[1] is for installers"))
        let boot = try await tree.azl(
          "boot", ".azldev/out/images/disks", "--json", "--timeout", "400", "--smoke",
          "findmnt -rno SOURCE,TARGET,FSTYPE -t ext2,ext3,ext4,vfat; swapon --show=NAME --noheadings")
        #expect(boot.status == 0, "\(boot.all)")
        try await Schema("boot").validate(boot.out)
        for seen in [
          "nvme0n1p5 / ext4", "nvme0n1p1 /opt ext4", "nvme0n1p3 /srv ext2", "nvme0n1p6 /media vfat",
          "nvme0n1p7 /home ext3", "nvme1n1p1 /var ext4", "nvme0n1p2\\n",
        ] {
          #expect(boot.out.replacing("\\/", with: "/").contains(seen), "\(seen) is not in \(boot.out)")
        }
      }
    }
  }
}
