import ArgumentParser
import AzureLinux
import Pipeline
import Terminal

struct ExplainCommand: Question {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Why a package or image is stale, or why it was built.",
    discussion: """
      Takes a spec or package, the name of an RPM (liblantern-1.2-1.azl3.x86_64), or an image configuration. Says what
      it read, down to the line that differs from the baseline. Nothing is built.
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "A spec, package, RPM or image configuration.")
  var name: String
  @Flag(help: "Show every name.")
  var all = false

  var isAboutTheGraph: Bool { false }

  func answer(_ bench: Workbench, style: Style) async throws -> Answer {
    let report = try await bench.explain(name)
    if common.json { return try Answer.json(report) }
    var view = ExplainView(style: style)
    if all { view.limit = .max }
    return Answer.lines(view.lines(report))
  }
}
