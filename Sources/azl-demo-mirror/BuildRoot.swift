import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// A root with the base layer installed by rpm, the lower layer of every build.
struct BuildRoot: Sendable {
  let folder: FilePath
  /// Names of the installed RPMs.
  let packages: Set<String>
  /// File names in the order in which rpm installed them.
  let installOrder: [String]

  static func install(_ entries: [RPMPool.Entry], into folder: FilePath) async throws -> BuildRoot {
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    let result = try await Namespace.command(
      installation(root: folder, rpms: entries.map(\.path)), environment: ["LC_ALL": "C"]
    ).run()
    guard result.isSuccess else {
      throw MirrorError.rootFailed(
        lastLines: result.errorText.split(separator: "\n").suffix(20).map(String.init))
    }
    let byLabel = Dictionary(uniqueKeysWithValues: entries.map { (label($0.fileName), $0.fileName) })
    // -v names every package, without its architecture's suffix, when its turn comes
    let order = result.text.split(separator: "\n").compactMap { byLabel[String($0)] }
    return BuildRoot(folder: folder, packages: Set(entries.map(\.name)), installOrder: order)
  }

  static func installation(root: FilePath, rpms: [FilePath]) -> [String] {
    ["rpm", "--root", root.string, "--dbpath", "/var/lib/rpm", "-iv", "--nosignature", "--nodigest"]
      + rpms.map(\.string)
  }

  private static func label(_ fileName: String) -> String {
    fileName.hasSuffix(".rpm") ? String(fileName.dropLast(4)) : fileName
  }
}

/// Folders of one build on top of a root.
struct BuildPlace: Hashable, Sendable {
  var lower: FilePath
  var scratch: FilePath
  /// Becomes /usr/src/azl.
  var topdir: FilePath

  var upper: FilePath { scratch.appending("upper") }
  var overlayWork: FilePath { scratch.appending("overlay") }
  var merged: FilePath { scratch.appending("merged") }

  /// Mounts the overlay, installs `extra` in it and runs `program` there without network. To be run in a
  /// mount namespace: the mount goes with it.
  func script(extra: [FilePath], macros: FilePath, program: [String], isRoot: Bool) -> String {
    let options =
      "lowerdir=\(lower),upperdir=\(upper),workdir=\(overlayWork)" + (isRoot ? "" : ",userxattr")
    var lines = ["set -e", line(["mount", "-t", "overlay", "overlay", "-o", options, merged.string])]
    if !extra.isEmpty { lines.append(line(BuildRoot.installation(root: merged, rpms: extra))) }
    lines.append(
      line(
        [
          "exec", "bwrap", "--bind", merged.string, "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs",
          "/tmp",
          "--bind", topdir.string, "/usr/src/azl", "--ro-bind", macros.string,
          "/usr/lib/rpm/macros.d/macros.releaseversions", "--unshare-ipc", "--unshare-pid", "--unshare-net",
          "--unshare-uts", "--hostname", "build", "--cap-add", "ALL", "--die-with-parent", "--clearenv",
          "--setenv", "PATH", "/usr/sbin:/usr/bin", "--setenv", "HOME", "/root", "--setenv", "USER", "root",
          "--setenv", "LC_ALL", "C", "--setenv", "SOURCE_DATE_EPOCH", String(SeedSpec.epoch), "--chdir", "/",
        ] + program))
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ words: [String]) -> String { words.map(Command.quoted).joined(separator: " ") }
}
