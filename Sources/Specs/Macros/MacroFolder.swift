import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The target's RPMs that own files below `/usr/lib/rpm` or `/etc/rpm`.
package struct MacroRPMs: Sendable {
  let digests: [Digest]
  /// Asked for only where their files are not laid yet.
  let files: @Sendable () async throws -> [RPMFile]
  package init(digests: [Digest], files: @escaping @Sendable () async throws -> [RPMFile]) {
    self.digests = digests
    self.files = files
  }
}

/// The folder that stands in for `/usr/lib/rpm` while specs are parsed: the target's, not this machine's.
///
/// Laid in this order: what the target's RPMs put there, then the macro files of the tree with their templates
/// filled. The tree wins: an unchanged file is the same as in the RPM that was built from it, and an edited one
/// counts at once. Without RPMs the macros of this machine's rpm serve, less those of its vendor.
package struct MacroFolder: Sendable, Hashable {
  package let path: FilePath
  /// Of all files in it, and of what every parse is told.
  package let digest: Digest
  /// Words of templates that no spec fills, and specs whose templates could not be filled.
  package let findings: [SpecFinding]
  /// Whether all that was read were the files whose digests were given.
  package let isOfSources: Bool

  /// The number counts what a folder is made of besides its sources.
  package static let form = "macros 6"

  /// Holds the programs that answer for the target; it is seen at `/usr/lib/rpm/facts`.
  static let factsFolder = "facts"

  /// - Parameters:
  ///   - facts: about the target, for specs that ask the machine.
  ///   - expander: for specs that fill templates.
  ///   - store: made once per content below this folder.
  package static func assemble(
    rpms: MacroRPMs, sources: MacroSources, facts: HostFacts, expander: SpecExpander, store: FilePath,
    scratch: FilePath
  ) async throws -> MacroFolder {
    let plan = try MacroPlan(tree: expander.tree, sources: sources)
    let manager = FileManager.default
    let aside = scratch.appending("macros-\(UUID().uuidString)")
    try manager.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
    defer { try? manager.removeItem(atPath: aside.string) }
    let base = try await MacroBase.lay(rpms: rpms, plan: plan, facts: facts, store: store, scratch: aside)
    let filler = MacroFiller(base: base, expander: expander, store: store, scratch: aside)
    var fillings: [MacroFilling] = []
    var isOfSources = plan.isOfSources
    for spec in plan.fillers {
      let (filling, isLasting) = try await filler.fill(spec)
      fillings.append(filling)
      if !isLasting { isOfSources = false }
    }
    let files = fillings.flatMap(\.files)
    let findings = fillings.flatMap(\.findings)
    // by what is in it: an edit of a spec that fills templates with the same words changes no other spec
    let digest = Digest.of(
      ([base.key.hex] + expander.identity + files.map(\.identity)
        + findings.map { "\($0.file):\($0.line) \($0.message)" })
        .joined(separator: "\n"))
    if let laid = laid(digest, in: store, isOfSources: isOfSources) { return laid }
    let folder = aside.appending("whole")
    try await copy(base.path, to: folder)
    for file in files { try file.write(below: folder) }
    try AtomicFile.write(
      JSONEncoder().encode(findings), to: store.appending(digest.hex + ".findings"), isDurable: false)
    return MacroFolder(
      path: try keep(folder, as: digest.hex, in: store), digest: digest, findings: findings,
      isOfSources: isOfSources)
  }

  /// The folder with this digest, where it is laid ready.
  package static func laid(
    _ digest: Digest, in store: FilePath, isOfSources: Bool = true
  ) -> MacroFolder? {
    let path = store.appending(digest.hex)
    guard FileManager.default.fileExists(atPath: path.string),
      let text = FileManager.default.contents(atPath: path.string + ".findings"),
      let findings = try? JSONDecoder().decode([SpecFinding].self, from: text)
    else { return nil }
    return MacroFolder(path: path, digest: digest, findings: findings, isOfSources: isOfSources)
  }

  /// Puts a folder where everybody finds it; somebody else may have done so meanwhile.
  static func keep(_ folder: FilePath, as name: String, in store: FilePath) throws -> FilePath {
    let path = store.appending(name)
    if rename(folder.string, path.string) != 0, !FileManager.default.fileExists(atPath: path.string) {
      throw SpecsError.macros(package: "the tree", reason: String(cString: strerror(errno)))
    }
    return path
  }

  private static func copy(_ folder: FilePath, to target: FilePath) async throws {
    let result = try await Command(["cp", "-a", "--reflink=auto", folder.string, target.string]).run()
    guard result.isSuccess else { throw SpecsError.macros(package: "the tree", reason: result.errorText) }
  }
}
