import AzureLinux

/// GRUB's own files, in the shape in which upstream's images have them: the configuration that `grub2-mkconfig` would
/// write, which cannot be run where no disk is mounted, and what it reads when somebody runs it in the image. Pure.
struct Grub: Hashable, Sendable {
  /// Where `/boot` lies: the file system, and the path of that folder in it.
  var bootUUID: String
  var bootPrefix: String
  var title: String
  var kernel: Kernel
  var commandLine: String

  init(disks: DiskSet, title: String, kernel: Kernel, commandLine: String) {
    let own = disks.mounted(at: "/boot")
    bootUUID = (own ?? disks.mounted(at: "/"))?.fileSystemUUID ?? ""
    bootPrefix = own == nil ? "/boot" : ""
    self.title = title
    self.kernel = kernel
    self.commandLine = commandLine
  }

  private func inBoot(_ path: String) -> String {
    path.hasPrefix("/boot/") ? bootPrefix + path.dropFirst("/boot".count) : path
  }

  /// `/boot/grub2/grub.cfg`.
  var configuration: String {
    var entry = ["  linux \(inBoot(kernel.path)) \(commandLine)"]
    if let initrd = kernel.initrd { entry.append("  initrd \(inBoot(initrd))") }
    return
      ([
        "set timeout=0", "set default=0", "if [ -s $prefix/grubenv ]; then load_env; fi",
        "search --no-floppy --fs-uuid --set=root \(bootUUID)",
        "menuentry \"\(title)\" --id \"azurelinux-\(kernel.version)\" {",
      ] + entry + ["}"]).joined(separator: "\n") + "\n"
  }

  /// On the ESP: leads to the one in `/boot`.
  var stub: String {
    """
    search --no-floppy --fs-uuid --set=root \(bootUUID)
    set prefix=($root)"\(bootPrefix)/grub2"
    configfile $prefix/grub.cfg

    """
  }

  /// `/etc/default/grub`, for whoever runs `grub2-mkconfig` in the image. Its root is the generator's to find.
  var defaults: String {
    let words = commandLine.split(separator: " ").filter { !$0.hasPrefix("root") && $0 != "rw" }
    return """
      GRUB_TIMEOUT=0
      GRUB_DISTRIBUTOR="AzureLinux"
      GRUB_DISABLE_SUBMENU=y
      GRUB_TERMINAL_OUTPUT="console"
      GRUB_CMDLINE_LINUX="\(words.joined(separator: " "))"
      GRUB_CMDLINE_LINUX_DEFAULT="$kernelopts"

      """
  }

  /// An empty environment block: 1024 bytes, which GRUB rewrites in place.
  static let environment =
    "# GRUB Environment Block\n" + String(repeating: "#", count: 1024 - "# GRUB Environment Block\n".count)

  /// - Parameter esp: where the ESP is mounted in the image; nil for legacy boot.
  func files(esp: String?, writesConfiguration: Bool) -> [PreparedFile] {
    var files = [
      PreparedFile("/etc/default/grub", .text(defaults)),
      PreparedFile("/boot/grub2/grubenv", .text(Self.environment), mode: 0o600),
    ]
    if writesConfiguration {
      files.append(PreparedFile("/boot/grub2/grub.cfg", .text(configuration), mode: 0o600))
    }
    if let esp { files.append(PreparedFile("\(esp)/boot/grub2/grub.cfg", .text(stub), mode: 0o600)) }
    return files
  }
}
