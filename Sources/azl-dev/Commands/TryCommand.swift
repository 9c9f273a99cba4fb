import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Storage
import Terminal

/// `--dependents`, `--dependents=2`, `--dependents=all`.
struct DependentsChoice: ExpressibleByArgument {
  var value: Dependents
  init(_ value: Dependents) { self.value = value }
  init?(argument: String) {
    if argument == "all" {
      value = .all
    } else if let levels = Int(argument), levels >= 0 {
      value = levels == 0 ? .none : .levels(levels)
    } else {
      return nil
    }
  }
}

/// `90`, `90s`, `5m`, `1h`.
struct TimeSpan: ExpressibleByArgument {
  var seconds: Double
  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    let unit = argument.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? argument[...] : argument.dropLast()), number >= 0, number.isFinite
    else { return nil }
    seconds = number * (unit ?? 1)
  }
}

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
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "Specs (file name without .spec) or binary packages.")
  var packages: [String]
  @Flag(name: .customLong("dependents"), help: "Also what builds with the package directly.")
  var direct = false
  @Option(
    name: .customLong("dependents-levels"),
    help: ArgumentHelp(
      "How far to follow dependents (a number or all); the same as --dependents=N.", valueName: "n|all"))
  var levels: DependentsChoice?
  @Flag(help: "Refuse to use a published package whose version is not the spec's.")
  var strictBaseline = false
  @Flag(
    inversion: .prefixedNo,
    help: "Also run %check of the named packages, in a root of its own (default: [build] check).")
  var check: Bool?
  @Option(help: "Build what fits into this time, nearest first (90s, 5m, 1h); the rest is listed.")
  var budget: TimeSpan?
  @Flag(help: "Build even if nothing changed.")
  var force = false

  func run() async throws {
    let dependents = levels?.value ?? (direct ? .levels(1) : .none)
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(
      common, access: .write, progress: view, strictBaseline: strictBaseline)
    let goals = try await bench.locate(packages)
    view.begin(goals: goals.map(\.id), history: bench.history)
    var options = BuildOptions()
    options.durations = Durations(bench.history.expected(kind: "build"))
    options.budget = budget?.seconds
    options.jobs = ProcessInfo.processInfo.activeProcessorCount
    if force { options.forced = Set(goals) }
    let report = try await bench.session.build(
      goals, dependents: dependents, check: check ?? bench.settings.build.check, options: options)
    view.end()
    try bench.record(report)
    if common.json { try Output.json(report) }
    if [.failed, .blocked].contains(report.result) { throw Failed(code: view.failureCode) }
  }
}
