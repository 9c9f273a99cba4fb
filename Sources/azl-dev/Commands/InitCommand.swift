import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Pipeline
import Storage
import SystemPackage
import Terminal

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a tree of specs ready for azl-dev; again, to refresh its repositories.",
    discussion: """
      Creates .azldev/ and touches nothing else; git sees only its config.toml. Picks the baseline, pins the build
      identity from it, and downloads and verifies the repositories' metadata. Without options the packages come from
      packages.microsoft.com. Running it again keeps .azldev/config.toml and refreshes the rest.
      """)

  @OptionGroup var common: CommonOptions
  @Option(
    help:
      "Branch, tag or commit that the tree is compared with (default: where this branch left its upstream).")
  var baseline: String?
  @Option(
    help: ArgumentHelp(
      "Use the mirror at this address, laid out like packages.microsoft.com.", valueName: "url"))
  var mirror: String?
  @Option(help: "Release of the repositories.")
  var release: String?

  struct Report: Codable {
    struct Repository: Codable {
      var id: String
      var url: String
      var packages: Int
      var signed: Bool
    }
    var schema = "azl-dev/init/1"
    var tree: String
    var specs: Int
    var baseline: AffectedReport.Point
    var identity: BuildIdentity
    var repositories: [Repository]
    var indexed: Indexed
  }
  struct Indexed: Codable {
    /// Parsed now; the others were known.
    var parsed: Int
    var seconds: Double
    /// Specs with findings.
    var findings: Int
  }

  func run() async throws {
    let progress = BuildProgress(json: common.json)
    let root = common.tree ?? FileManager.default.currentDirectoryPath
    let workspace = Workspace(tree: try Tree.find(root))
    let setup = Setup(workspace: workspace, report: { progress.activity($0) })
    // written only once it was seen to work
    let asked = setup.localConfiguration(mirror: mirror, release: release, baseline: baseline)
    var settings = try SettingsFiles.read(workspace, local: asked, set: common.settings)
    if common.offline { settings.offline = true }
    let specs = try TreeInventory.count(tree: workspace.tree, folders: settings.specDirs)
    let git = try GitBaseline(tree: workspace.tree)
    try setup.prepareFolder()
    let lock = try WorkspaceLock(workspace.lock)
    defer { withExtendedLifetime(lock) {} }
    let ref = baseline ?? settings.baseline.ref
    let commit =
      ref.isEmpty ? try await git.defaultBaseline(release: settings.release) : try await git.commit(ref)
    let identity = setup.identity(settings, commit)
    let packages = LivePackages(
      workspace: workspace, settings: settings, strict: false, report: { progress.activity($0) })
    try await packages.refresh()
    let repositories = try await packages.listed(against: nil).filter(\.enabled)
    let digests = repositories.compactMap { one in one.repomd.map { (one.id, $0) } }
    try setup.writeConfiguration(local: asked)
    progress.status.show(nil)
    try setup.write(
      BaselineLock(
        ref: commit.ref, commit: commit.id, identity: identity,
        repositories: Dictionary(digests) { first, _ in first }))
    let indexed = try await index(progress)
    let report = Report(
      tree: workspace.tree.string, specs: specs, baseline: .init(ref: commit.ref, commit: commit.id),
      identity: identity,
      repositories: repositories.map {
        .init(id: $0.id, url: $0.url, packages: $0.packages ?? 0, signed: $0.repoGpgcheck)
      }, indexed: indexed)
    try show(report, settings)
  }

  /// Everything that the first question would have to do.
  private func index(_ progress: BuildProgress) async throws -> Indexed {
    let clock = ContinuousClock.now
    let bench = try await Workbench.open(common, access: .read, progress: progress)
    let parsed = try await bench.session.index.bringUpToDate()
    _ = try await bench.session.changed()
    let findings = try await bench.session.parsed(bench.session.specs()).count { !$0.findings.isEmpty }
    return Indexed(
      parsed: parsed, seconds: Double((ContinuousClock.now - clock) / .milliseconds(1)) / 1000,
      findings: findings)
  }

  private func show(_ report: Report, _ settings: Settings) throws {
    if common.json { return try Output.json(report) }
    let style = Output.style
    let folders = settings.specDirs.filter {
      FileManager.default.fileExists(atPath: "\(report.tree)/\($0)")
    }
    var lines = [
      style.fact(
        "Tree",
        "azurelinux \(settings.release), \(Figure.count(report.specs, "spec")) in \(folders.joined(separator: " "))"
      ),
      style.fact(
        "Baseline",
        "\(report.baseline.ref) (\(report.baseline.commit.prefix(8)))    change it with --baseline"),
    ]
    for repository in report.repositories {
      lines.append(
        style.fact(
          "Packages",
          "\(repository.id): \(Figure.count(repository.packages, "RPM"))\(repository.signed ? ", signed" : "")    \(repository.url)"
        ))
    }
    lines.append(
      style.fact(
        "Indexed",
        "\(Figure.count(report.specs, "spec")) in \(Figure.seconds(report.indexed.seconds))"
          + (report.indexed.findings == 0
            ? "" : ", \(report.indexed.findings) with findings    azl-dev specs --findings")))
    lines += [
      style.fact("Ready", ".azldev/ holds everything; git sees only its config.toml"), "",
      "    azl-dev try <package>   build one package", "    azl-dev affected        what your changes reach",
      "    azl-dev watch           follow what you edit",
    ]
    Output.lines(lines)
  }
}
