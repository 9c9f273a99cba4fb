import AzureLinux
import Foundation
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
  private nonisolated let accesses: [RepositoryAccess]
  private nonisolated let downloads: Downloads

  private var snapshots: [RepositorySnapshot]?
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
    accesses = settings.repository.filter { $0.enabled && $0.kind != .source && $0.kind != .debuginfo }.map {
      var one = $0
      one.keys = one.keys.map { MirrorFiles.local($0, settings: settings, workspace: workspace).string }
      return RepositoryAccess(one, variables: variables, tree: workspace.tree)
    }
    downloads = Downloads(accesses, workspace: workspace, report: report)
  }

  // MARK: metadata

  /// Downloads and verifies all metadata, and the mirror's manifest and keys; what is pinned changes only when all
  /// of it is there.
  func refresh() async throws -> (digests: [String: Digest], found: [InitCommand.Report.Repository]) {
    let fresh = try await MirrorFiles.replacing(
      settings: settings, workspace: workspace, downloads: downloads
    ) {
      [accesses, workspace, report] in
      var fresh: [RepositorySnapshot] = []
      for access in accesses {
        fresh.append(try await RepositoryRefresh(access, workspace: workspace, report: report).run())
      }
      return fresh
    }
    snapshots = fresh
    plain = nil
    replaced = [:]
    worker = nil
    var found: [InitCommand.Report.Repository] = []
    for (access, snapshot) in zip(accesses, fresh) {
      let universe = try await Universe.open(
        arch: settings.arch, [snapshot.source(priority: access.settings.priority)])
      found.append(
        .init(
          id: access.settings.id, url: access.url, packages: await universe.count,
          signed: access.settings.repoGpgcheck))
    }
    return (Dictionary(fresh.map { ($0.id, $0.repomd) }) { first, _ in first }, found)
  }

  private func current() throws -> [RepositorySnapshot] {
    if let snapshots { return snapshots }
    var loaded: [RepositorySnapshot] = []
    for access in accesses { loaded.append(try RepositorySnapshot.load(access.settings.id, in: workspace)) }
    snapshots = loaded
    return loaded
  }

  private func sources() throws -> [RepositorySource] {
    zip(accesses, try current()).map { $1.source(priority: $0.settings.priority) }
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
    let facts = try zip(accesses, current()).flatMap { access, snapshot in
      let settings = access.settings
      let keys = settings.keys.map { (try? Digest.of(file: FilePath($0)).hex) ?? "missing" }
      return ["\(snapshot.id) \(snapshot.repomd.hex) \(settings.gpgcheck) \(settings.repoGpgcheck)"] + keys
    }
    return Digest.of((facts + [try manifestText()]).joined(separator: "\n"))
  }

  // MARK: the base

  private func manifestText() throws -> String {
    let path = MirrorFiles.local(settings.toolchain.workerManifest, settings: settings, workspace: workspace)
    do { return try String(contentsOfFile: path.string, encoding: .utf8) } catch {
      throw TreeError.unreadable(path.string, "the worker manifest is not there")
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

  nonisolated func fetchSource(_ name: String, _ digest: Digest, _ path: FilePath) async throws {
    let urls = settings.sources.urls.map {
      "\(settings.expand($0, tree: workspace.tree.string))/\(name)"
    }
    let file = try await downloads.file(name, digest: digest, urls: urls)
    try FileManager.default.copyItem(atPath: file.string, toPath: path.string)
  }
}
