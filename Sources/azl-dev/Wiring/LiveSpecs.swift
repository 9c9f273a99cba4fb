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
  private let tree: LiveTree
  private struct Parsers {
    let folder: MacroFolder
    let pool: SpecParserPool
  }
  private var current: Parsers?
  private var ownExpander: SpecExpander?
  /// Directories that were seen to hold macro files.
  private var owners: Set<String>?

  init(
    workspace: Workspace, settings: Settings, identity: BuildIdentity, packages: LivePackages, tree: LiveTree
  ) {
    self.workspace = workspace
    self.settings = settings
    self.identity = identity
    self.packages = packages
    self.tree = tree
  }

  // MARK: versions of others

  private var knownReads: [String: [String]]?

  func take(versionReads: [String: [String]]) { knownReads = versionReads }

  /// Reads every spec the first time.
  func versionReads() async throws -> [String: [String]] {
    if let knownReads { return knownReads }
    var found: [String: [String]] = [:]
    for spec in await tree.specs() {
      let names = versionReads(of: spec)
      if !names.isEmpty { found[spec.path] = names }
    }
    return found
  }

  nonisolated func versionReads(of spec: SpecLocation) -> [String] {
    let text = FileManager.default.contents(atPath: workspace.tree.appending(spec.path).string) ?? Data()
    return text.withUnsafeBytes { VersionMacros.reads(in: $0) }.sorted()
  }

  // MARK: macros

  func haveMacros(_ directories: Set<String>) async throws -> Bool {
    let known: Set<String>
    if let owners { known = owners } else { known = Set(await tree.macroOwners().map(\.directory)) }
    var now = await tree.macroOwners(among: directories)
    now.formUnion(HostFacts.sources.values.map { SpecLocation(path: $0).directory })
    owners = known.subtracting(directories).union(now)
    return !directories.isDisjoint(with: known.union(now))
  }

  func macros() async throws -> Digest {
    let owners = await tree.macroOwners()
    let sources = try await macroSources(owners)
    let record = macroStore.appending("of-\(sources.hex)")
    if let text = try? String(contentsOfFile: record.string, encoding: .utf8), let known = Digest(text),
      MacroFolder.laid(known, in: macroStore) != nil
    {
      return known
    }
    let folder = try await MacroFolder.assemble(
      rpms: MacroRPMs(digests: packages.macroRPMDigests()) { [packages] in try await packages.macroRPMs() },
      sources: MacroSources(owners: owners),
      facts: HostFacts(tree: workspace.tree, epoch: identity.sourceDateEpoch, arch: settings.arch),
      expander: try expander(), store: macroStore, scratch: workspace.scratch)
    // files that were written meanwhile made other macros than those that were seen
    if folder.isOfSources, try await macroSources(owners) == sources {
      try AtomicFile.write(Data(folder.digest.hex.utf8), to: record, isDurable: false)
    }
    return folder.digest
  }

  /// Of everything that macros are made of.
  private func macroSources(_ owners: [MacroSources.Owner]) async throws -> Digest {
    var facts = [
      MacroFolder.form, try await packages.snapshotDigest().hex, settings.arch, "\(identity.sourceDateEpoch)",
    ]
    facts += defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    for owner in owners {
      facts += owner.files.sorted { $0.key < $1.key }.map { "\(owner.directory)/\($0.key) \($0.value.hex)" }
    }
    for (program, spec) in HostFacts.sources.sorted(by: { $0.key < $1.key }) {
      facts.append("\(program) \(await tree.digest(ofFile: spec)?.hex ?? "none")")
    }
    return Digest.of(facts.joined(separator: "\n"))
  }

  private nonisolated var macroStore: FilePath { workspace.store.appending("macros") }

  nonisolated func hasMacros(_ digest: Digest) async -> Bool {
    MacroFolder.laid(digest, in: macroStore) != nil
  }

  private var defines: [String: String] {
    [
      "dist": identity.dist, "azl": identity.distribution?.major ?? "3", "with_check": "0",
      "distro_release_version": identity.releaseVersion,
    ].merging(identity.defines) { _, own in own }
  }

  // MARK: parsing

  func parse(_ spec: SpecLocation, versions: [String: EVR], macros: Digest) async throws -> SpecInfo {
    let parsers = try await parsers(macros)
    var info = try await parsers.pool.parse(spec, versions: versions)
    info.findings += parsers.folder.findings.filter { $0.file.hasPrefix(spec.directory + "/") }
    return info
  }

  /// Where macros changed, the next parse starts workers that have read the new ones.
  private func parsers(_ macros: Digest) async throws -> Parsers {
    if let current, current.folder.digest == macros { return current }
    guard let folder = MacroFolder.laid(macros, in: macroStore) else {
      throw TreeError.unreadable(macroStore.appending(macros.hex).string, "the macros are gone")
    }
    let old = current
    let sandbox = try sandbox(folder)
    let made = Parsers(
      folder: folder,
      pool: SpecParserPool(
        .init(
          arch: settings.arch, defines: defines, sandbox: sandbox,
          // one more than can run: a worker waits for its next spec while this process looks at the last
          workers: min(ProcessInfo.processInfo.activeProcessorCount, 8) + 1,
          memory: CommandMemory(
            file: macroStore.appending(macros.hex + ".commands"), sandbox: sandbox))))
    current = made
    await old?.pool.stop()
    return made
  }

  private func expander() throws -> SpecExpander {
    if let ownExpander { return ownExpander }
    let made = SpecExpander(
      program: try worker(), tree: workspace.tree, arch: settings.arch, defines: defines)
    ownExpander = made
    return made
  }

  private func sandbox(_ folder: MacroFolder) throws -> WorkerSandbox {
    WorkerSandbox(program: try worker(), tree: workspace.tree.string, macros: folder.path.string)
  }

  private func worker() throws -> String {
    let program = FilePath(Program.path).removingLastComponent().appending("azl-rpm-worker").string
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw SpecsError.workerRefused(reason: "\(program) is not there")
    }
    return program
  }

  /// So that the first save waits for no worker to start.
  func warm(_ macros: Digest) async throws { try await parsers(macros).pool.warm() }

  /// Ends the workers; the next parse starts new ones.
  func rest() async {
    await current?.pool.stop()
    await ownExpander?.stop()
  }

  /// Where specs are parsed with these macros, and what every parse is told.
  func surroundings(_ macros: Digest) async throws -> (sandbox: WorkerSandbox, defines: [String: String]) {
    try await (sandbox(parsers(macros).folder), defines)
  }
}

/// This program.
enum Program {
  static let path: String =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
}
