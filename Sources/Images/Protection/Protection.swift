import AzureLinux

/// What lies between the root's partition and its file system. The kernel sees the file system as another device, which
/// an initramfs has to make first. Pure.
package enum Protection: Hashable, Sendable {
  /// Read-only; every block is held against a tree of hashes, which lies in a partition of its own behind the root's.
  case verity
  /// LUKS; the file system is what the passphrase opens.
  case encryption

  package init?(_ system: ImageConfiguration.System) {
    if system.verityRoot.isEnabled {
      self = .verity
    } else if system.encryption.isEnabled {
      self = .encryption
    } else {
      return nil
    }
  }

  /// - Parameter uuid: of the partition's header.
  func device(uuid: String) -> String {
    switch self {
    case .verity: "/dev/mapper/root"
    case .encryption: "/dev/mapper/\(LUKS.mapping(uuid: uuid))"
    }
  }

  /// dracut's modules that make the device.
  var modules: [String] { self == .verity ? ["dm", "systemd-veritysetup"] : ["dm", "crypt"] }

  /// Programs of the image that dracut would silently do without, and the packages that have them.
  var programs: [(path: String, package: String)] {
    [("/usr/bin/dracut", "dracut"), ("/usr/sbin/dmsetup", "device-mapper")]
      + (self == .verity
        ? [("/usr/lib/systemd/systemd-veritysetup", "systemd")] : [("/usr/sbin/cryptsetup", "cryptsetup")])
  }

  /// The key that asks for it.
  var key: String { self == .verity ? "ReadOnlyVerityRoot" : "Encryption" }
}
