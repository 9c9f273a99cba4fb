import AzureLinux
import Foundation
import Pipeline
import Specs
import Storage
import SystemPackage

/// Specs of the tree, parsed by sandboxed workers with the target's macros.
actor LiveSpecs: SpecReading {
  private let workspace: Workspace
  private let settings: Settings
  private let identity: BuildIdentity
  private let packages: LivePackages
  private nonisolated let tree: Specs.SpecTree
  private var pool: (macros: Digest, pool: SpecParserPool)?

  init(workspace: Workspace, settings: Settings, identity: BuildIdentity, packages: LivePackages) {
    self.workspace = workspace
    self.settings = settings
    self.identity = identity
    self.packages = packages
    tree = Specs.SpecTree(tree: workspace.tree, folders: settings.specDirs)
  }

  /// Specs by path with what their text reads; reads every spec, so it is asked for once.
  nonisolated func versionReads() async throws -> [String: [String]] {
    var found: [String: [String]] = [:]
    for spec in try tree.list() {
      let names = try reads(of: spec)
      if !names.isEmpty { found[spec.path] = names.sorted() }
    }
    return found
  }

  nonisolated func readsVersions(_ spec: SpecLocation) async -> Bool {
    (try? reads(of: spec))?.isEmpty == false
  }

  private nonisolated func reads(of spec: SpecLocation) throws -> Set<String> {
    let text = try tree.text(of: spec)
    // most specs read no version: one look for the bytes spares them the expression
    guard text.range(of: Data("azl_".utf8)) != nil else { return [] }
    return VersionMacros.reads(in: String(decoding: text, as: UTF8.self))
  }

  func macroSources() async throws -> Digest {
    Digest.of(
      (["macros", try await packages.snapshot().hex] + (try MacroFolder.sources(in: workspace.tree)))
        .joined(separator: "\n"))
  }

  func macros() async throws -> Digest { try await folder().digest }

  nonisolated func hasMacros(_ digest: Digest) async -> Bool {
    FileManager.default.fileExists(atPath: macroFolder(digest).string)
  }

  private nonisolated func macroFolder(_ digest: Digest) -> FilePath {
    workspace.store.appending("macros").appending(digest.hex)
  }

  private func folder() async throws -> MacroFolder {
    try await MacroFolder.assemble(
      rpms: packages.macroRPMs(), tree: workspace.tree, arch: settings.arch,
      store: workspace.store.appending("macros"), scratch: workspace.scratch)
  }

  func parse(_ spec: SpecLocation, versions: [String: EVR], macros: Digest) async throws -> SpecInfo {
    try await parsers(macros).parse(spec, versions: versions)
  }

  /// Where macros changed, the next parse starts workers that have read the new ones.
  private func parsers(_ macros: Digest) async throws -> SpecParserPool {
    if let pool, pool.macros == macros { return pool.pool }
    if let old = pool {
      pool = nil
      await old.pool.stop()
    }
    let folder = macroFolder(macros)
    let program = FilePath(Program.path).removingLastComponent().appending("azl-rpm-worker").string
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw SpecsError.workerRefused(reason: "\(program) is not there")
    }
    let made = SpecParserPool(
      .init(
        arch: settings.arch,
        defines: [
          "dist": identity.dist, "azl": identity.distribution?.major ?? "3", "with_check": "0",
          "distro_release_version": identity.releaseVersion,
        ],
        sandbox: WorkerSandbox(
          program: program, tree: workspace.tree.string, macros: folder.string),
        workers: max(1, min(ProcessInfo.processInfo.activeProcessorCount, 8))))
    pool = (macros, made)
    return made
  }
}

/// This program.
enum Program {
  static let path: String =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
}
