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
  private let workspace: Workspace
  private let settings: Settings
  private let strict: Bool
  private let report: ActivityReport
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

  private func current() async throws -> [RepositorySnapshot] {
    if let snapshots { return snapshots }
    var loaded: [RepositorySnapshot] = []
    for access in accesses { loaded.append(try RepositorySnapshot.load(access.settings.id, in: workspace)) }
    snapshots = loaded
    return loaded
  }

  private func sources() async throws -> [RepositorySource] {
    zip(accesses, try await current()).map { $1.source(priority: $0.settings.priority) }
  }

  private func universe() async throws -> Universe {
    if let plain { return plain }
    let made = try await Universe.open(arch: settings.arch, try await sources())
    plain = made
    return made
  }

  /// One universe per set of replaced specs: what stands in it never changes under somebody who asks it.
  private func universe(_ specs: [ReplacedSpec]) async throws -> Universe {
    guard !specs.isEmpty else { return try await universe() }
    if let known = replaced[specs] { return known }
    let made = try await Universe.open(arch: settings.arch, try await sources())
    await made.replace(specs)
    if replaced.count > 8 { replaced = [:] }
    replaced[specs] = made
    return made
  }

  func snapshot() async throws -> Digest {
    let facts = try await current().map { "\($0.id) \($0.repomd.hex)" } + [try manifestText()]
    return Digest.of(facts.joined(separator: "\n"))
  }

  // MARK: the base

  private func manifestText() throws -> String {
    let path = MirrorFiles.local(settings.toolchain.workerManifest, settings: settings, workspace: workspace)
    do { return try String(contentsOfFile: path.string, encoding: .utf8) } catch {
      throw TreeError.unreadable(path.string, "the worker manifest is not there")
    }
  }

  /// The worker manifest's RPMs; where a release is not published the newest of that name, said so or refused.
  private func base() async throws -> (base: [RepositoryPackage], notices: [String]) {
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

  // MARK: plans

  private func predicted(_ specs: [SpecInfo]) -> [ReplacedSpec] {
    specs.compactMap { info in
      info.source.map { ReplacedSpec(spec: info.id, source: $0, packages: .predicted(info.packages)) }
    }.sorted { $0.spec < $1.spec }
  }

  func plan(_ request: PlanRequest) async throws -> BuildRootPlan {
    var (base, notices) = try await base()
    let kept = request.changed.filter { inBase($0, base) }
    if !kept.isEmpty {
      notices.append(
        "build roots keep the published \(kept.map(\.id).joined(separator: ", ")): they are the base")
    }
    for notice in notices { report(.notice(notice)) }
    let universe = try await universe(predicted(request.changed.filter { !inBase($0, base) }))
    let solution = try await solve(universe, request, base)
    return BuildRootPlan(
      base: base,
      extra: solution.map { item in
        switch item {
        case .published(let package): .published(package)
        case .predicted(let spec, let nevra): .local(spec: spec, package: nevra.name)
        case .local(let spec, let file): .local(spec: spec, package: file.nevra.name)
        }
      }, notices: notices)
  }

  /// A package of the base layer stays as published: all roots share the layer.
  private func inBase(_ spec: SpecInfo, _ base: [RepositoryPackage]) -> Bool {
    let names = Set(spec.packages.map(\.nevra.name))
    return base.contains { names.contains($0.nevra.name) }
  }

  func settle(_ request: PlanRequest, built: [PackageInterface]) async throws -> SettledRoot {
    let (base, _) = try await base()
    // what this spec needs of the changed ones is there now; the others stay out of its root
    var replaced: [ReplacedSpec] = []
    let files = Dictionary(
      built.flatMap(\.packages).map { ($0.nevra.description, $0) }
    ) { first, _ in first }
    for info in request.changed where !inBase(info, base) {
      guard let source = info.source else { continue }
      let packages = built.first { interface in
        interface.packages.contains { package in info.packages.contains { $0.nevra == package.nevra } }
      }
      guard let packages else { continue }
      replaced.append(
        ReplacedSpec(spec: info.id, source: source, packages: .local(try packages.packages.map(local))))
    }
    let universe = try await universe(replaced.sorted { $0.spec < $1.spec })
    let extra = try await solve(universe, request, base).map { item -> SettledRoot.Item in
      switch item {
      case .published(let package): return .published(package)
      case .local(_, let file):
        guard let package = files[file.nevra.description] else {
          throw TreeError.unreadable(file.path, "not built")
        }
        return .built(package)
      case .predicted(let spec, let nevra): throw TreeError.unreadable("\(nevra) of \(spec)", "not built")
      }
    }
    return SettledRoot(base: base, extra: extra)
  }

  private func local(_ package: PackageInterface.Package) throws -> LocalPackage {
    let path = workspace.out.appending(package.path)
    var facts = stat()
    guard stat(path.string, &facts) == 0 else { throw TreeError.unreadable(path.string, "not there") }
    let file = RPMFile(
      nevra: package.nevra, path: path.string, digest: package.content, size: Int64(facts.st_size))
    return try RPMHeader.read(path).localPackage(file)
  }

  private func solve(
    _ universe: Universe, _ request: PlanRequest, _ base: [RepositoryPackage]
  ) async throws -> [ResolvedPackage] {
    do {
      return try await universe.solve(
        SolveRequest(install: request.requires, base: base, unaware: [request.spec])
      ).extra
    } catch {
      throw PackageError.unresolvable(spec: request.spec, path: request.path, error)
    }
  }

  // MARK: questions

  func graph(_ specs: [SpecInfo]) async throws -> PackageGraph {
    let universe = try await universe(predicted(specs))
    let needs = specs.flatMap { $0.buildRequires + $0.packages.flatMap(\.requires) }
    let distinct = Array(Set(needs.map { Dependency(text: $0.text, name: $0.name, op: $0.op, evr: $0.evr) }))
    let answers = await universe.providers(of: distinct)
    let providers = Dictionary(
      zip(distinct.map(\.text), answers.map { Array(Set($0.map(\.nevra.name))).sorted() })
    ) { first, _ in first }
    func resolve(_ list: [Dependency]) -> [PackageGraph.Need] {
      list.map { PackageGraph.Need(dependency: $0, providers: providers[$0.text] ?? []) }
    }
    var packages: [String: PackageGraph.Package] = [:]
    for spec in specs {
      for package in spec.packages where packages[package.nevra.name] == nil {
        packages[package.nevra.name] = .init(spec: spec.id, requires: resolve(package.requires))
      }
    }
    return PackageGraph(
      packages: packages,
      buildRequires: Dictionary(specs.map { ($0.id, resolve($0.buildRequires)) }) { first, _ in first })
  }

  func source(ofPackage name: String) async throws -> String? {
    try await universe().newest(name: name)?.sourceName
  }

  func isPublished(_ spec: SpecInfo) async throws -> Bool {
    try await !exact(spec.packages.map(\.nevra).filter { !$0.isDebug }).isEmpty
  }

  /// All of these as published, or nothing.
  func exact(_ nevras: [NEVRA]) async throws -> [RepositoryPackage] {
    let universe = try await universe()
    var found: [RepositoryPackage] = []
    for nevra in nevras {
      if let package = await universe.package(nevra) { found.append(package) } else { return [] }
    }
    return found
  }

  /// What an image installs, in install order: published packages and, before them, those built here.
  func resolveImage(_ wanted: [Dependency], local specs: [ReplacedSpec]) async throws -> [RPMFile] {
    let universe = try await universe(specs)
    let solution: Solution
    do {
      solution = try await universe.solve(SolveRequest(install: wanted))
    } catch {
      throw PackageError.image(error)
    }
    let published = solution.packages.compactMap { item -> RepositoryPackage? in
      if case .published(let package) = item { package } else { nil }
    }
    let files = Dictionary(
      zip(published.map(\.digest), try await fetch(published))
    ) { first, _ in first }
    return solution.packages.compactMap { item in
      switch item {
      case .published(let package): files[package.digest]
      case .local(_, let file): file
      case .predicted: nil
      }
    }
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

enum PackageError: Failure {
  case notPublished(String, newest: String, others: Int)
  case unresolvable(spec: String, path: String, SolverError)
  case image(SolverError)

  var message: String {
    switch self {
    case .notPublished(let wanted, let newest, let others):
      "\(wanted) of the worker manifest is not published; the newest is \(newest)"
        + (others > 0 ? " (and \(others) more like it)" : "")
    case .unresolvable(let spec, let path, let error): "\(spec) (\(path)): \(error.message)"
    case .image(let error): "the image's packages: \(error.message)"
    }
  }
  var nextStep: String? {
    switch self {
    case .notPublished: "without --strict-baseline the newest published one serves"
    case .unresolvable(_, _, let error), .image(let error): error.nextStep
    }
  }
  var exitCode: AzureLinux.ExitCode {
    switch self {
    case .notPublished: .failed
    case .unresolvable, .image: .invalidInput
    }
  }
}
