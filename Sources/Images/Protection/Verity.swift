import SystemPackage

/// dm-verity: a tree of hashes in a partition of its own, for which the last part of the root's is taken. veritysetup works
/// on plain files. Pure.
enum Verity {
  private static let block = 4096
  /// SHA-256 of a block of hashes.
  private static let hashesPerBlock = 4096 / 32

  /// Whole MiB; behind it is room for the superblock and the tree of so much data.
  static func dataSize(of partition: Int) -> Int {
    var level = partition / block
    var blocks = 1
    repeat {
      level = (level + hashesPerBlock - 1) / hashesPerBlock
      blocks += level
    } while level > 1
    return ((partition - blocks * block) >> 20) << 20
  }

  /// What a partition with the hashes of a root is called, by the Discoverable Partitions Specification for x86-64.
  static let partitionType = "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5"

  /// - Parameters:
  ///   - data: the root's file system.
  ///   - hashes: made.
  static func format(_ data: FilePath, hashes: FilePath, uuid: String, salt: String) -> [String] {
    [
      "veritysetup", "format", "--hash", "sha256", "--data-block-size", "4096", "--hash-block-size", "4096",
      "--uuid", uuid, "--salt", salt, data.string, hashes.string,
    ]
  }

  /// Of what veritysetup printed.
  static func rootHash(_ text: String) -> String? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("Root hash:") }
    return line?.split(whereSeparator: \.isWhitespace).last.map(String.init)
  }

  /// As systemd-veritysetup-generator takes them. A block that is not what it was ends the machine: a read that fails
  /// could be lived with.
  ///
  /// - Parameters:
  ///   - data: PARTUUID of the root.
  ///   - hashes: that of its hashes.
  static func kernelWords(data: String, hashes: String) -> [String] {
    [
      "systemd.verity_root_data=PARTUUID=\(data)", "systemd.verity_root_hash=PARTUUID=\(hashes)",
      "systemd.verity_root_options=panic-on-corruption",
    ]
  }

  static func kernelWord(rootHash: String) -> String { "roothash=\(rootHash)" }
}
