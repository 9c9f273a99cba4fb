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
      After each save: the specs that differ from the baseline, what they reach, the builds, and a verdict. A newer
      save ends the round under way; what it had built is kept. At most [watch] max_builds dependents are built in
      one round. Ctrl-C ends it.

        azl-dev watch          build
        azl-dev watch --plan   only say what would be rebuilt
      """)

  @OptionGroup var common: CommonOptions
  @Flag(help: "Only say what would be rebuilt.")
  var plan = false
  @Flag(help: "One round for what is changed now, then end.")
  var once = false

  func run() async throws {
    let events = WatchEvents(json: common.json)
    let view = BuildProgress(json: common.json, watching: events)
    let bench = try await Workbench.open(common, access: .write, progress: view)
    let options = WatchLoop.Options(
      isPlan: plan, limit: bench.settings.watch.maxBuilds, check: bench.settings.build.check)
    view.begin(goals: [], history: bench.history)
    let loop = WatchLoop(session: bench.session, tree: bench.workspace.tree, options: options) { event in
      events.note(event, on: view.status)
      if case .round(let report) = event { try? bench.record(report) }
    }
    if once {
      await loop.round()
    } else {
      // before the first look at the tree: what is saved from here on is not missed
      let watcher = try await TreeWatcher.start(
        tree: bench.workspace.tree,
        scope: WatchScope(
          roots: bench.settings.specDirs + LiveBaseline.others, ignore: bench.settings.watch.ignore),
        indexLock: bench.baseline.git.indexLock)
      events.opened(
        release: bench.settings.release, baseline: "\(bench.lock.ref) (\(bench.lock.commit.prefix(8)))",
        specs: try await bench.session.specs().count, on: view.status)
      try await loop.run(watcher)
    }
    view.end()
    if once, events.hasFailed { throw Failed() }
  }
}
