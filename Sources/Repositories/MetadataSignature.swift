import AzureLinux
import CRepo
import Foundation
import SystemPackage

/// Whether one of a repository's keys signed its `repomd.xml`.
enum MetadataSignature {
  /// GnuPG works in a folder of its own with these keys alone: the user's keys neither count nor change.
  static func verify(
    _ repomd: FilePath, signature: FilePath, url: String, _ access: RepositoryAccess, in scratch: FilePath
  )
    throws(RepositoryError)
  {
    guard !access.keys.isEmpty else { throw .noKeys(repository: access.id) }
    let home = scratch.appending("gnupg")
    do {
      try FileManager.default.createDirectory(
        atPath: home.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      // reading public keys needs no agent, which would stay behind
      try Data("no-autostart\nno-auto-check-trustdb\n".utf8)
        .write(to: URL(filePath: home.appending("gpg.conf").string))
    } catch {
      throw .file(home, doing: "make", .ioError)
    }
    for key in access.keys {
      var error: UnsafeMutablePointer<GError>?
      defer { g_clear_error(&error) }
      guard lr_gpg_import_key(key.string, home.string, &error) != 0 else {
        let reason = error?.pointee.message.map { String(cString: $0) } ?? "cannot be imported"
        throw .unusableKey(repository: access.id, key: key, reason: reason)
      }
    }
    var error: UnsafeMutablePointer<GError>?
    defer { g_clear_error(&error) }
    guard lr_gpg_check_signature(signature.string, repomd.string, home.string, &error) != 0 else {
      throw .badMetadataSignature(repository: access.id, url: url)
    }
  }
}
