import Foundation
import Sandbox
import SystemPackage

/// A signing key made on the spot, in a GnuPG home of its own.
struct Signer: Sendable {
  let home: FilePath
  static let name = "Azure Linux demo mirror"

  init(home: FilePath) async throws {
    self.home = home
    guard !FileManager.default.fileExists(atPath: home.appending("made").string) else { return }
    try? FileManager.default.removeItem(atPath: home.string)
    try FileManager.default.createDirectory(
      atPath: home.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try await gpg("--passphrase", "", "--quick-gen-key", Self.name, "rsa2048", "sign", "never")
    try await gpg("--armor", "--output", home.appending("key.asc").string, "--export", Self.name)
    try Data().write(to: URL(fileURLWithPath: home.appending("made").string))
  }

  private func gpg(_ arguments: String...) async throws {
    try await Command(
      ["gpg", "--batch", "--yes", "--pinentry-mode", "loopback", "--homedir", home.string] + arguments
    ).check()
  }

  /// Signs RPMs in place.
  func signed(_ rpms: [FilePath]) async throws -> [FilePath] {
    guard !rpms.isEmpty else { return [] }
    try await Command(
      [
        "rpmsign", "--define", "__gpg /usr/bin/gpg", "--define", "_gpg_path \(home)", "--define", "_gpg_name \(Self.name)", "--addsign",
      ] + rpms.map(\.string), environment: ["HOME": home.string, "GNUPGHOME": home.string]
    ).check()
    return rpms
  }

  /// `file.asc` beside the file.
  func sign(_ file: FilePath) async throws {
    try await gpg("--local-user", Self.name, "--armor", "--detach-sign", "--output", file.string + ".asc", file.string)
  }

  func export(to folder: FilePath) throws {
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: home.appending("key.asc").string, toPath: folder.appending("RPM-GPG-KEY-azl-demo").string)
  }
}
