import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// A macro folder without the templates of the tree: what specs that fill templates are expanded with.
struct MacroBase {
  /// Of everything that it is made of.
  let key: Digest
  let path: FilePath

  static func lay(
    rpms: MacroRPMs, plan: MacroPlan, facts: HostFacts, store: FilePath, scratch: FilePath
  ) async throws -> MacroBase {
    let key = Digest.of(
      ([MacroFolder.form, facts.identity] + rpms.digests.map(\.hex).sorted() + plan.identity).joined(
        separator: "\n")
    )
    let name = "base-\(key.hex)"
    let path = store.appending(name)
    let manager = FileManager.default
    if manager.fileExists(atPath: path.string) { return MacroBase(key: key, path: path) }
    try manager.createDirectory(atPath: store.string, withIntermediateDirectories: true)
    let folder = scratch.appending("base")
    try manager.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    if rpms.digests.isEmpty { try await host(into: folder) }
    for rpm in try await rpms.files() { try await unpack(rpm, into: folder) }
    try plan.lay(into: folder)
    try arrange(folder)
    try facts.write(into: folder.appending(MacroFolder.factsFolder))
    return MacroBase(key: key, path: try MacroFolder.keep(folder, as: name, in: store))
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
