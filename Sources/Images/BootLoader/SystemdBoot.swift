import AzureLinux

/// systemd-boot on the ESP: no menu, one entry, the kernel beside it. Pure.
enum SystemdBoot {
  /// In the image, from package systemd-boot.
  static let program = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"

  static func entry(title: String, version: String, commandLine: String, initrd: Bool) -> String {
    var lines = ["title \(title)", "version \(version)", "linux /azurelinux/\(version)/linux"]
    if initrd { lines.append("initrd /azurelinux/\(version)/initrd") }
    return (lines + ["options \(commandLine)"]).joined(separator: "\n") + "\n"
  }

  /// `esp` is where the ESP is mounted in the image.
  static func files(
    esp: String, title: String, kernel: Kernel, tree: RootTree, commandLine: String
  ) throws(ImageError) -> [PreparedFile] {
    guard let program = tree.place(of: program), tree.exists(Self.program),
      let image = tree.place(of: kernel.path)
    else { throw .bootLoaderMissing }
    let entry = entry(
      title: title, version: kernel.version, commandLine: commandLine, initrd: kernel.initrd != nil)
    var files = [
      PreparedFile("\(esp)/EFI/BOOT/BOOTX64.EFI", .copy(program)),
      PreparedFile("\(esp)/EFI/systemd/systemd-bootx64.efi", .copy(program)),
      PreparedFile(
        "\(esp)/loader/loader.conf", .text("timeout 0\ndefault azurelinux-\(kernel.version).conf\n")),
      PreparedFile("\(esp)/loader/entries/azurelinux-\(kernel.version).conf", .text(entry)),
      PreparedFile("\(esp)/azurelinux/\(kernel.version)/linux", .copy(image)),
    ]
    if let initrd = kernel.initrd.flatMap(tree.place(of:)) {
      files.append(PreparedFile("\(esp)/azurelinux/\(kernel.version)/initrd", .copy(initrd)))
    }
    return files
  }
}
