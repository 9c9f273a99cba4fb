import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// The key that signs the mirror: made once per cache, without a passphrase, for nothing but this.
struct SigningKey: Sendable {
  static let fileName = "RPM-GPG-KEY-azl-demo"

  /// A GNUPGHOME of its own; short, because gpg-agent's socket lives in it.
  let home: FilePath
  let fingerprint: String
  /// Armoured.
  let publicKey: Data

  /// Reads the key from `folder`, or makes it there.
  static func open(folder: FilePath) async throws -> SigningKey {
    let secret = folder.appending("secret.asc")
    let home = FilePath(NSTemporaryDirectory()).appending("azl-demo-key-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
      atPath: home.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    do {
      if FileManager.default.fileExists(atPath: secret.string) {
        try await gpg(home, ["--import", secret.string]).check()
      } else {
        try await create(home: home, secret: secret)
      }
      let listing = try await gpg(home, ["--with-colons", "--list-secret-keys"]).check().text
      let fingerprint = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") }
        .map { $0.split(separator: ":").last.map(String.init) ?? "" }
      let armoured = try await gpg(home, ["--armor", "--export"]).check().output
      return SigningKey(home: home, fingerprint: fingerprint ?? "", publicKey: armoured)
    } catch {
      try? FileManager.default.removeItem(atPath: home.string)
      throw error
    }
  }

  private static func create(home: FilePath, secret: FilePath) async throws {
    try await gpg(
      home, ["--quick-generate-key", "azl-dev demo mirror <demo@example.com>", "rsa3072", "sign", "never"]
    ).check()
    let exported = try await gpg(home, ["--armor", "--export-secret-keys"]).check().output
    try FileManager.default.createDirectory(
      atPath: secret.removingLastComponent().string, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    try exported.write(to: URL(filePath: secret.string), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.string)
  }

  func sign(rpms: [FilePath]) async throws {
    guard !rpms.isEmpty else { return }
    try await Command(
      [
        "rpmsign", "--define", "__gpg \(try SigningKey.program())", "--define", "_gpg_name \(fingerprint)",
        "--define", "_gpg_path \(home)", "--addsign",
      ] + rpms.map(\.string), environment: ["LC_ALL": "C"]
    ).check()
  }

  /// Writes the armoured detached signature of `file` beside it, as `<file>.asc`.
  func signDetached(_ file: FilePath) async throws {
    try await SigningKey.gpg(
      home, ["--yes", "--armor", "--detach-sign", "--output", file.string + ".asc", file.string]
    ).check()
  }

  /// Ends the agent that gpg started and removes the home.
  func close() async {
    _ = try? await Command(["gpgconf", "--homedir", home.string, "--kill", "all"]).run()
    try? FileManager.default.removeItem(atPath: home.string)
  }

  /// rpm wants gpg's whole path.
  private static func program() throws -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    guard let found = folders.map({ "\($0)/gpg" }).first(where: FileManager.default.isExecutableFile(atPath:))
    else { throw CommandError.notFound(program: "gpg") }
    return found
  }

  private static func gpg(_ home: FilePath, _ arguments: [String]) -> Command {
    Command(
      [
        "gpg", "--homedir", home.string, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase",
        "",
      ]
        + arguments, environment: ["LC_ALL": "C"])
  }
}
