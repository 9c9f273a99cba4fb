import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Storage
import SystemPackage
import Terminal

struct SpecsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "specs",
    abstract: "The specs of the tree as the target's rpm reads them.")

  @OptionGroup var common: CommonOptions
  @Argument(help: "Only these specs.")
  var specs: [String] = []
  @Flag(help: "Only specs with findings, and the findings.")
  var findings = false

  func run() async throws {
    let bench = try await Workbench.open(common, access: .read, progress: BuildProgress(json: common.json))
    let chosen = specs.isEmpty ? try await bench.session.specs() : try await bench.locate(specs)
    var infos = try await bench.session.parsed(chosen)
    if findings { infos = infos.filter { !$0.findings.isEmpty } }
    if common.json {
      let tree = bench.workspace.tree
      try Output.json(
        SpecsReport(infos, target: bench.settings.arch, signatures: bench.signatures) {
          try? Digest.of(file: tree.appending($0))
        })
      return
    }
    let style = Output.style
    Output.lines(
      infos.flatMap { info -> [String] in
        let name = info.id.padding(toLength: max(28, info.id.count), withPad: " ", startingAt: 0)
        let version = info.source.map(\.evr.description) ?? info.status.rawValue
        let head = "\(name) \(version)  \(style.paint(info.path, .dim))"
        return [head] + info.findings.map { "  \($0.file):\($0.line): \($0.message)" }
      })
  }
}
