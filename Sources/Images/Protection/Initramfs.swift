/// The initramfs that makes the device of a protected root: for any machine, the same bytes each time. Pure.
enum Initramfs {
  static func path(kernel version: String) -> String { "/boot/initramfs-\(version).img" }

  /// To be run in the image.
  static func make(_ protection: Protection, kernel version: String) -> [String] {
    [
      "dracut", "--quiet", "--force", "--no-hostonly", "--reproducible", "--kver", version, "--add",
      protection.modules.joined(separator: " "), path(kernel: version),
    ]
  }
}
