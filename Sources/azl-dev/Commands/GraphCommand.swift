import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Sandbox
import Solver
import SystemPackage
import Terminal

/// Questions about who needs whom, without a build.
struct GraphCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Who needs whom in the tree, why, and by which line.",
    discussion: """
      A name is a spec, else a binary package, else a capability such as "pkgconfig(zlib)".
      A need that several packages meet leads to each of them.
      """,
    subcommands: [Rdeps.self, Deps.self, Why.self, Cycles.self, Export.self])

  struct Report: Codable {
    var schema = "azl-dev/graph/1"
    var question: String
    var rdeps: DependentsAnswer?
    var deps: NeedsAnswer?
    var why: WhyAnswer?
    var cycles: CyclesAnswer?
    var export: NeighbourhoodAnswer?
  }

  struct Options: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @Flag(help: "Show every name.")
    var all = false

    func answer(_ report: Report, _ style: Style, _ lines: (GraphView) -> [String]) throws -> Answer {
      if common.json { return try Answer.json(report) }
      var view = GraphView(style: style)
      if all { view.limit = .max }
      return Answer.lines(lines(view))
    }
  }

  struct Rdeps: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "rdeps", abstract: "Who builds with it, and which packages require it.")
    @OptionGroup var options: Options
    @Argument(help: "A spec, a package or a capability.") var name: String
    @Option(help: "Steps to follow: 2 adds who needs those.") var levels = 1

    func answer(_ bench: Workbench, style: Style) async throws -> Answer {
      let answer = try await bench.graph { [name, levels] index throws(PipelineError) in
        try index.dependents(of: name, levels: max(1, levels))
      }
      return try options.answer(Report(question: "rdeps", rdeps: answer), style) { $0.lines(answer) }
    }
  }

  struct Deps: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "deps", abstract: "What its build and its packages need, and who provides it.")
    @OptionGroup var options: Options
    @Argument(help: "A spec, a package or a capability.") var name: String

    func answer(_ bench: Workbench, style: Style) async throws -> Answer {
      var answer = try await bench.graph { [name] index throws(PipelineError) in try index.needs(of: name) }
      try await bench.addPublished(to: &answer)
      return try options.answer(Report(question: "deps", deps: answer), style) { $0.lines(answer) }
    }
  }

  struct Why: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "why", abstract: "The shortest way by which one needs the other.")
    @OptionGroup var options: Options
    @Argument(help: "Who needs.") var from: String
    @Argument(help: "What is needed.") var to: String

    func answer(_ bench: Workbench, style: Style) async throws -> Answer {
      let answer = try await bench.graph { [from, to] index throws(PipelineError) in
        try index.why(from, needs: to)
      }
      return try options.answer(Report(question: "why", why: answer), style) { $0.lines(answer) }
    }
  }

  struct Cycles: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "cycles", abstract: "Specs that need each other to be built.",
      discussion: "Published packages break such circles; this tells where the tree alone could not be built."
    )
    @OptionGroup var options: Options
    @Argument(help: "Only the circles that this spec is in.") var spec: String?

    func answer(_ bench: Workbench, style: Style) async throws -> Answer {
      let answer = try await bench.graph { [spec] index throws(PipelineError) in
        try index.cycles(of: spec)
      }
      return try options.answer(Report(question: "cycles", cycles: answer), style) { $0.lines(answer) }
    }
  }

  struct Export: GraphQuestion {
    enum Format: String, ExpressibleByArgument, CaseIterable { case dot, json, svg }

    static let configuration = CommandConfiguration(
      commandName: "export", abstract: "The graph around a spec, or all of it, for other programs.")
    @OptionGroup var options: Options
    @Argument(help: "Its middle; the whole tree if left out.") var spec: String?
    @Option(help: "Steps around it, in both directions.") var radius = 1
    @Option(help: "dot, json or svg.") var format = Format.dot
    @Option(name: .shortAndLong, help: "Write here instead of standard output.") var output: String?

    var isForWatch: Bool { output == nil && format != .svg }

    func answer(_ bench: Workbench, style: Style) async throws -> Answer {
      let format = options.common.json ? .json : self.format
      if format == .svg { try Graphviz.find() }
      let answer = try await bench.graph { [spec, radius] index throws(PipelineError) in
        try index.neighbourhood(of: spec, radius: radius)
      }
      let data: Data =
        switch format {
        case .dot: Data(answer.dot.utf8)
        case .json: try JSONEncoder.snake.encode(Report(question: "export", export: answer)) + Data([10])
        case .svg: try await Graphviz.svg(answer.dot)
        }
      guard let output else { return Answer(output: data) }
      do { try data.write(to: URL(fileURLWithPath: output)) } catch {
        throw GraphError.unwritable(output, error.localizedDescription)
      }
      return Answer(output: Data())
    }
  }
}

/// A question about the index.
protocol GraphQuestion: Question {
  var options: GraphCommand.Options { get }
}

extension GraphQuestion {
  var common: CommonOptions { options.common }
}

extension Workbench {
  func graph<Answer: Sendable>(
    _ question: @Sendable (DependencyIndex) throws(PipelineError) -> Answer
  ) async throws -> Answer {
    try await session.index.ask { index in
      Result { () throws(PipelineError) in try question(index) }
    }.get()
  }

  /// What the tree does not make may be published.
  func addPublished(to answer: inout NeedsAnswer) async throws {
    guard answer.needs.contains(where: { !$0.isMet }) else { return }
    let universe = try await packages.universe()
    for position in answer.needs.indices where !answer.needs[position].isMet {
      let found = await universe.provider(of: PackageText.dependency(answer.needs[position].text))
      answer.needs[position].providers = Set(found.map(\.nevra.name)).sorted().map {
        NeedsAnswer.Provider(package: $0, spec: nil)
      }
    }
  }
}

/// Drawing by graphviz.
enum Graphviz {
  static func find() throws { if Command.find("dot") == nil { throw GraphError.noGraphviz } }

  static func svg(_ dot: String) async throws -> Data {
    let file = FileManager.default.temporaryDirectory.appending(path: "azl-graph-\(UUID().uuidString).dot")
    try Data(dot.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await Command(["dot", "-Tsvg", file.path]).check().output
  }
}

enum GraphError: Failure {
  case noGraphviz
  case unwritable(String, String)

  var message: String {
    switch self {
    case .noGraphviz: "svg is drawn by graphviz, which is not installed"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }
  var nextStep: String? {
    switch self {
    case .noGraphviz: "apt-get install graphviz"
    case .unwritable: nil
    }
  }
  var exitCode: AzureLinux.ExitCode { .environment }
}
