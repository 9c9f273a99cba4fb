import AzureLinux
import Foundation
import Pipeline
import Specs
import SystemPackage

/// Specs of the tree, parsed by sandboxed workers with the target's macros.
actor LiveSpecs: SpecReading {
  private let workspace: Workspace
  private let settings: Settings
  private let identity: BuildIdentity
  private let packages: LivePackages
  private nonisolated let tree: Specs.SpecTree
  private struct Parsers {
    let folder: MacroFolder
    let pool: SpecParserPool
  }
  private var current: Task<Parsers, any Error>?

  init(workspace: Workspace, settings: Settings, identity: BuildIdentity, packages: LivePackages) {
    self.workspace = workspace
    self.settings = settings
    self.identity = identity
    self.packages = packages
    tree = Specs.SpecTree(tree: workspace.tree, folders: settings.specDirs)
  }

  nonisolated func list() async throws -> [SpecLocation] { try tree.list() }
  nonisolated func digest(of spec: SpecLocation) async throws -> Digest { try tree.digest(of: spec) }

  nonisolated func versionReads(of spec: SpecLocation) async throws -> [String] {
    try reads(of: spec).sorted()
  }

  nonisolated func versionReaders(of specs: [String]) async throws -> [SpecLocation] {
    let names = Set(specs.map { $0.replacing("-", with: "_") })
    return try tree.list().filter { spec in
      try !specs.contains(spec.id) && !reads(of: spec).isDisjoint(with: names)
    }
  }

  private nonisolated func reads(of spec: SpecLocation) throws -> Set<String> {
    let text = try tree.text(of: spec)
    // most specs read no version: one look for the bytes spares them the expression
    guard text.range(of: Data("azl_".utf8)) != nil else { return [] }
    return VersionMacros.reads(in: String(decoding: text, as: UTF8.self))
  }

  /// Where macros changed, the next parse starts workers that have read the new ones.
  func macros() async throws -> Digest {
    let digest = try await folder().digest
    if let task = current, let old = try? await task.value, old.folder.digest != digest {
      if current == task { current = nil }
      await old.pool.stop()
    }
    return digest
  }

  private func folder() async throws -> MacroFolder {
    try await MacroFolder.assemble(
      rpms: packages.macroRPMs(), tree: workspace.tree,
      sources: MacroSources(tree: workspace.tree, folders: settings.specDirs),
      facts: HostFacts(tree: workspace.tree, epoch: identity.sourceDateEpoch, arch: settings.arch),
      defines: defines, store: workspace.store.appending("macros"), scratch: workspace.scratch)
  }

  func parse(_ spec: SpecLocation, versions: [String: EVR]) async throws -> SpecInfo {
    let parsers = try await parsers()
    var info = try await parsers.pool.parse(spec, versions: versions)
    info.findings += parsers.folder.findings.filter { $0.file.hasPrefix(spec.directory + "/") }
    return info
  }

  /// Ends the workers; the next parse starts new ones.
  func rest() async { try? await current?.value.pool.stop() }

  /// Where specs are parsed, and the macros that every parse is given.
  func surroundings() async throws -> (sandbox: WorkerSandbox, defines: [String: String]) {
    (WorkerSandbox(tree: workspace.tree.string, macros: try await folder().path.string), defines)
  }

  private var defines: [String: String] {
    [
      "dist": identity.dist, "azl": identity.distribution?.major ?? "3", "with_check": "0",
      "distro_release_version": identity.releaseVersion,
    ]
  }

  /// Made once, also when three thousand ask at the same time.
  private func parsers() async throws -> Parsers {
    if let current { return try await current.value }
    let task = Task { try await makeParsers() }
    current = task
    do { return try await task.value } catch {
      if current == task { current = nil }
      throw error
    }
  }

  private func makeParsers() async throws -> Parsers {
    let folder = try await folder()
    let program = FilePath(Program.path).removingLastComponent().appending("azl-rpm-worker").string
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw SpecsError.workerRefused(reason: "\(program) is not there")
    }
    return Parsers(
      folder: folder,
      pool: SpecParserPool(
        .init(
          arch: settings.arch, defines: defines,
          sandbox: WorkerSandbox(
            program: program, tree: workspace.tree.string, macros: folder.path.string),
          // one more than can run: a worker waits for its next spec while this process looks at the last
          workers: min(ProcessInfo.processInfo.activeProcessorCount, 8) + 1)))
  }
}

/// This program.
enum Program {
  static let path: String =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
}
