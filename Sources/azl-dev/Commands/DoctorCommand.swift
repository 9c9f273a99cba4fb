import ArgumentParser
import AzureLinux
import Foundation
import Images
import Terminal

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine has and lacks, each with the command that mends it.",
    discussion: "Looks at programs, kernel features, subordinate ids and disk space, and boots a probe guest."
  )

  @OptionGroup var common: CommonOptions

  struct Report: Codable {
    var schema = "azl-dev/doctor/1"
    var checks: [Diagnosis]
  }

  func run() async throws {
    var found: [Diagnosis] = []
    let style = Output.style
    func show(_ lines: [Diagnosis]) {
      found += lines
      if !common.json { for line in lines { Output.lines([line.line(style)]) } }
    }
    show(ToolChecks.run())
    show(await KernelChecks.run())
    show(LimitChecks.run())
    show([DiskCheck.run(at: try Tree.find(common.tree))])
    show([await AcceleratorCheck.run()])
    if common.json { try Output.json(Report(checks: found)) }
    if found.contains(where: { $0.result == .missing }) { throw Failed(code: .environment) }
  }
}
