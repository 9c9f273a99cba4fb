import AzureLinux
import Foundation
import Sandbox
import SystemPackage

extension ImageRun {
  /// As upstream for an encrypted root: whatever packages made is made again.
  func addInitramfs(_ kernel: Kernel?) async throws -> Kernel? {
    guard var kernel, let protection = disks?.protection else { return kernel }
    begin("making the initramfs")
    for (path, package) in protection.programs where !tree.exists(path) {
      throw ImageError.programMissing(path, package: package, neededFor: protection.key)
    }
    let command = Initramfs.make(protection, kernel: kernel.version)
    try await steps.confined("making the initramfs", recipe.inside(), command)
    let path = Initramfs.path(kernel: kernel.version)
    guard tree.exists(path) else {
      throw ImageError.file(FilePath(path), doing: "find", reason: "dracut made none")
    }
    kernel.initrd = path
    return kernel
  }

  /// Around the finished file system of the root.
  ///
  /// - Returns: what the kernel has to be told about it.
  func protect(_ partition: DiskLayout.Partition) async throws -> String? {
    switch partition.protection {
    case nil: return nil
    case .verity: return try await addHashes(to: partition)
    case .encryption:
      try await encrypt(partition)
      return nil
    }
  }

  private func addHashes(to partition: DiskLayout.Partition) async throws -> String {
    guard let place = disks?.hashes else {
      preconditionFailure("because a layout with a verified root has a place for its hashes")
    }
    begin("hashing partition \(partition.id)")
    let disk = disk(partition.disk)
    let (data, hashes) = (file("data", of: partition), file("hashes", of: partition))
    try await steps.plain("copying partition \(partition.id)", disk.extract(partition, to: data))
    let result = try await steps.plain(
      "hashing \(partition.id)",
      Verity.format(
        data, hashes: hashes, uuid: diskIdentity.uuid("verity \(partition.id)"),
        salt: diskIdentity.digits("verity \(partition.id)")))
    guard let hash = Verity.rootHash(result.text) else {
      throw ImageError.file(hashes, doing: "read", reason: "veritysetup printed no root hash")
    }
    try await steps.plain(
      "placing \(place.id)", disk.insert(hashes, as: place), environment: disk.environment)
    for file in [data, hashes] { try FileManager.default.removeItem(atPath: file.string) }
    return Verity.kernelWord(rootHash: hash)
  }

  private func encrypt(_ partition: DiskLayout.Partition) async throws {
    begin("encrypting partition \(partition.id)")
    let disk = disk(partition.disk)
    let passphrase = work.appending("passphrase")
    guard
      FileManager.default.createFile(
        atPath: passphrase.string, contents: Data(system.encryption.password.utf8),
        attributes: [.posixPermissions: 0o600])
    else { throw ImageError.file(passphrase, doing: "write", reason: "not created") }
    defer { try? FileManager.default.removeItem(atPath: passphrase.string) }
    let file = file("luks", of: partition)
    try await steps.plain(
      "encrypting \(partition.id)",
      LUKS.encrypt(
        disk.disk, offset: partition.offset, size: partition.fileSystemSize, passphrase: passphrase, to: file)
    )
    try await steps.plain("naming \(partition.id)", LUKS.name(file, uuid: partition.headerUUID))
    // nothing of what was there in clear stays
    try await steps.plain("emptying \(partition.id)", disk.empty(partition), environment: disk.environment)
    try await steps.plain(
      "placing \(partition.id)", disk.insert(file, as: partition), environment: disk.environment)
    try FileManager.default.removeItem(atPath: file.string)
  }
}
