import SystemPackage

/// A LUKS volume with the parameters of upstream's, made of a file system without a mapped device: qemu-img encrypts in
/// its own process. Pure.
enum LUKS {
  /// Bytes for the header and its key slots: qemu-img takes a little more than one MiB.
  static let reserve = 2 << 20

  static func mapping(uuid: String) -> String { "luks-\(uuid)" }

  /// - Parameters:
  ///   - disk: has the file system at `offset`.
  ///   - passphrase: a file, so that it is in no process list.
  static func encrypt(
    _ disk: FilePath, offset: Int, size: Int, passphrase: FilePath, to file: FilePath
  ) -> [String] {
    let options = [
      "key-secret=passphrase", "cipher-alg=aes-128", "cipher-mode=xts", "ivgen-alg=plain64",
      "hash-alg=sha512",
    ]
    return [
      "qemu-img", "convert", "--object", "secret,id=passphrase,file=\(escaped(passphrase))", "--image-opts",
      "driver=raw,offset=\(offset),size=\(size),file.driver=file,file.filename=\(escaped(disk))", "-O",
      "luks",
      "-o", options.joined(separator: ","), file.string,
    ]
  }

  /// qemu-img draws one at random, and the kernel's command line names it.
  static func name(_ file: FilePath, uuid: String) -> [String] {
    ["cryptsetup", "--batch-mode", "luksUUID", "--uuid", uuid, file.string]
  }

  /// As upstream, but without a key file: nothing that unlocks the root lies outside of it.
  static func table(uuid: String) -> String { "\(mapping(uuid: uuid)) UUID=\(uuid) none luks,discard\n" }

  static func kernelWords(uuid: String) -> [String] { ["rd.luks.uuid=\(uuid)"] }

  /// A comma ends an option's value unless it is doubled.
  private static func escaped(_ path: FilePath) -> String { path.string.replacing(",", with: ",,") }
}
