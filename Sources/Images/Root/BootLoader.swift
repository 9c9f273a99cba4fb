import AzureLinux

/// systemd-boot on the ESP: no menu, one entry, the kernel beside it. Pure.
package enum BootLoader {
  /// In the image, from package systemd-boot.
  package static let program = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"

  /// What every image of ours boots with; `rw`: without an initrd nobody else would check or remount the root.
  package static func commandLine(root: DiskLayout.Partition, extra: String) -> String {
    let words = ["root=PARTUUID=\(root.uuid)", "rootfstype=\(root.fileSystem)", "rw", "net.ifnames=0"]
    return (words + [extra]).filter { !$0.isEmpty }.joined(separator: " ")
  }

  package static func entry(title: String, version: String, commandLine: String, initrd: Bool) -> String {
    var lines = ["title \(title)", "version \(version)", "linux /azurelinux/\(version)/linux"]
    if initrd { lines.append("initrd /azurelinux/\(version)/initrd") }
    return (lines + ["options \(commandLine)"]).joined(separator: "\n") + "\n"
  }

  /// `esp` is where the ESP is mounted in the image.
  package static func files(
    esp: String, title: String, kernel: Kernel, tree: RootTree, commandLine: String
  ) throws(ImageError) -> [PreparedFile] {
    guard let program = tree.place(of: program), tree.exists(BootLoader.program),
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

/// The kernel of an image, by its paths in it.
package struct Kernel: Hashable, Codable, Sendable {
  package var version: String
  package var path: String
  package var initrd: String?

  /// Out of the files of the package that `KernelOptions` names; one that only requires a kernel leaves the choice to
  /// what is in `/boot`.
  package init(package: String, files: [String], tree: RootTree) throws(ImageError) {
    let prefix = "/boot/vmlinuz-"
    func isKernel(_ path: String) -> Bool { path.hasPrefix(prefix) && !path.hasSuffix(".hmac") }
    let owned = files.filter(isKernel)
    let kernels =
      owned.isEmpty ? tree.contents(of: "/boot").files.map { "/boot/\($0)" }.filter(isKernel) : owned
    guard kernels.count == 1, let path = kernels.first else {
      throw .kernelNotFound(package: package, found: kernels)
    }
    self.path = path
    let version = String(path.dropFirst(prefix.count))
    self.version = version
    // made by a scriptlet, so it is in no file list
    initrd = ["/boot/initramfs-\(version).img", "/boot/initrd.img-\(version)"].first(where: tree.exists)
  }
}
