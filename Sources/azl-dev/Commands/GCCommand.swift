import ArgumentParser
import AzureLinux
import Terminal

struct GCCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Removes what was not used for longest, down to the budgets of [disk].",
    discussion: """
      Artifacts, layers of build roots, logs, roots of failed builds and saved machines each have a budget. What a standing build,
      a kept root or .azldev/out is made of stays; everything that goes can be fetched or made again.

        azl-dev gc --dry-run      what would go
        azl-dev du                what there is
      """)

  @OptionGroup var common: CommonOptions
  @Flag(help: "Remove nothing; say what would go.")
  var dryRun = false

  func run() async throws {
    let bench = try await Workbench.open(common, access: .write, progress: BuildProgress(json: common.json))
    let report = try await Garbage(bench: bench, dryRun: dryRun).collect()
    if common.json { return try Output.json(report) }
    Output.lines(DiskView(style: Output.style).lines(report))
  }
}
