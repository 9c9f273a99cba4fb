import AzureLinux
import Foundation
import Pipeline
import Solver
import Terminal

/// A question about the index. Where that is on disk, and all that it was made from is as it was, nothing else is opened.
protocol GraphQuestion: Question, Sendable {
  var options: GraphCommand.Options { get }
  func ask(_ index: DependencyIndex) throws(PipelineError) -> GraphCommand.Report
  func show(_ report: GraphCommand.Report, style: Style) async throws -> Answer
}

extension GraphQuestion {
  var common: CommonOptions { options.common }

  func answer(_ bench: Workbench, style: Style) async throws -> Answer {
    var report = try await bench.graph(ask)
    try await bench.addPublished(to: &report)
    return try await show(report, style: style)
  }

  func answerAtOnce(_ kept: KeptIndex, style: Style) async throws -> Answer? {
    guard let index = kept.index() else { return nil }
    let report: GraphCommand.Report
    do { report = try ask(index) } catch .unknownSpec {
      // whether it is published is not in the index
      return nil
    }
    return report.isWhole ? try await show(report, style: style) : nil
  }

  func show(_ report: GraphCommand.Report, style: Style) async throws -> Answer {
    if common.json { return try Answer.json(report) }
    var view = GraphView(style: style)
    if options.all { view.limit = .max }
    return Answer.lines(report.lines(view))
  }
}

extension GraphCommand.Report {
  /// What the tree does not make may be published, which is not in the index.
  fileprivate var isWhole: Bool { deps?.needs.allSatisfy(\.isMet) ?? true }
}

extension Workbench {
  func graph<Answer: Sendable>(
    _ question: @Sendable (DependencyIndex) throws(PipelineError) -> Answer
  ) async throws -> Answer {
    try await orPublished {
      try await session.index.ask { index in
        Result { () throws(PipelineError) in try question(index) }
      }.get()
    }
  }

  fileprivate func addPublished(to report: inout GraphCommand.Report) async throws {
    guard !report.isWhole, var deps = report.deps else { return }
    let universe = try await packages.universe()
    for position in deps.needs.indices where !deps.needs[position].isMet {
      let found = await universe.provider(of: PackageText.dependency(deps.needs[position].text))
      deps.needs[position].providers = Set(found.map(\.nevra.name)).sorted().map {
        NeedsAnswer.Provider(package: $0, spec: nil)
      }
    }
    report.deps = deps
  }
}
