import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Pipeline
import Terminal

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow what is edited: rebuild what a save changes, stop where outputs are equal.",
    discussion: """
      Watches the package directories. After each save: which specs changed, what they reach, the builds, and a
      verdict, one line each. At most [watch] max_builds dependents are queued after one save. Ctrl-C ends it;
      what was built is kept.
      """)

  @OptionGroup var common: CommonOptions
  @Flag(help: "Only say what would be rebuilt.")
  var plan = false
  @Flag(help: "End after the first round.")
  var once = false

  func run() async throws {
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .write, progress: view)
    let loop = WatchLoop(bench: bench, view: view, planOnly: plan, json: common.json)
    try await loop.run(once: once)
  }
}
