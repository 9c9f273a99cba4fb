import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Debian's archive through apt with a configuration of its own: an empty dpkg status, its own lists and cache.
/// apt verifies signatures and hashes; the system's apt state is neither read nor written.
struct DebianArchive: Sendable {
  static let suite = "bookworm"

  let folder: FilePath

  private var configuration: FilePath { folder.appending("apt.conf") }
  private var archives: FilePath { folder.appending("cache/archives") }
  private var environment: [String: String] { ["APT_CONFIG": configuration.string, "LC_ALL": "C"] }

  /// Reads the archive's indexes unless that was done before.
  func prepare(refresh: Bool, report: ActivityReport) async throws {
    let ready = folder.appending("ready")
    if !refresh, FileManager.default.fileExists(atPath: ready.string) { return }
    try? FileManager.default.removeItem(atPath: ready.string)
    for path in ["state/lists/partial", "cache/archives/partial", "log"] {
      try FileManager.default.createDirectory(
        atPath: folder.appending(path).string, withIntermediateDirectories: true)
    }
    let uris = try await Command(["apt-get", "update", "--print-uris"], environment: ["LC_ALL": "C"]).check()
      .text
    guard let sources = DebianArchive.sources(printedURIs: uris) else { throw MirrorError.noDebianMirror }
    try write("", to: folder.appending("state/status"))
    try write(sources, to: folder.appending("sources.list"))
    try write(DebianArchive.settings(folder: folder), to: configuration)
    report(.step(subject: "Debian", "reading the archive's indexes"))
    try await apt("apt-get", ["-q", "-q", "update"]).check()
    try write("", to: ready)
  }

  /// Package and exact version of everything that installing `names` on an empty system brings.
  func closure(of names: [String]) async throws -> [String: String] {
    let result = try await apt("apt-get", ["-s", "-y", "--no-install-recommends", "install"] + names).run()
    let unknown = result.errorText.split(separator: "\n").compactMap { line in
      line.firstMatch(of: /Unable to locate package (\S+)/).map { String($0.output.1) }
    }
    guard unknown.isEmpty else { throw MirrorError.unknownDebianPackages(unknown) }
    guard result.isSuccess else {
      throw CommandError.failed(
        command: apt("apt-get", ["-s", "install"]), status: result.status,
        lastLines: result.errorText.split(separator: "\n").suffix(12).map(String.init))
    }
    var found: [String: String] = [:]
    for line in result.text.split(separator: "\n") {
      guard let match = line.firstMatch(of: /^Inst ([^\s:]+)\S* \((\S+)/) else { continue }
      found[String(match.output.1)] = String(match.output.2)
    }
    return found
  }

  func describe(_ versions: [String: String]) async throws -> [DebianPackage] {
    let names = versions.map { "\($0.key)=\($0.value)" }.sorted()
    return DebianPackage.parse(stanzas: try await apt("apt-cache", ["show"] + names).check().text)
  }

  /// Makes the packages' files present; answers where they are.
  func download(_ packages: [DebianPackage], report: ActivityReport) async throws -> [String: FilePath] {
    let missing = packages.filter { !FileManager.default.fileExists(atPath: path(of: $0).string) }
    if !missing.isEmpty {
      let bytes = missing.reduce(0) { $0 + $1.size }
      report(.step(subject: "Debian", "downloading \(missing.count) packages, \(bytes / 1_000_000) MB"))
      var command = apt(
        "apt-get", ["-q", "-q", "download"] + missing.map { "\($0.name)=\($0.version)" })
      command.workingDirectory = archives.string
      try await command.check()
    }
    let lost = missing.filter { !FileManager.default.fileExists(atPath: path(of: $0).string) }
    guard lost.isEmpty else { throw MirrorError.notDownloaded(lost.map(\.name)) }
    return Dictionary(uniqueKeysWithValues: packages.map { ($0.name, path(of: $0)) })
  }

  /// Fetches the upstream tarballs and signatures of one source package into `folder`.
  func downloadSource(_ name: String, version: String, into folder: FilePath) async throws {
    var command = apt(
      "apt-get", ["-q", "-q", "source", "--download-only", "--tar-only", "\(name)=\(version)"])
    command.workingDirectory = folder.string
    try await command.check()
  }

  /// apt names a file by package, version (`:` written `%3a`) and architecture.
  private func path(of package: DebianPackage) -> FilePath {
    let prefix = "\(package.name)_\(package.version.replacing(":", with: "%3a"))_"
    let all = archives.appending(prefix + "all.deb")
    return FileManager.default.fileExists(atPath: all.string) ? all : archives.appending(prefix + "amd64.deb")
  }

  private func apt(_ program: String, _ arguments: [String]) -> Command {
    Command([program] + arguments, environment: environment)
  }

  private func write(_ text: String, to path: FilePath) throws {
    try Data(text.utf8).write(to: URL(filePath: path.string), options: .atomic)
  }
}

extension DebianArchive {
  /// The sources.list of the demo's release on the mirror that the system's apt uses, read from what
  /// `apt-get update --print-uris` would fetch.
  static func sources(printedURIs text: String) -> String? {
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    let bases = text.split(separator: "\n").compactMap { line -> String? in
      guard let match = line.firstMatch(of: /^'([^']+?)\/?dists\/[^']*InRelease'/) else { return nil }
      return String(match.output.1)
    }
    guard let main = bases.first(where: { $0.hasSuffix("/debian") || $0.hasSuffix("/debian/") }) else {
      return nil
    }
    var lines = [
      "deb [signed-by=\(keyring)] \(main) \(suite) main",
      "deb [signed-by=\(keyring)] \(main) \(suite)-updates main",
      "deb-src [signed-by=\(keyring)] \(main) \(suite) main",
    ]
    if let security = bases.first(where: { $0.contains("/debian-security") }) {
      lines.append("deb [signed-by=\(keyring)] \(security) \(suite)-security main")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func settings(folder: FilePath) -> String {
    """
    Dir::State "\(folder.appending("state"))";
    Dir::State::status "\(folder.appending("state/status"))";
    Dir::Cache "\(folder.appending("cache"))";
    Dir::Log "\(folder.appending("log"))";
    Dir::Etc::sourcelist "\(folder.appending("sources.list"))";
    Dir::Etc::sourceparts "/dev/null";
    Dir::Etc::preferences "/dev/null";
    Dir::Etc::preferencesparts "/dev/null";
    Acquire::Languages "none";
    APT::Architecture "amd64";
    APT::Architectures { "amd64"; };
    APT::Install-Recommends "false";
    APT::Sandbox::User "";

    """
  }
}
