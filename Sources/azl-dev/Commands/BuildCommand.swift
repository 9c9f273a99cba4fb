import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Storage
import Terminal

struct BuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build sets of packages: exactly the goals and what they need.",
    discussion: """
      Everything else comes from the published repositories; with --from-scratch, nothing does that the tree itself
      makes. All builds share the processors: those go first from which the way to the end is longest, by the times
      they took before. A failed build holds up those that need it, and no others.

        azl-dev build zip lz4                      two packages
        azl-dev build imageconfigs/demo.json       what the tree makes of an image
        azl-dev build --all --from-scratch         the whole tree, each with what was just built
        azl-dev build --list set.txt --ignore lz4  a list, without one of it
        azl-dev build liblantern --dependents=all  and who builds with it, as long as outputs differ
        azl-dev build liblantern --verify-cutoff   and whether those that were left as they are could be
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var goals: GoalOptions
  @OptionGroup var building: BuildingOptions
  @Option(parsing: .singleValue, help: "A goal that is built even if nothing changed.")
  var rebuild: [String] = []
  @Flag(help: "Also build unchanged specs that the goals need, in order, and use what was built.")
  var fromScratch = false
  @Option(
    help:
      "First put exactly the RPMs that this list names (rpms_snapshot.json and its like) into .azldev/out.")
  var fromSummary: String?
  @Flag(
    exclusivity: .chooseLast,
    help: "After a failure, build what does not need it (default), or start nothing more.")
  var afterFailure = AfterFailure.keepGoing
  @Option(help: "Builds at once (default: as many as processors).")
  var jobs: Int?
  @Flag(help: "Also print the summary of upstream's scheduler, on standard error.")
  var summary = false

  enum AfterFailure: String, EnumerableFlag { case keepGoing, stopOnFailure }

  func validate() throws {
    if goals.isEmpty && rebuild.isEmpty && fromSummary == nil {
      throw ValidationError("name specs or packages, --list a file of them, or --all")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs wants a number of builds, 1 or more") }
  }

  func run() async throws {
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(
      common, access: .write, progress: view, strictBaseline: building.strictBaseline, builds: jobs,
      adjust: building.adjust)
    if let fromSummary {
      let names = try await bench.restore(summary: fromSummary)
      view.flushFetched()
      view.tell("Restored", "\(Figure.count(names.count, "package")) of \(fromSummary)    .azldev/out/RPMS")
    }
    let found =
      goals.isEmpty && rebuild.isEmpty
      ? Goals(specs: []) : try await bench.goals(goals, rebuild: rebuild, report: view.activity)
    try await bench.updateSignatures(found.specs, view)
    view.begin(goals: found.specs.map(\.id), history: bench.history)
    var options = BuildOptions()
    options.extent.isFromScratch = fromScratch
    options.extent.ignored = found.ignored.map(\.id).sorted()
    options.durations = Durations(bench.history.expected(kind: "build"))
    options.again = building.again(common)
    options.budget = building.budget?.seconds
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.forced = Set(building.force ? found.specs : found.rebuilt)
    options.stopsOnFailure = afterFailure == .stopOnFailure
    var report = try await bench.session.build(
      found.specs, dependents: building.dependents, check: building.check ?? bench.settings.build.check,
      verify: building.cutoff.verifyCutoff, options: options)
    if let manifest = bench.toolchainManifest { report.compare(withToolchain: manifest) }
    view.end(report)
    try bench.record(report)
    let lines = try await BuildResults(bench: bench).write(report)
    if summary { for line in lines { view.status.print(line) } }
    if common.json { try Output.json(report) }
    if [.failed, .blocked].contains(report.result) { throw Failed(code: view.failureCode) }
    if report.conflicts?.isEmpty == false { throw Failed() }
    if report.hasWrongSkip { throw Failed() }
  }
}
