import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Solver

/// For demo/solver-parity: which published packages make a build root, and how long libsolv takes for it.
struct PlanRootCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan-root", abstract: "Plans build roots of published packages, as JSON.",
    shouldDisplay: false)

  @OptionGroup var common: CommonOptions
  @Argument(help: "Specs, whose BuildRequires are asked for.")
  var specs: [String] = []
  @Option(name: .long, help: "Another root: requirements with commas in between. May be given often.")
  var root: [String] = []
  @Option(name: .long, help: "As --root, without the base of all build roots. May be given often.")
  var bare: [String] = []
  @Option(help: "Solves each root this often, in this process.")
  var times = 1

  private struct Report: Encodable {
    var base: [String]
    var roots: [Root]
  }
  private struct Root: Encodable {
    var name: String
    var isBare: Bool
    var requires: [String]
    /// With those of the base; none when it cannot be solved.
    var packages: [String] = []
    var problem: String?
    var milliseconds: [Double] = []
  }

  func run() async throws {
    let bench = try await Workbench.open(common, access: .read, progress: BuildProgress(json: common.json))
    let infos = specs.isEmpty ? [] : try await bench.session.parsed(try await bench.locate(specs))
    let base = try await bench.packages.base().base
    let universe = try await bench.packages.universe()
    var roots: [Root] = []
    let asked =
      infos.map { ($0.id, $0.buildRequires, false) } + root.map { ("", Self.read($0), false) }
      + bare.map { ("", Self.read($0), true) }
    for (name, requires, isBare) in asked {
      var root = Root(name: name, isBare: isBare, requires: requires.map(\.text))
      let base = isBare ? [] : base
      for _ in 0..<max(1, times) {
        let start = ContinuousClock.now
        do {
          let solution = try await universe.solve(SolveRequest(install: requires, base: base))
          root.packages = solution.packages.map(\.nevra.description).sorted()
        } catch {
          root.problem = error.message
        }
        root.milliseconds.append(start.duration(to: .now) / .milliseconds(1))
      }
      roots.append(root)
    }
    try Output.json(Report(base: base.map(\.nevra.description), roots: roots))
  }

  private static func read(_ text: String) -> [Dependency] {
    text.split(separator: ",").map { text in
      let words = text.split(separator: " ")
      guard words.count == 3, !text.hasPrefix("(") else {
        return Dependency(text: String(text), name: text.hasPrefix("(") ? "" : String(text))
      }
      return Dependency(
        text: String(text), name: String(words[0]), op: String(words[1]), evr: String(words[2]))
    }
  }
}
