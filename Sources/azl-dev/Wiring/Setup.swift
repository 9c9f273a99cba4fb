import AzureLinux
import Foundation
import Incremental
import Storage
import SystemPackage

/// What `init` writes below `.azldev/`.
struct Setup: Sendable {
  let workspace: Workspace
  let report: ActivityReport

  /// Git is shown what is meant for everybody, and nothing of the rest. The file itself need not be committed: each
  /// checkout writes its own.
  static let ignore = "/*\n!/config.toml\n"

  func prepareFolder() throws {
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: workspace.folder.string, withIntermediateDirectories: true)
      let ignore = workspace.folder.appending(".gitignore")
      // earlier versions of the file hid the configuration too
      let found = manager.contents(atPath: ignore.string)
      if found == nil || found == Data("*\n".utf8) {
        try AtomicFile.write(Data(Self.ignore.utf8), to: ignore)
      }
    } catch {
      throw WorkspaceError.unwritable(path: workspace.folder.string, reason: "\(error)")
    }
  }

  /// What a call asks for, as the text of `config.local.toml`; nil when it asks for nothing.
  func localConfiguration(mirror: String?, release: String?, baseline: String?) -> String? {
    guard mirror != nil || release != nil || baseline != nil else { return nil }
    return ConfigurationText.local(mirror: mirror, release: release, baseline: baseline)
  }

  /// Keeps a configuration that is there; what a call asked for is laid over it.
  func writeConfiguration(local: String?) throws {
    let isNew = !FileManager.default.fileExists(atPath: workspace.configuration.string)
    if isNew { try AtomicFile.write(Data(ConfigurationText.standard().utf8), to: workspace.configuration) }
    if let local { try AtomicFile.write(Data(local.utf8), to: workspace.localConfiguration) }
  }

  func identity(_ settings: Settings, _ commit: GitBaseline.Commit) -> BuildIdentity {
    let day = Date(timeIntervalSince1970: TimeInterval(commit.time)).ISO8601Format().prefix(10).filter {
      $0 != "-"
    }
    return BuildIdentity(
      dist: settings.identity.dist,
      releaseVersion: settings.identity.releaseVersion.isEmpty
        ? "\(settings.release).\(day)" : settings.identity.releaseVersion,
      buildNumber: settings.identity.buildNumber.isEmpty
        ? String(commit.id.prefix(9)) : settings.identity.buildNumber,
      sourceDateEpoch: commit.time)
  }

  func write(_ lock: BaselineLock) throws {
    try AtomicFile.write(JSONEncoder.snake.encode(lock) + Data([10]), to: workspace.baselineLock)
  }
}

/// The text of configuration files.
enum ConfigurationText {
  static func standard() -> String {
    """
    # azl-dev in this tree. Every key has a default; docs/configuration.md names them all.
    schema = 1
    release = "3.0"
    spec_dirs = ["SPECS", "SPECS-EXTENDED", "SPECS-SIGNED"]

    # Without [[repository]] the packages come from packages.microsoft.com.

    """
  }

  static func local(mirror: String?, release: String?, baseline: String?) -> String {
    var lines = ["# Written by azl-dev init; laid over config.toml."]
    if let release { lines.append("release = \(quoted(release))") }
    if let baseline { lines += ["[baseline]", "ref = \(quoted(baseline))"] }
    if var root = mirror {
      while root.hasSuffix("/") { root.removeLast() }
      let base = root + "/azurelinux/$releasever/prod/base"
      let keys = "keys = [\(quoted(root + "/keys/RPM-GPG-KEY-azl-demo"))]"
      lines += [
        "[sources]", "urls = [\(quoted(root + "/sources/core"))]", "[toolchain]",
        "worker_manifest = \(quoted(root + "/manifests/pkggen_core_$basearch.txt"))", "[[repository]]",
        "id = \"base\"", "url = \(quoted(base + "/$basearch"))", keys,
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
