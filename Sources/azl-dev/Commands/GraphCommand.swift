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
  }

  struct Rdeps: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "rdeps", abstract: "Who builds with it, and which packages require it.")
    @OptionGroup var options: Options
    @Argument(help: "A spec, a package or a capability.") var name: String
    @Option(help: "Steps to follow: 2 adds who needs those.") var levels = 1

    func ask(_ index: DependencyIndex) throws(PipelineError) -> Report {
      Report(question: "rdeps", rdeps: try index.dependents(of: name, levels: max(1, levels)))
    }
  }

  struct Deps: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "deps", abstract: "What its build and its packages need, and who provides it.")
    @OptionGroup var options: Options
    @Argument(help: "A spec, a package or a capability.") var name: String

    func ask(_ index: DependencyIndex) throws(PipelineError) -> Report {
      Report(question: "deps", deps: try index.needs(of: name))
    }
  }

  struct Why: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "why", abstract: "The shortest way by which one needs the other.")
    @OptionGroup var options: Options
    @Argument(help: "Who needs.") var from: String
    @Argument(help: "What is needed.") var to: String

    func ask(_ index: DependencyIndex) throws(PipelineError) -> Report {
      Report(question: "why", why: try index.why(from, needs: to))
    }
  }

  struct Cycles: GraphQuestion {
    static let configuration = CommandConfiguration(
      commandName: "cycles", abstract: "Specs that need each other to be built.",
      discussion: "Published packages break such circles; this tells where the tree alone could not be built."
    )
    @OptionGroup var options: Options
    @Argument(help: "Only the circles that this spec is in.") var spec: String?

    func ask(_ index: DependencyIndex) throws(PipelineError) -> Report {
      Report(question: "cycles", cycles: try index.cycles(of: spec))
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

    func ask(_ index: DependencyIndex) throws(PipelineError) -> Report {
      Report(question: "export", export: try index.neighbourhood(of: spec, radius: radius))
    }

    func show(_ report: Report, style: Style) async throws -> Answer {
      let data: Data =
        switch options.common.json ? .json : format {
        case .json: try Answer.json(report).output
        case .dot: Data((report.export?.dot ?? "").utf8)
        case .svg: try await Graphviz.svg(report.export?.dot ?? "")
        }
      guard let output else { return Answer(output: data) }
      do { try data.write(to: URL(fileURLWithPath: output)) } catch {
        throw GraphError.unwritable(output, error.localizedDescription)
      }
      return Answer(output: Data())
    }
  }
}

extension GraphCommand.Report {
  func lines(_ view: GraphView) -> [String] {
    (rdeps.map(view.lines) ?? []) + (deps.map(view.lines) ?? []) + (why.map(view.lines) ?? [])
      + (cycles.map(view.lines) ?? [])
  }
}

/// Drawing by graphviz.
enum Graphviz {
  static func svg(_ dot: String) async throws -> Data {
    guard Command.find("dot") != nil else { throw GraphError.noGraphviz }
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
