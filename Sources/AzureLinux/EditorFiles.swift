import Glibc

/// Names that editors leave beside the file being edited. Neither the baseline nor the watcher sees them.
package enum EditorFiles {
  /// Swap (`.x.swp`), backup (`x~`), lock (`.#x`) and autosave (`#x#`) files, and vim's probe `4913`.
  package static func isOne(_ name: some StringProtocol) -> Bool {
    if name == "4913" || name.hasSuffix("~") || name.hasPrefix(".#") { return true }
    if name.hasPrefix("#"), name.hasSuffix("#"), name.utf8.count > 1 { return true }
    return isSwap(name)
  }

  /// Kate writes `.x.kate-swp` while somebody types. vim counts down from `.swp` when a swap file exists: `.swo`, `.swn`; `.swx` is its probe.
  private static func isSwap(_ name: some StringProtocol) -> Bool {
    if name.hasPrefix("."), name.hasSuffix(".kate-swp") { return true }
    let end = Array(name.utf8.suffix(4))
    guard name.hasPrefix("."), end.count == 4, name.utf8.count > 5 else { return false }
    return end[0] == 0x2E && end[1] == 0x73 && end[2] == 0x77 && (0x61...0x7A).contains(end[3])
  }

  /// Folders in which nothing concerns the tree.
  package static func isPrivateFolder(_ name: some StringProtocol) -> Bool {
    name == ".git" || name == ".azldev"
  }

  /// Whether `path`, relative to the tree, is such a file or lies in such a folder.
  package static func hides(_ path: String) -> Bool {
    let names = path.split(separator: "/")
    return names.last.map { isOne($0) } == true || names.contains { isPrivateFolder($0) }
  }
}
