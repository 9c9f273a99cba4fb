import ArgumentParser
import AzureLinux
import Checks
import Foundation
import Terminal

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "What a contribution's checks would refuse in the changed specs, and nothing that was there before.",
    discussion: """
      source signatures   every source has its SHA-256 in <spec>.signatures.json; local files are hashed
      spec guidelines     tags, Release, %patch lines, what the changelog has to say

      The same checks run on the baseline; what they found there already is left out. Exits with 1 when
      something is reported.

        azl-dev check            all changed specs
        azl-dev check zip        only this one, changed or not
        azl-dev check --all      what was there before, too
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "Only these specs.")
  var specs: [String] = []
  @Flag(help: "Report what the baseline has too.")
  var all = false
  @Option(help: "Compare with this branch, tag or commit instead of the baseline.")
  var base: String?

  func run() async throws {
    let progress = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .read, progress: progress)
    let named = try await bench.locate(specs)
    let report = try await LiveChecks(bench: bench) { progress.activity($0) }.run(named, base: base, all: all)
    progress.end()
    if common.json {
      try Output.json(report)
    } else {
      Output.lines(CheckView(style: Output.style).lines(report))
    }
    if !report.findings.isEmpty { throw Failed() }
  }
}
