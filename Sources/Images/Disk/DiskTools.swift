import AzureLinux
import Sandbox
import SystemPackage

/// The argument vectors that make a disk without a loop device and without a mount. Pure.
package struct DiskTools: Hashable, Sendable {
  package var disk: FilePath
  /// Seconds; every time stamp that a tool would take from the clock.
  package var timestamp: Int

  package init(disk: FilePath, timestamp: Int) {
    self.disk = disk
    self.timestamp = timestamp
  }

  package var environment: [String: String] {
    Command.hostEnvironment.merging([
      "TZ": "UTC", "SOURCE_DATE_EPOCH": String(timestamp), "E2FSPROGS_FAKE_TIME": String(timestamp),
      // a user's mtools settings must not reach the image
      "MTOOLSRC": "/dev/null", "MTOOLS_SKIP_CHECK": "1",
    ]) { $1 }
  }

  package func partitionTable(script: FilePath) -> [String] {
    [
      "sh", "-c", #"exec sfdisk --quiet --no-reread --no-tell-kernel "$1" < "$2""#, "sh", disk.string,
      script.string,
    ]
  }

  /// Upstream's feature list, so that the file system is one that every supported kernel and tool reads.
  private static let features = [
    "none", "sparse_super", "large_file", "filetype", "resize_inode", "dir_index", "ext_attr",
  ]
  private static let features4 = [
    "extent", "huge_file", "flex_bg", "metadata_csum", "64bit", "dir_nlink", "extra_isize",
  ]

  package func ext(_ partition: DiskLayout.Partition, from tree: FilePath) -> [String] {
    var features = DiskTools.features
    if partition.configuration.fileSystem != .ext2 { features.append("has_journal") }
    if partition.configuration.fileSystem == .ext4 { features += DiskTools.features4 }
    let options = [
      "offset=\(partition.offset)", "hash_seed=\(partition.fileSystemUUID)", "root_owner=0:0", "nodiscard",
      // the disk is a new file, all zeros: the guest has nothing left to initialise
      "assume_storage_prezeroed=1",
    ]
    return [
      "mke2fs", "-q", "-F", "-t", partition.configuration.fileSystem.rawValue, "-b", "4096", "-U",
      partition.fileSystemUUID, "-O", features.joined(separator: ","), "-E", options.joined(separator: ","),
      "-d",
      tree.string, disk.string, "\(partition.fileSystemSize / 1024)k",
    ]
  }

  /// libext2fs's notation of a file system inside a file.
  package func device(_ partition: DiskLayout.Partition) -> String {
    "\(disk.string)?offset=\(partition.offset)"
  }

  package func describe(_ partition: DiskLayout.Partition) -> [String] {
    ["dumpe2fs", "-h", device(partition)]
  }

  package func edit(_ partition: DiskLayout.Partition, commands: FilePath) -> [String] {
    ["debugfs", "-w", "-f", commands.string, device(partition)]
  }

  /// debugfs commands that set what mke2fs takes from this machine's inodes: change and access times.
  package func steadyTimes(inodes: Int) -> String {
    // 2 is the root folder; up to 10 are the file system's own
    ([2] + Array(11...max(11, inodes))).map {
      "sif <\($0)> ctime @\(timestamp)\nsif <\($0)> atime @\(timestamp)\n"
    }.joined()
  }

  /// A FAT file system in a file of its own: mkfs.vfat derives its geometry from the size of the whole file that it
  /// is given, whatever it is told about the part of it to use.
  package func fat(_ partition: DiskLayout.Partition, file: FilePath) -> [String] {
    // FAT32 needs 65,525 clusters; smaller ones are left to mkfs.vfat, as upstream leaves all
    let width =
      partition.configuration.fileSystem == .fat32 && partition.size >= 40 << 20 ? ["-F", "32"] : []
    return ["mkfs.vfat", "--invariant", "-i", partition.fileSystemUUID.replacing("-", with: "")] + width
      + ["-C", file.string, String(partition.size / 1024)]
  }

  package func fatFolders(_ folders: [String], file: FilePath) -> [String] {
    ["mmd", "-i", file.string] + folders.map { "::/\($0)" }
  }

  package func fatFiles(_ files: [FilePath], to folder: String, file: FilePath) -> [String] {
    ["mcopy", "-m", "-i", file.string] + files.map(\.string) + ["::/\(folder)"]
  }

  /// All zeros again.
  package func empty(_ partition: DiskLayout.Partition) -> [String] {
    [
      "fallocate", "--punch-hole", "--offset", String(partition.offset), "--length", String(partition.size),
      disk.string,
    ]
  }

  package func insert(_ file: FilePath, as partition: DiskLayout.Partition) -> [String] {
    [
      "dd", "if=\(file)", "of=\(disk)", "bs=1M", "seek=\(partition.offset >> 20)", "conv=notrunc,sparse",
      "status=none",
    ]
  }

  package func swap(_ partition: DiskLayout.Partition, file: FilePath) -> [[String]] {
    [
      ["truncate", "--size", String(partition.size), file.string],
      ["mkswap", "--quiet", "--uuid", partition.fileSystemUUID, file.string],
    ]
  }

  package func place(_ binary: ImageConfiguration.RawBinary, from source: FilePath) -> [String] {
    [
      "dd", "if=\(source)", "of=\(disk)", "bs=\(binary.blockSize)", "seek=\(binary.seek)", "conv=notrunc",
      "status=none",
    ]
  }

  /// What lies in a partition, as a file of its own.
  package func extract(_ partition: DiskLayout.Partition, to file: FilePath) -> [String] {
    [
      "dd", "if=\(disk)", "of=\(file)", "bs=1M", "skip=\(partition.offset >> 20)",
      "count=\(partition.size >> 20)", "conv=sparse", "status=none",
    ]
  }

  /// - Parameter format: not raw.
  package func convert(to format: DiskFormat, output: FilePath) -> [String] {
    ["qemu-img", "convert", "-f", "raw", "-O", format.qemu]
      + (format.options.isEmpty ? [] : ["-o", format.options]) + [disk.string, output.string]
  }
}
