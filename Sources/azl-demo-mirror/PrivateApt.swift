import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// apt with lists, cache and an empty package database of its own: the system's apt is left alone, and the
/// closure of a package is all of it. apt verifies the archive's signatures and every file's hash.
struct PrivateApt: Sendable {
  let state: FilePath
  private var configuration: FilePath { state.appending("apt.conf") }
  private var environment: [String: String] { ["APT_CONFIG": configuration.string, "LC_ALL": "C"] }

  struct Deb: Sendable, Hashable {
    var name: String
    var version: String
    var file: FilePath
  }

  static let suites = ["bookworm", "bookworm-updates"]
  static let sourceSuites = ["bookworm", "bookworm-updates", "bookworm-backports", "trixie", "forky", "sid"]

  func prepare() async throws {
    for folder in ["state/lists/partial", "cache/archives/partial", "etc"] {
      try FileManager.default.createDirectory(
        atPath: state.appending(folder).string, withIntermediateDirectories: true)
    }
    let mirror = try Self.systemMirror()
    let key = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    var lines = Self.suites.map { "deb \(key) \(mirror) \($0) main" }
    lines.append("deb \(key) \(mirror)-security bookworm-security main")
    lines += Self.sourceSuites.map { "deb-src \(key) \(mirror) \($0) main" }
    let sources = lines.joined(separator: "\n") + "\n"
    let list = state.appending("etc/sources.list")
    let isKnown = (try? String(contentsOfFile: list.string, encoding: .utf8)) == sources
    try sources.write(toFile: list.string, atomically: true, encoding: .utf8)
    try "".write(toFile: state.appending("state/status").string, atomically: true, encoding: .utf8)
    try """
    Dir::State "\(state)/state"; Dir::State::status "\(state)/state/status"; Dir::Cache "\(state)/cache";
    Dir::Etc::sourcelist "\(state)/etc/sources.list"; Dir::Etc::sourceparts "/dev/null";
    Dir::Etc::preferencesparts "/dev/null"; Acquire::Languages "none"; APT::Sandbox::User "root";
    APT::Update::Post-Invoke-Success ""; DPkg::Post-Invoke ""; Debug::NoLocking "1";

    """.write(toFile: configuration.string, atomically: true, encoding: .utf8)
    let stamp = state.appending("updated")
    let age = (try? FileManager.default.attributesOfItem(atPath: stamp.string)[.modificationDate] as? Date)
      .map { -$0.timeIntervalSinceNow } ?? .infinity
    guard !isKnown || age > 6 * 3600 else { return }
    try await apt("apt-get", "-q", "-q", "update")
    try Data().write(to: URL(fileURLWithPath: stamp.string))
  }

  @discardableResult
  private func apt(_ arguments: String..., in folder: FilePath? = nil) async throws -> String {
    try await Command(arguments, environment: environment, workingDirectory: folder?.string).check().text
  }

  /// The mirror that the system's apt uses.
  static func systemMirror() throws -> String {
    let folder = "/etc/apt/sources.list.d"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    let files = names.filter { $0.hasSuffix(".sources") || $0.hasSuffix(".list") }.map { "\(folder)/\($0)" }
    for file in files + ["/etc/apt/sources.list"] {
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { continue }
      for word in text.split(whereSeparator: \.isWhitespace) where word.contains("://") {
        let address = word.hasSuffix("/") ? word.dropLast() : word
        if address.hasSuffix("/debian") { return String(address) }
      }
    }
    throw MirrorError.noMirror
  }

  /// The newest package that a metapackage depends on.
  func dependency(of name: String, startingWith prefix: String) async throws -> String? {
    let text = try await apt("apt-cache", "depends", "--important", name)
    return text.split(whereSeparator: \.isWhitespace).map(String.init).first { $0.hasPrefix(prefix) }
  }

  /// Downloads these packages and all that they depend on.
  func download(_ names: [String]) async throws -> [Deb] {
    let arguments = ["install", "--no-install-recommends"] + names
    let plan = try await Command(
      ["apt-get", "-s", "-y"] + arguments, environment: environment).check().text
    try await Command(["apt-get", "-y", "-q", "-d"] + arguments, environment: environment).check()
    return plan.split(separator: "\n").filter { $0.hasPrefix("Inst ") }.compactMap { line in
      let words = line.split(separator: " ")
      guard words.count > 2 else { return nil }
      let name = String(words[1].prefix { $0 != ":" })
      let version = String(words[2].drop { $0 == "(" })
      let archives = state.appending("cache/archives")
      let start = "\(name)_\(version.replacing(":", with: "%3a"))_"
      let file = ["amd64", "all"].map { archives.appending("\(start)\($0).deb") }
        .first { FileManager.default.fileExists(atPath: $0.string) }
      return file.map { Deb(name: name, version: version, file: $0) }
    }
  }

  /// A source package's upstream files, in `folder`.
  func source(_ package: String, version: String, into folder: FilePath) async throws {
    try await apt("apt-get", "-q", "-q", "source", "--download-only", "--tar-only", "\(package)=\(version)", in: folder)
  }
}
