import ArgumentParser
import AzureLinux
import Foundation
import Solver
import Storage
import Terminal

/// The repositories that build roots come from.
struct RepoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repo",
    abstract: "The package repositories: bring them up to date, and ask what they have.",
    discussion: """
      Metadata are pinned: builds are planned with what the last "repo sync" or "init" found, whatever the server has
      by now. "repo list" tells which have moved since the baseline was set.
      """,
    subcommands: [Sync.self, List.self, Resolve.self, Provides.self])

  struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sync", abstract: "Ask every repository for its state, and verify and keep what is new.",
      discussion: """
        A repository that has not changed answers in one request. One whose state is older than the last one is
        refused, since that is how withheld updates look.
        """)
    @OptionGroup var common: CommonOptions
    @Flag(help: "Also take a state that is older than the one of before.")
    var acceptOlder = false

    func run() async throws {
      let desk = try RepositoryDesk(common, isWriting: true)
      var report = RepositoryReport(question: "sync")
      report.skipped = try await desk.packages.refresh(acceptsOlder: acceptOlder)
      report.repositories = try await desk.packages.listed(against: desk.lock)
      try desk.show(report) { $0.lines((report.repositories ?? []).filter(\.enabled)) }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Every configured repository: packages, age, revision, signatures.")
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let desk = try RepositoryDesk(common)
      var report = RepositoryReport(question: "list")
      report.repositories = try await desk.packages.listed(against: desk.lock)
      try desk.show(report) { $0.lines(report.repositories ?? []) }
    }
  }

  struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "resolve", abstract: "All RPMs that these packages need, with sizes and repositories.",
      discussion: """
        azl-dev repo resolve gcc "zlib-devel >= 1.2"
        azl-dev repo resolve --on-base pkgconfig(lz4)    only what a build root does not hold anyway
        """)
    @OptionGroup var common: CommonOptions
    @Argument(help: "Packages or capabilities, with a version where it matters.") var packages: [String]
    @Flag(help: "On top of what every build root holds.") var onBase = false

    func run() async throws {
      let desk = try RepositoryDesk(common)
      let solution: Solution
      do {
        solution = try await desk.packages.universe().solve(
          SolveRequest(
            install: packages.map(PackageText.dependency),
            base: onBase ? try await desk.packages.base().base : []))
      } catch let error as SolverError {
        throw PackageError.unmet(error)
      }
      let found = (onBase ? solution.extra : solution.packages).compactMap { item in
        if case .published(let package) = item { desk.package(package) } else { nil }
      }
      var report = RepositoryReport(question: "resolve")
      let answer = RepositoryReport.Resolution(
        asked: packages, packages: found, size: found.map(\.size).reduce(0, +),
        download: found.filter { !$0.isHere }.map(\.size).reduce(0, +))
      report.resolution = answer
      try desk.show(report) { $0.lines(answer) }
    }
  }

  struct Provides: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "provides", abstract: "Which packages provide a capability, a file or a shared library.",
      discussion: """
        azl-dev repo provides "pkgconfig(zlib)"
        azl-dev repo provides /usr/include/zlib.h
        azl-dev repo provides "*/zlib.h"
        azl-dev repo provides libz.so.1
        """)
    @OptionGroup var common: CommonOptions
    @Argument(help: "A capability, a path, */ and the end of a path, or a soname.") var capability: String

    func run() async throws {
      let desk = try RepositoryDesk(common)
      let universe = try await desk.packages.universe()
      let wanted = PackageText.dependency(capability)
      let found = await universe.publishedProviders(of: wanted).map(desk.package)
      let nearest = found.isEmpty ? await universe.nearestCapabilities(to: wanted.name) : []
      var report = RepositoryReport(question: "provides")
      let answer = RepositoryReport.Provision(capability: capability, packages: found, nearest: nearest)
      report.provision = answer
      if !found.isEmpty { return try desk.show(report) { $0.lines(answer) } }
      if common.json {
        try Output.json(report)
        throw Failed(code: .invalidInput)
      }
      throw PackageError.nothingProvides(capability, nearest: nearest)
    }
  }
}

/// An opened workspace of which only the repositories are asked: no look at the tree is taken.
struct RepositoryDesk {
  let packages: LivePackages
  let lock: BaselineLock
  private let common: CommonOptions
  private let store: ContentStore
  private let progress: BuildProgress
  private let writing: WorkspaceLock?

  init(_ options: CommonOptions, isWriting: Bool = false) throws {
    let workspace = Workspace(tree: try Tree.find(options.tree))
    var settings = try SettingsFiles.read(workspace, set: options.settings)
    if options.offline { settings.offline = true }
    let progress = BuildProgress(json: options.json)
    common = options
    lock = try Workbench.lock(of: workspace)
    writing = isWriting ? try WorkspaceLock(workspace.lock) : nil
    packages = LivePackages(
      workspace: workspace, settings: settings, strict: false, report: { progress.activity($0) })
    store = ContentStore(workspace)
    self.progress = progress
  }

  /// Whether a repository that counts was never downloaded.
  func isMissingMetadata() async throws -> Bool {
    try await packages.listed(against: nil).contains { $0.enabled && $0.repomd == nil }
  }

  func package(_ package: RepositoryPackage) -> RepositoryReport.Package {
    RepositoryReport.Package(
      nevra: package.nevra.description, repository: package.repository, size: package.size,
      sha256: package.digest, source: package.sourceRPM, isHere: store.contains(package.digest))
  }

  func show(_ report: RepositoryReport, _ lines: (RepositoryView) -> [String]) throws {
    progress.end()
    if common.json { return try Output.json(report) }
    Output.lines(lines(RepositoryView(style: Output.style)))
  }
}
