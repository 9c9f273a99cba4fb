import AzureLinux

/// The kernel of an image, by its paths in it.
package struct Kernel: Hashable, Codable, Sendable {
  package var version: String
  package var path: String
  package var initrd: String?
}

extension Kernel {
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
