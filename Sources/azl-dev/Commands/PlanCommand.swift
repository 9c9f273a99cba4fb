import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Pipeline
import Storage
import SystemPackage
import Terminal

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "What a build would do: which packages, in what order, why, how long, what it downloads.",
    discussion: """
      Builds nothing. Without a goal, the specs that differ from the baseline. Times are those of the last builds
      here; the median of all stands for one that was never built.

        azl-dev plan                                  what is changed
        azl-dev plan --dependents=all --budget 5m     and who follows, as far as five minutes go
        azl-dev plan --all --from-scratch             the whole tree
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var goals: GoalOptions
  @Flag(help: "Also unchanged specs that the goals need.")
  var fromScratch = false
  @Flag(name: .customLong("dependents"), help: "Also what builds with the goals directly.")
  var direct = false
  @Option(
    name: .customLong("dependents-levels"),
    help: ArgumentHelp(
      "How far to follow dependents (a number or all); the same as --dependents=N.", valueName: "n|all"))
  var levels: DependentsChoice?
  @Option(help: "Say what fits into this time, nearest first (90s, 5m, 1h).")
  var budget: TimeSpan?
  @Option(help: "Builds at once (default: as many as processors).")
  var jobs: Int?

  func run() async throws {
    let view = BuildProgress(json: common.json)
    let dependents = levels?.value ?? (direct ? .levels(1) : .none)
    let bench = try await Workbench.open(
      common, access: .read, progress: view, indexed: dependents != .none)
    let found =
      goals.isEmpty
      ? Goals(specs: try await bench.session.changed()) : try await bench.goals(goals, report: view.activity)
    var options = BuildOptions()
    options.extent.isFromScratch = fromScratch
    options.extent.ignored = found.ignored.map(\.id).sorted()
    options.durations = Durations(bench.history.expected(kind: "build"))
    var (report, schedule) = try await bench.session.plan(
      found.specs, dependents: dependents, options: options,
      jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, budget: budget?.seconds)
    let planned = report.builds.filter { !$0.isQueued }
    let certain = Set(planned.filter(\.isCertain).map(\.spec))
    let sure = try await bench.downloads(of: schedule, building: certain, after: [])
    let all = try await bench.downloads(
      of: schedule, building: Set(planned.map(\.spec)), after: Set(planned.flatMap(\.needs)))
    report.downloads = sure.downloads
    if all.downloads != sure.downloads { report.downloadsAtMost = all.downloads }
    report.addProblems(all.problems)
    view.end()
    if common.json {
      try Output.json(report)
    } else {
      Output.lines(PlanView(style: Output.style).lines(report))
    }
    if !report.problems.isEmpty { throw Failed(code: .invalidInput) }
  }
}

extension Workbench {
  /// What these builds would fetch: packages of their roots, and sources, which neither the tree nor the store has. A
  /// root that cannot be planned is a problem of its build.
  ///
  /// - Parameter follows: specs that others are built after, as far as these come out different.
  func downloads(of schedule: Schedule, building specs: Set<String>, after follows: Set<String>) async throws
    -> (
      downloads: PlanReport.Downloads, problems: [PlanReport.Problem]
    )
  {
    let store = ContentStore(workspace)
    var packages: [Digest: Int64] = [:]
    var sources: [Digest: String] = [:]
    var problems: [PlanReport.Problem] = []
    // specs whose packages stand in these roots, where they are compared with the published ones
    var compared = follows
    let locations = try await session.specs().filter { specs.contains($0.id) }
    for (spec, info) in zip(locations, try await session.parsed(locations)) {
      let known = signatures(info)
      for file in info.sources where !known.local.contains(file.file) {
        if let digest = known.digests[file.file], !store.contains(digest) { sources[digest] = file.file }
      }
      let rule = schedule.rule(spec)
      let root = PlannedRoot(spec: spec, extent: rule.extent)
      let plan: BuildRootPlan
      do { plan = try await session.engine.value(of: root) } catch let error
        where !(error is CancellationError)
      {
        let failure = error as? any Failure
        let lines = [failure?.message ?? String(describing: error)] + (failure?.nextStep.map { [$0] } ?? [])
        problems.append(PlanReport.Problem(spec: spec.id, message: lines.joined(separator: "\n")))
        continue
      }
      let extra = plan.extra.compactMap { if case .published(let package) = $0 { package } else { nil } }
      compared.formUnion(plan.localSpecs)
      for package in plan.base + extra where !store.contains(package.digest) {
        packages[package.digest] = package.size
      }
    }
    for package in try await published(compared) where !store.contains(package.digest) {
      packages[package.digest] = package.size
    }
    let downloads = PlanReport.Downloads(
      packages: packages.count, bytes: packages.values.reduce(0, +), sourceFiles: sources.values.sorted())
    return (downloads, problems)
  }

  /// The published packages of these specs, of the versions that they have.
  private func published(_ ids: Set<String>) async throws -> [RepositoryPackage] {
    var found: [RepositoryPackage] = []
    for info in try await session.parsed(session.specs().filter { ids.contains($0.id) }) {
      found += try await packages.exact(info.packages.map(\.nevra).filter { !$0.isDebug })
    }
    return found
  }
}
