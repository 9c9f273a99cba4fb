import AzureLinux
import Foundation
import Sandbox
import SystemPackage

let hasTools = ["rpmbuild", "rpmsign", "gpg", "gpgconf"].allSatisfy { tool in
  FileManager.default.isExecutableFile(atPath: "/usr/bin/\(tool)")
}

/// A folder for real RPMs and the key that signs them; gone after `body`, the key's agent too.
func withPackages<Result>(_ body: (Packages) async throws -> Result) async throws -> Result {
  let packages = Packages(folder: FilePath("/tmp/rpm-\(UUID().uuidString.prefix(8))"))
  try FileManager.default.createDirectory(atPath: packages.folder.string, withIntermediateDirectories: true)
  let result: Swift.Result<Result, any Error>
  do { result = .success(try await body(packages)) } catch { result = .failure(error) }
  await packages.remove()
  return try result.get()
}

struct Packages: Sendable {
  let folder: FilePath

  /// Builds the binary package of a spec text in a folder of its own.
  func build(
    _ spec: String, into name: String, defines: [String] = [], target: String = "noarch"
  ) async throws -> FilePath {
    let file = folder.appending("\(name).spec")
    try Data(spec.utf8).write(to: URL(filePath: file.string))
    let defines = defines + ["_topdir \(folder)/build", "_rpmdir \(folder)/\(name)", "_build_id_links none"]
    try await Command(
      ["rpmbuild", "-bb", "--quiet", "--target", target] + defines.flatMap { ["--define", $0] } + [
        file.string
      ]
    )
    .check()
    let made = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(name)")
    guard let rpm = made.first(where: { $0.hasSuffix(".rpm") }) else { throw CocoaError(.fileNoSuchFile) }
    return folder.appending(name).appending(rpm)
  }

  private func home(_ key: String) -> FilePath { folder.appending("gnupg-\(key)") }

  /// Makes a signing key; returns its armoured public half and its long id.
  func key(_ name: String) async throws -> (file: FilePath, id: String) {
    let home = home(name)
    try FileManager.default.createDirectory(
      atPath: home.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let gpg = ["gpg", "--homedir", home.string, "--batch", "--quiet"]
    try await Command(
      gpg + [
        "--passphrase", "", "--quick-generate-key", "\(name) <\(name)@example.org>", "rsa2048", "sign",
        "never",
      ]
    ).check()
    let file = folder.appending("\(name).asc")
    try await Command(gpg + ["--armor", "--output", file.string, "--export", name]).check()
    let listing = try await Command(gpg + ["--with-colons", "--list-keys", name]).check().text
    let line = listing.split(separator: "\n").first { $0.hasPrefix("pub:") } ?? ""
    return (file, String(line.split(separator: ":", omittingEmptySubsequences: false)[4]))
  }

  func sign(_ rpm: FilePath, with key: String) async throws {
    try await Command(
      ["rpmsign", "--define", "__gpg /usr/bin/gpg", "--define", "_gpg_name \(key)", "--addsign", rpm.string],
      environment: ["GNUPGHOME": home(key).string]
    ).check()
  }

  func remove() async {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    for name in names where name.hasPrefix("gnupg-") {
      _ = try? await Command(["gpgconf", "--homedir", folder.appending(name).string, "--kill", "all"]).run()
    }
    try? FileManager.default.removeItem(atPath: folder.string)
  }
}

/// A spec whose one file holds `content`.
func spec(content: String = "content", changelog: String = "first", lines: [String] = []) -> String {
  """
  Name: sample
  Epoch: 2
  Version: 1.0
  Release: 3.azl3
  Summary: A test package
  License: MIT
  BuildArch: noarch
  Provides: virtual(sample) = 1.0
  Requires: other >= 2.1
  Requires: (a if b)
  Conflicts: foe
  Obsoletes: ancient < 1
  \(lines.joined(separator: "\n"))
  %description
  A test package.
  %install
  mkdir -p %{buildroot}/etc
  printf '%s' '\(content)' > %{buildroot}/etc/sample.conf
  ln -s sample.conf %{buildroot}/etc/link.conf
  touch -d @1700000000 %{buildroot}/etc/sample.conf
  touch -h -d @1700000000 %{buildroot}/etc/link.conf
  %post -p /bin/sh
  echo installed
  %files
  %config(noreplace) %attr(0640, root, daemon) /etc/sample.conf
  /etc/link.conf
  %changelog
  * Tue Nov 14 2023 A <a@example.org> - 1.0-3
  - \(changelog)
  """
}
