import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Storage
import SystemPackage
import Terminal

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run %check of packages, each in a root of its own, and tell the verdicts.",
    discussion: """
      The verdict comes from the exit status and the markers of the build; a %check that leaves neither has not passed.
      No package is built differently for it. A verdict holds until something that the test reads changes.

        azl-dev test zip lz4                    two packages
        azl-dev test --all --junit tests.xml    all of the tree, with a report for CI
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var goals: GoalOptions
  @Option(help: "Write the verdicts there as JUnit XML.")
  var junit: String?
  @Flag(help: "Run them again even if nothing changed.")
  var rerun = false
  @Flag(help: "Test with packages of the tree instead of published ones.")
  var fromScratch = false
  @Option(help: "Tests at once (default: as many as processors).")
  var jobs: Int?

  func validate() throws {
    if goals.isEmpty { throw ValidationError("name specs or packages, --list a file of them, or --all") }
    if let jobs, jobs < 1 { throw ValidationError("--jobs wants a number of tests, 1 or more") }
  }

  func run() async throws {
    if let junit { try Tree.expectWritable(junit) }
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .write, progress: view, builds: jobs)
    let found = try await bench.goals(goals, report: view.activity)
    view.begin(goals: found.specs.map(\.id), history: bench.history)
    var options = BuildOptions()
    options.extent.isFromScratch = fromScratch
    options.extent.ignored = found.ignored.map(\.id).sorted()
    options.durations = Durations(bench.history.expected(kind: "check"))
    let report = try await bench.session.test(found.specs, options: options, rerun: rerun)
    view.end()
    for test in report.tests where !test.isRemembered && [.passed, .failed].contains(test.verdict) {
      try bench.history.append(
        History.Entry(
          kind: "check", subject: test.spec, result: test.verdict.rawValue, seconds: test.seconds))
    }
    if let junit {
      do { try AtomicFile.write(JUnit.document(report), to: FilePath(junit)) } catch {
        throw TreeError.unwritable(junit, "\(error)")
      }
    }
    if common.json { try Output.json(report) } else { Output.lines([summary(report)]) }
    if report.result == .failed { throw Failed() }
  }

  private func summary(_ report: TestReport) -> String {
    let words: [(TestReport.Verdict, String)] = [
      (.passed, "passed"), (.failed, "failed"), (.noMarker, "without a verdict"),
      (.error, "came to no %check"), (.blocked, "blocked"), (.notRun, "without %check"),
    ]
    let counts = words.compactMap { verdict, word in
      let count = report.tests.count { $0.verdict == verdict }
      return count > 0 ? "\(Figure.count(count)) \(word)" : nil
    }
    return Output.style.fact(
      "Tested", "\(counts.joined(separator: ", ")) in \(Figure.seconds(report.seconds))")
  }
}
