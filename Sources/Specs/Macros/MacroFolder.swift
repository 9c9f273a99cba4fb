import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The folder that stands in for `/usr/lib/rpm` while specs are parsed: the target's, not this machine's.
///
/// Laid in this order: what the target's RPMs put there, then the macro files of the tree with their templates
/// filled. The tree wins: an unchanged file is the same as in the RPM that was built from it, and an edited one
/// counts at once. Without RPMs the macros of this machine's rpm serve, less those of its vendor.
package struct MacroFolder: Sendable, Hashable {
  package let path: FilePath
  /// Of all files in it.
  package let digest: Digest
  /// Words of templates that no spec fills, and specs whose templates could not be filled.
  package let findings: [SpecFinding]

  /// Holds the programs that answer for the target; it is seen at `/usr/lib/rpm/facts`.
  static let factsFolder = "facts"

  /// - Parameters:
  ///   - rpms: those that own files below `/usr/lib/rpm` or `/etc/rpm`.
  ///   - facts: about the target, for specs that ask the machine.
  ///   - defines: with which specs are parsed; templates are filled with values of specs.
  ///   - store: made once per content below this folder.
  package static func assemble(
    rpms: [RPMFile], tree: FilePath, sources: MacroSources, facts: HostFacts, defines: [String: String],
    store: FilePath, scratch: FilePath
  ) async throws -> MacroFolder {
    let plan = try MacroPlan(tree: tree, sources: sources)
    let key = Digest.of(
      (["macros 4", facts.identity] + defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        + rpms.map(\.digest.hex).sorted() + plan.identity).joined(separator: "\n"))
    if let laid = laid(key, in: store) { return laid }
    let path = store.appending(key.hex)
    let manager = FileManager.default
    let aside = scratch.appending("macros-\(UUID().uuidString)")
    try manager.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
    defer { try? manager.removeItem(atPath: aside.string) }
    if rpms.isEmpty { try await host(into: aside) }
    for rpm in rpms { try await unpack(rpm, into: aside) }
    try plan.copy(into: aside)
    try arrange(aside)
    try facts.write(into: aside.appending(factsFolder))
    let findings = try await MacroFilling(plan: plan, folder: aside, arch: facts.arch, defines: defines).run()
    try manager.createDirectory(atPath: store.string, withIntermediateDirectories: true)
    try JSONEncoder().encode(findings).write(
      to: URL(filePath: path.string + ".findings"), options: .atomic)
    if rename(aside.string, path.string) != 0, !manager.fileExists(atPath: path.string) {
      throw SpecsError.macros(package: "the tree", reason: String(cString: strerror(errno)))
    }
    return MacroFolder(path: path, digest: key, findings: findings)
  }

  /// The folder with this digest, where it is laid ready.
  package static func laid(_ digest: Digest, in store: FilePath) -> MacroFolder? {
    let path = store.appending(digest.hex)
    guard FileManager.default.fileExists(atPath: path.string),
      let text = FileManager.default.contents(atPath: path.string + ".findings"),
      let findings = try? JSONDecoder().decode([SpecFinding].self, from: text)
    else { return nil }
    return MacroFolder(path: path, digest: digest, findings: findings)
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
