import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Terminal

struct AffectedCommand: Question {
  static let configuration = CommandConfiguration(
    commandName: "affected",
    abstract: "What the working tree changes against the baseline, and what that reaches.",
    discussion: """
      changed   specs whose package directory differs from the baseline
      direct    specs whose build root holds a package of a changed one
      through   specs that are reached only through those

      Nothing is built. Each line says why, with the line of the spec that makes the dependency.
      """)

  @OptionGroup var common: CommonOptions
  @Option(help: "Compare with this branch, tag or commit instead of the baseline.")
  var base: String?
  @Option(help: "Compare this commit instead of the working tree.")
  var head: String?
  @Flag(help: "Show every name.")
  var all = false
  @Flag(help: "Exit with 1 when something is affected.")
  var exitCode = false

  func answer(_ bench: Workbench, style: Style) async throws -> Answer {
    var view = AffectedView(style: style)
    if all { view.limit = .max }
    let limit = common.json ? .max : view.limit
    let (report, places) = try await bench.affected(base: base, head: head, limit: limit)
    var answer =
      common.json ? try Answer.json(report) : Answer.lines(view.lines(report, places: places))
    if exitCode && !report.affected.isEmpty { answer.code = .failed }
    return answer
  }
}
