import ArgumentParser
import AzureLinux
import Foundation
import Packages
import Pipeline
import Storage
import Terminal

struct TryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "try",
    abstract: "Build packages as they stand in the tree.",
    discussion: """
      Everything but the named packages, and the changed specs that they need, comes from the published
      repositories. A second run with nothing changed does nothing. Built RPMs are in .azldev/out/RPMS/<arch>.

        azl-dev try zip                          one package
        azl-dev try liblantern --dependents      and what builds with it, if its output differs
        azl-dev try liblantern --dependents=all  and on, as long as outputs differ
        azl-dev try liblantern --verify-cutoff   and see whether what was left as it is could be
        azl-dev try zip --resume-from install    after a failure, in its root; the result is not for release
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var building: BuildingOptions
  @Argument(help: "Specs (names or paths) or binary packages.")
  var packages: [String]
  @Option(
    name: .customLong("resume-from"),
    help: ArgumentHelp(
      "Go on with a build that failed, in its kept root: prep, build, install or check. Not for release.",
      valueName: "stage"))
  var resumeFrom: ResumeStage?

  func validate() throws {
    guard resumeFrom != nil else { return }
    guard packages.count == 1, building.levels == nil, !building.direct, !building.force else {
      throw ValidationError("--resume-from goes on with one build: name one package and no dependents")
    }
  }

  func run() async throws {
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(
      common, access: .write, progress: view, strictBaseline: building.strictBaseline,
      adjust: building.adjust)
    let goals = try await bench.locate(packages)
    if let resumeFrom { return try await resume(goals[0], at: resumeFrom, bench, view) }
    try await bench.updateSignatures(goals, view)
    view.begin(goals: goals.map(\.id), history: bench.history)
    var options = BuildOptions()
    options.durations = Durations(bench.history.expected(kind: "build"))
    options.again = building.again(common)
    options.budget = building.budget?.seconds
    options.jobs = ProcessInfo.processInfo.activeProcessorCount
    if building.force { options.forced = Set(goals) }
    let report = try await bench.session.build(
      goals, dependents: building.dependents, check: building.check ?? bench.settings.build.check,
      verify: building.cutoff.verifyCutoff, options: options)
    // the sum stands for lines that many goals do not get
    view.end(goals.count > BuildProgress.named ? report : nil)
    try bench.record(report)
    if common.json { try Output.json(report) }
    if [.failed, .blocked].contains(report.result) { throw Failed(code: view.failureCode) }
    if report.hasWrongSkip { throw Failed() }
  }
}
