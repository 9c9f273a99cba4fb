import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The folder that stands in for `/usr/lib/rpm` while specs are parsed: the target's, not this machine's.
///
/// Laid in this order: what the target's RPMs put there, then the tree's own macro package, whose edits count
/// at once. Without RPMs the macros of this machine's rpm serve, less those of its vendor.
package struct MacroFolder: Sendable, Hashable {
  package let path: FilePath
  /// Of all files in it.
  package let digest: Digest

  /// - Parameters:
  ///   - rpms: those that own files below `/usr/lib/rpm` or `/etc/rpm`.
  ///   - store: made once per content below this folder.
  package static func assemble(
    rpms: [RPMFile], tree: FilePath, arch: String, store: FilePath, scratch: FilePath
  ) async throws -> MacroFolder {
    let own = tree.appending("SPECS/azurelinux-rpm-macros")
    let files = try ownFiles(in: own)
    let key = Digest.of(
      (["macros 2", arch] + rpms.map(\.digest.hex).sorted()
        + (try files.map { "\($0.to) \(try Digest.of(file: $0.from).hex)" })).joined(separator: "\n"))
    let path = store.appending(key.hex)
    if FileManager.default.fileExists(atPath: path.string) { return MacroFolder(path: path, digest: key) }
    let aside = scratch.appending("macros-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: aside.string) }
    if rpms.isEmpty { try await host(into: aside) }
    for rpm in rpms { try await unpack(rpm, into: aside) }
    for (from, to) in files {
      let target = aside.appending(to)
      try FileManager.default.createDirectory(
        atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(atPath: target.string)
      try FileManager.default.copyItem(atPath: from.string, toPath: target.string)
    }
    try arrange(aside)
    try FileManager.default.createDirectory(atPath: store.string, withIntermediateDirectories: true)
    if rename(aside.string, path.string) != 0, !FileManager.default.fileExists(atPath: path.string) {
      throw SpecsError.macros(package: "the tree", reason: String(cString: strerror(errno)))
    }
    return MacroFolder(path: path, digest: key)
  }

  /// The tree's files that become macros, each with its content's digest.
  package static func sources(in tree: FilePath) throws -> [String] {
    try ownFiles(in: tree.appending("SPECS/azurelinux-rpm-macros")).map {
      "\($0.to) \(try Digest.of(file: $0.from).hex)"
    }
  }

  /// Where the tree's macro package installs its files, relative to `/usr/lib/rpm`.
  private static func ownFiles(in folder: FilePath) throws -> [(from: FilePath, to: String)] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted()
    return names.compactMap { name in
      if name.hasSuffix(".spec") || name.hasSuffix(".signatures.json") || EditorFiles.isOne(name) {
        return nil
      }
      let place =
        if name.hasPrefix("macros.") {
          "macros.d/\(name)"
        } else if name == "common.lua" {
          "lua/azl/common.lua"
        } else if name.hasSuffix(".lua") { "lua/azl/srpm/\(name)" } else { "azl/\(name)" }
      return (folder.appending(name), place)
    }
  }

  private static func unpack(_ rpm: RPMFile, into folder: FilePath) async throws {
    let script = """
      set -e; mkdir -p "$2"; rpm2archive -n - < "$1" | tar -x -C "$2" --no-same-owner --wildcards \
        './usr/lib/rpm/*' './etc/rpm/*' 2>/dev/null || :
      if [ -d "$2/usr/lib/rpm" ]; then cp -a "$2/usr/lib/rpm/." "$3/"; fi
      if [ -d "$2/etc/rpm" ]; then mkdir -p "$3/macros.d"; cp -a "$2/etc/rpm/." "$3/macros.d/"; fi
      rm -rf "$2"
      """
    let result = try await Command(
      ["bash", "-c", script, "unpack", rpm.path, folder.string + ".part", folder.string],
      environment: ["LC_ALL": "C"]
    ).run()
    guard result.isSuccess else {
      throw SpecsError.macros(package: rpm.nevra.description, reason: result.errorText)
    }
  }

  private static func host(into folder: FilePath) async throws {
    let script =
      "cp -a /usr/lib/rpm/. \"$1/\" && rm -rf \"$1/macros.d\" \"$1/debian\" && mkdir -p \"$1/macros.d\""
    let result = try await Command(["bash", "-c", script, "host", folder.string]).run()
    guard result.isSuccess else {
      throw SpecsError.macros(package: "this machine's rpm", reason: result.errorText)
    }
  }

  /// Debian's librpm reads the vendor's macros under the name "debian".
  private static func arrange(_ folder: FilePath) throws {
    let debian = folder.appending("debian")
    if (try? FileManager.default.attributesOfItem(atPath: debian.string)) == nil {
      try FileManager.default.createSymbolicLink(atPath: debian.string, withDestinationPath: "azl")
    }
  }
}
