/// What the lines on a console say about a boot that goes wrong, in the words of firmware, boot loaders, the kernel,
/// dracut, initramfs-tools and systemd. Pure.
struct ConsoleSigns: Sendable {
  /// A line that named a root file system which is not there.
  private var missingRoot: String?
  /// What systemd could not start, the last of it.
  private var failures: [String] = []

  private static let panic = "Kernel panic - not syncing"
  private static let missingRoots = [
    "VFS: Cannot open root device", "VFS: Unable to mount root fs", "Failed to mount /sysroot",
    "Dependency failed for /sysroot", "Dependency failed for Initrd Root",
  ]
  private static let maintenance = [
    "You are in emergency mode", "You are in rescue mode", "Entering emergency mode",
  ]
  private static let maintenancePrompts = ["Give root password for maintenance", "root account is locked"]
  private static let bootless = [
    "No bootable option or device was found", "No bootable device", "Boot failed: not a bootable disk",
    "error: no such partition", "error: unknown filesystem",
  ]
  /// Prompts of programs that wait for somebody who will not come.
  private static let prompts = ["grub rescue>", "grub>", "Shell>"]

  /// - Parameter line: whole.
  mutating func read(_ line: String) -> BootVerdict? {
    if line.contains(Self.panic) {
      let isRoot = Self.missingRoots.contains(where: line.contains)
      // the line before it names the device
      return isRoot ? .noRoot(missingRoot ?? line) : .panic(line)
    }
    if Self.missingRoots.contains(where: line.contains) || Self.isMissingDevice(line) {
      missingRoot = missingRoot ?? line
      if line.contains("Dropping to a shell!") { return .noRoot(line) }
    }
    if ["[FAILED]", "[DEPEND]", "[ TIME ]"].contains(where: line.contains) {
      failures = (failures + [line]).suffix(12)
    }
    if Self.bootless.contains(where: line.contains) { return .noBootLoader(line) }
    return Self.maintenance.contains(where: line.contains) ? maintenance(line) : glance(line)
  }

  /// - Parameter line: as far as it has come: who asks a question ends no line.
  func glance(_ line: String) -> BootVerdict? {
    if Self.maintenancePrompts.contains(where: line.contains) { return maintenance(line) }
    return Self.prompts.contains(where: line.hasPrefix) ? .noBootLoader(line) : nil
  }

  private func maintenance(_ line: String) -> BootVerdict {
    missingRoot.map { .noRoot($0) } ?? .emergency(line, because: failures)
  }

  /// `Warning: /dev/disk/by-uuid/… does not exist` of dracut, `ALERT!  UUID=… does not exist.` of initramfs-tools.
  private static func isMissingDevice(_ line: String) -> Bool {
    line.contains(" does not exist") && (line.contains("dracut") || line.contains("ALERT!"))
  }
}
