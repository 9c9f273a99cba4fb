import SystemPackage

/// What stays of the installer's packages in its initrd, all of which is in the machine's memory. Pure.
enum InstallerInitrd {
  private static let unneeded = [
    "boot", "usr/include", "usr/lib/grub", "usr/lib/shim", "usr/share/doc", "usr/share/info",
    "usr/share/locale",
    "usr/share/man", "var/cache", "var/lib/rpm", "var/log",
  ]

  /// - Parameters:
  ///   - modules: folder of the kernel's modules, absolute in the root.
  ///   - keep: file with the paths of those that stay, relative to that folder, one a line.
  static func prune(_ root: FilePath, modules: String, keep: FilePath) -> [String] {
    [
      "sh", "-ec",
      #"cd "$1"; modules=$2; keep=$3; shift 3; rm -rf "$@"; cd "./$modules"; "#
        + #"find . -type f -name '*.ko*' -printf '%P\n' | grep -vxFf "$keep" | tr '\n' '\0' | xargs -0r rm -f; "#
        + "rm -rf build source vdso",
      "sh", root.string, modules, keep.string,
    ] + unneeded
  }
}
