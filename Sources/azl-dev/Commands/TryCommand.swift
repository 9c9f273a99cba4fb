import ArgumentParser
import AzureLinux
import Foundation
import Packages
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
        azl-dev try liblantern --verify-cutoff   and see whether what was left as it is could be
        azl-dev try zip --resume-from install    after a failure, in its root; the result is not for release
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var cutoff: CutoffOptions
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
  @Option(
    help: ArgumentHelp(
      "What source hashes mean: enforce, skip, or update to write the signatures files of the named packages anew.",
      valueName: "enforce|skip|update"))
  var signatures: SignatureHandling?
  @Flag(help: "Build the published SRPMs of the specs' versions instead of packing them from the tree.")
  var srpmFromRepository = false
  @Option(help: "Build what fits into this time, nearest first (90s, 5m, 1h); the rest is listed.")
  var budget: TimeSpan?
  @Flag(help: "Build even if nothing changed.")
  var force = false
  @Option(
    name: .customLong("resume-from"),
    help: ArgumentHelp(
      "Go on with a build that failed, in its kept root: prep, build, install or check. Not for release.",
      valueName: "stage"))
  var resumeFrom: ResumeStage?

  func validate() throws {
    guard resumeFrom != nil else { return }
    guard packages.count == 1, levels == nil, !direct, !force else {
      throw ValidationError("--resume-from goes on with one build: name one package and no dependents")
    }
  }

  func run() async throws {
    let dependents = levels?.value ?? (direct || cutoff.verifyCutoff ? .levels(1) : .none)
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(
      common, access: .write, progress: view, strictBaseline: strictBaseline
    ) { [signatures, srpmFromRepository, cutoff] settings in
      if let signatures { settings.sources.signatures = signatures }
      if srpmFromRepository { settings.sources.downloadSrpms = true }
      if let mode = cutoff.cutoff { settings.build.dependents = mode }
    }
    let goals = try await bench.locate(packages)
    if let resumeFrom { return try await resume(goals[0], at: resumeFrom, bench, view) }
    if bench.settings.sources.signatures == .update { try await update(goals, bench, view) }
    view.begin(goals: goals.map(\.id), history: bench.history)
    var options = BuildOptions()
    options.durations = Durations(bench.history.expected(kind: "build"))
    options.budget = budget?.seconds
    options.jobs = ProcessInfo.processInfo.activeProcessorCount
    if force { options.forced = Set(goals) }
    let report = try await bench.session.build(
      goals, dependents: dependents, check: check ?? bench.settings.build.check,
      verify: cutoff.verifyCutoff, options: options)
    // the sum stands for lines that many goals do not get
    view.end(goals.count > BuildProgress.named ? report : nil)
    try bench.record(report)
    if common.json { try Output.json(report) }
    if [.failed, .blocked].contains(report.result) { throw Failed(code: view.failureCode) }
    if report.hasWrongSkip { throw Failed() }
  }
}

extension TryCommand {
  private func update(_ goals: [SpecLocation], _ bench: Workbench, _ view: BuildProgress) async throws {
    var written: Set<String> = []
    for goal in goals {
      guard let path = try await bench.updateSignatures(goal) else { continue }
      written.insert(path)
      view.activity(.notice("\(path) is written anew: the hashes of \(goal.id)'s sources as they are now"))
    }
    if !written.isEmpty { try await bench.session.lookAgain(at: written) }
  }
}

extension SignatureHandling: ExpressibleByArgument {}
