import AzureLinux
import Foundation
import Packages
import Pipeline
import RPM
import Repositories
import Solver
import Storage
import SystemPackage

/// Published packages: their metadata as pinned by the last refresh, plans over them, and the RPMs themselves.
actor LivePackages: PackageResolving {
  let workspace: Workspace
  let settings: Settings
  let strict: Bool
  let report: ActivityReport
  /// Those that build roots are made of.
  nonisolated let accesses: [RepositoryAccess]
  /// Those of published SRPMs.
  nonisolated let sourceAccesses: [RepositoryAccess]
  nonisolated let downloads: Downloads

  private var snapshots: [Pinned]?
  var sourceUniverse: Universe?
  private var plain: Universe?
  private var replaced: [[ReplacedSpec]: Universe] = [:]
  private var worker: (base: [RepositoryPackage], notices: [String])?
  private var macroFiles: [RPMFile]?

  init(workspace: Workspace, settings: Settings, strict: Bool, report: @escaping ActivityReport) {
    self.workspace = workspace
    self.settings = settings
    self.strict = strict
    self.report = report
    let variables = [
      "releasever": settings.release, "basearch": settings.arch, "tree": workspace.tree.string,
    ]
    let enabled = settings.repository.filter {
      $0.enabled || $0.kind == .source && settings.sources.downloadSrpms
    }.map {
      var one = $0
      one.keys = one.keys.map { MirrorFiles.local($0, settings: settings, workspace: workspace).string }
      return RepositoryAccess(one, variables: variables, tree: workspace.tree).pinned(in: workspace)
    }
    accesses = enabled.filter { $0.settings.kind != .source }
    sourceAccesses = enabled.filter { $0.settings.kind == .source }
    downloads = Downloads(enabled, workspace: workspace, isOffline: settings.offline, report: report)
  }

  // MARK: metadata

  /// A repository with its metadata as they are here.
  struct Pinned: Sendable {
    var access: RepositoryAccess
    var snapshot: RepositorySnapshot
    /// Packages published later are not there.
    var until: Int64?
    var source: RepositorySource { snapshot.source(priority: access.settings.priority, until: until) }
  }

  /// Downloads and verifies all metadata, and the mirror's manifest and keys; what is pinned changes only when all
  /// of it is there.
  /// - Returns: ids of the repositories that were left out.
  @discardableResult
  func refresh(acceptsOlder: Bool = false) async throws -> [String] {
    let skipped: [String] = try await MirrorFiles.replacing(
      settings: settings, workspace: workspace, downloads: downloads
    ) {
      [accesses, sourceAccesses, workspace, settings, report] in
      try await withThrowingTaskGroup(of: String?.self) { group in
        for access in accesses + sourceAccesses {
          group.addTask {
            if access.settings.id == RepositoryList.local { try await RepositoryList.index(workspace) }
            do {
              _ = try await RepositoryRefresh(
                access, workspace: workspace, isOffline: settings.offline, acceptsOlder: acceptsOlder,
                report: report
              ).run()
              return nil
            } catch let error as RepositoryError
              where access.settings.skipIfUnavailable && error.exitCode == .environment
            {
              report(.notice("\(error.message); it may be left out (skip_if_unavailable)"))
              return access.settings.id
            }
          }
        }
        var skipped: [String] = []
        for try await id in group { if let id { skipped.append(id) } }
        return skipped
      }
    }
    snapshots = nil
    sourceUniverse = nil
    plain = nil
    replaced = [:]
    worker = nil
    return skipped.sorted()
  }

  func pin(_ access: RepositoryAccess, _ snapshot: RepositorySnapshot) -> Pinned {
    let time = settings.repositories.snapshotTime
    let isNear = access.settings.kind == .toolchain || access.settings.id == RepositoryList.local
    return Pinned(access: access, snapshot: snapshot, until: time == 0 || isNear ? nil : Int64(time))
  }

  func current() throws -> [Pinned] {
    if let snapshots { return snapshots }
    let loaded = try accesses.compactMap { access -> Pinned? in
      do {
        return pin(access, try RepositorySnapshot.load(access.settings.id, in: workspace))
      } catch {
        if access.settings.skipIfUnavailable { return nil }
        guard case RepositoryError.noSnapshot(let id, _) = error else { throw error }
        let named = Set((accesses + sourceAccesses).map(\.settings.id))
        throw RepositoryError.noSnapshot(
          repository: id, others: RepositorySnapshot.all(in: workspace).filter { !named.contains($0) })
      }
    }
    snapshots = loaded
    return loaded
  }

  private func sources() throws -> [RepositorySource] {
    try current().map(\.source)
  }

  func universe() async throws -> Universe {
    if let plain { return plain }
    let made = try await Universe.open(arch: settings.arch, try sources())
    plain = made
    return made
  }

  /// One universe per set of replaced specs: what stands in it never changes under somebody who asks it.
  func universe(_ specs: [ReplacedSpec]) async throws -> Universe {
    guard !specs.isEmpty else { return try await universe() }
    if let known = replaced[specs] { return known }
    let made = try await Universe.open(arch: settings.arch, try sources())
    await made.replace(specs)
    if replaced.count > 8 { replaced = [:] }
    replaced[specs] = made
    return made
  }

  func snapshot() async throws -> Digest {
    // what may stand in a root is a part of what roots are planned from
    Digest.of(try snapshotDigest().hex + (strict ? " strict baseline" : ""))
  }

  /// Of all repositories' metadata, whom they trust, and the worker manifest.
  func snapshotDigest() throws -> Digest {
    let facts = try current().flatMap { pinned in
      let settings = pinned.access.settings
      let snapshot = pinned.snapshot
      let keys = settings.keys.map { (try? Digest.of(file: FilePath($0)).hex) ?? "missing" }
      return [
        "\(snapshot.id) \(snapshot.repomd.hex) \(settings.gpgcheck) \(settings.repoGpgcheck)"
          + " \(settings.priority) \(pinned.until ?? 0)"
      ] + keys
    }
    return Digest.of((facts + [try manifestText()]).joined(separator: "\n"))
  }

  /// Files that decide what `snapshotDigest` is, besides the configuration's own.
  nonisolated var pins: [String] {
    let lists = settings.repositories.files.map {
      workspace.tree.pushing(FilePath(settings.expand($0, tree: workspace.tree.string))).string
    }
    let repositories = accesses.flatMap {
      [RepositorySnapshot.record($0.settings.id, workspace).string] + $0.settings.keys
    }
    return lists + repositories + [manifest.string]
  }

  // MARK: the base

  private nonisolated var manifest: FilePath {
    MirrorFiles.local(settings.toolchain.workerManifest, settings: settings, workspace: workspace)
  }

  private func manifestText() throws -> String {
    do { return try String(contentsOfFile: manifest.string, encoding: .utf8) } catch {
      throw TreeError.noManifest(manifest.string)
    }
  }

  /// The worker manifest's RPMs; where a release is not published the newest of that name, said so or refused.
  func base() async throws -> (base: [RepositoryPackage], notices: [String]) {
    if let worker { return worker }
    let names = try manifestText().split(whereSeparator: \.isNewline).map(String.init)
    let entries = try await universe().resolveManifest(names)
    let inexact = entries.filter { !$0.isExact }
    if strict, let first = inexact.first {
      throw PackageError.notPublished(
        first.requested, newest: first.package.nevra.fileName, others: inexact.count - 1)
    }
    var notices: [String] = []
    if let first = inexact.first {
      notices.append(
        "\(inexact.count) of \(entries.count) manifest entries are served by the newest published release: "
          + "\(first.requested) → \(first.package.nevra.fileName)\(inexact.count > 1 ? " …" : "")")
    }
    let found = (entries.map(\.package), notices)
    worker = found
    return found
  }

  /// Digests of `macroRPMs`, found out once for each state of the metadata.
  func macroRPMDigests() async throws -> [Digest] {
    let file = workspace.store.appending("macros").appending("rpms-\(try snapshotDigest().hex)")
    if let text = try? String(contentsOfFile: file.string, encoding: .utf8) {
      return text.split(separator: "\n").compactMap { Digest(String($0)) }
    }
    let digests = try await macroRPMs().map(\.digest)
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    try AtomicFile.write(Data(digests.map { $0.hex + "\n" }.joined().utf8), to: file)
    return digests
  }

  /// RPMs of the base that put macros below `/usr/lib/rpm`.
  func macroRPMs() async throws -> [RPMFile] {
    if let macroFiles { return macroFiles }
    let universe = try await universe()
    let names = Set((try? await base().base.map(\.nevra.name)) ?? [])
    let owners =
      await universe.packagesOwning(pathPrefix: "/usr/lib/rpm/")
      + universe.packagesOwning(pathPrefix: "/etc/rpm/")
    let wanted = Set(owners.filter { names.contains($0.nevra.name) })
      .sorted { $0.nevra.fileName < $1.nevra.fileName }
    let files = try await downloads.packages(wanted)
    macroFiles = files
    return files
  }

  // MARK: files

  nonisolated func fetch(_ packages: [RepositoryPackage]) async throws -> [RPMFile] {
    try await downloads.packages(packages)
  }

  /// From the source servers in their order.
  nonisolated func fetchSources(_ wanted: [WantedSource]) async throws -> [Result<Digest, any Error>] {
    let own = settings.sources
    func file(_ text: String) -> String? {
      text.isEmpty
        ? nil
        : workspace.tree.pushing(FilePath(settings.expand(text, tree: workspace.tree.string))).string
    }
    return try await downloads.sources(
      wanted.map { ($0.name, $0.digest) },
      servers: own.urls.map { settings.expand($0, tree: workspace.tree.string) },
      Credentials(ca: file(own.ca), certificate: file(own.cert), key: file(own.key)))
  }
}
