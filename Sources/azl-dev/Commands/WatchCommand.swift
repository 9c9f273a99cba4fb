import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Pipeline
import Storage
import Synchronization
import Terminal

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow what is edited: rebuild what a save changes, stop where outputs are equal.",
    discussion: """
      After each save: the specs that differ from the baseline, what they reach, the builds, and a verdict. A newer
      save ends the round under way; what it had built is kept. At most [watch] max_builds dependents are built in
      one round. On a terminal, single keys pause, build again, skip, explain and end it; ? shows them.

        azl-dev watch          build
        azl-dev watch --image  and refresh the image after each good round
        azl-dev watch --boot   and boot it
        azl-dev watch --plan   only say what would be rebuilt
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var cutoff: CutoffOptions
  @Argument(help: "Image configuration JSON for --image and --boot (default: [image] default).")
  var config: String?
  @Flag(help: "Only say what would be rebuilt.")
  var plan = false
  @Flag(help: "Refresh the image after each good round.")
  var image = false
  @Flag(help: "Refresh the image after each good round, and boot it.")
  var boot = false
  @Flag(help: "One round for what is changed now, then end.")
  var once = false

  func validate() throws {
    if plan, image || boot { throw ValidationError("--plan builds nothing: leave out --image and --boot") }
  }

  func run() async throws {
    let mode = WatchMode(isPlan: plan, image: image, boot: boot)
    let keyboard = common.json || once ? nil : Keyboard(descriptor: 0)
    let events = WatchEvents(json: common.json, mode: mode, keyboard: keyboard)
    let view = BuildProgress(json: common.json, watching: events)
    defer {
      keyboard?.end()
      events.end()
      view.end()
    }
    let bench = try await Workbench.open(
      common, access: .write, progress: view, indexed: true
    ) { [cutoff] settings in
      if let mode = cutoff.cutoff { settings.build.dependents = mode }
    }
    view.begin(goals: [], history: bench.history)
    let note: @Sendable (WatchNews) -> Void = { events.note($0, on: view.status) }
    let configuration =
      image || boot ? try bench.imageConfiguration(config) : try? bench.imageConfiguration(config)
    let followUp = configuration.map {
      FollowUp(bench, configuration: $0, report: view.activity) { note(.follow($0)) }
    }
    let heap = Heap()
    let keys = WatchKeys(mode: mode, hasImage: followUp != nil, note: note)
    let loop = WatchLoop(
      session: bench.session, tree: bench.workspace.tree,
      options: .init(
        isPlan: plan, limit: bench.settings.watch.maxBuilds, check: bench.settings.build.check,
        verify: cutoff.verifyCutoff, durations: Durations(bench.history.expected(kind: "build"))),
      followUp: { try await followUp?.run(keys.mode, after: $0) },
      report: { event in
        note(.loop(event))
        if case .affected = event { heap.care() }
        if case .round(let report) = event { try? bench.record(report) }
        if case .affected(let changed, _, _) = event { Task { note(.facts(await bench.facts(of: changed))) } }
      })
    // what fails there fails again, and is told, where it is needed
    if !once { Task { try? await bench.specs.warm(bench.session.engine.value(of: MacroSet())) } }
    let specs = try await bench.session.specs().count
    let opened = WatchNews.opened(
      release: bench.settings.release, baseline: "\(bench.lock.ref) (\(bench.lock.commit.prefix(8)))",
      specs: specs)
    if once {
      if events.isScreen { note(opened) }
      await loop.round()
    } else {
      try await follow(loop, bench, keys, keyboard, heap) { note(opened) }
    }
    if once, events.hasFailed { throw Failed() }
  }

  private func follow(
    _ loop: WatchLoop, _ bench: Workbench, _ keys: WatchKeys, _ keyboard: Keyboard?, _ heap: Heap,
    begin: () -> Void
  ) async throws {
    // before the last look at everything: what is saved from here on is not missed
    let watcher = try await TreeWatcher.start(
      tree: bench.workspace.tree,
      scope: WatchScope(
        roots: bench.settings.specDirs + LiveBaseline.others, ignore: bench.settings.watch.ignore),
      indexLock: bench.baseline.git.indexLock)
    try await bench.session.lookAgain(at: nil)
    begin()
    let reader = Task { if let keyboard { for await key in keyboard.keys { keys.press(key) } } }
    defer { reader.cancel() }
    let answering = AnsweringWatch(bench) { [control = keys.control] in
      await control.catchUp(with: await watcher.take())
    } answered: {
      heap.care()
    }
    defer { answering?.end() }
    try await loop.run(watcher, control: keys.control)
  }
}

/// Turns keys into what the loop does and what the screen shows.
final class WatchKeys: Sendable {
  let control = WatchControl()
  private let state: Mutex<WatchMode>
  private let hasImage: Bool
  private let note: @Sendable (WatchNews) -> Void

  /// - Parameter hasImage: whether there is a configuration to make one of.
  init(mode: WatchMode, hasImage: Bool, note: @escaping @Sendable (WatchNews) -> Void) {
    state = Mutex(mode)
    self.hasImage = hasImage
    self.note = note
  }

  var mode: WatchMode { state.withLock { $0 } }

  func press(_ character: Character) {
    guard let key = WatchKey(rawValue: character) else { return }
    switch key {
    case .pause:
      let mode = change { $0.isPaused.toggle() }
      control.pause(mode.isPaused)
    case .again: if !mode.isPlan { control.ask(.rebuild) }
    case .skip:
      note(.skipped)
      control.ask(.skip)
    case .all: if !mode.isPlan { control.ask(.buildAll) }
    case .image: toggle(\.image)
    case .boot: toggle(\.boot)
    case .explain: note(.reasonsToggled)
    case .quit: control.quit()
    case .help: note(.helpToggled)
    }
  }

  private func toggle(_ stage: any WritableKeyPath<WatchMode, Bool> & Sendable) {
    guard !mode.isPlan else { return }
    guard hasImage else {
      return note(.activity(.notice("no image to build: set [image] default, or name a configuration")))
    }
    if change({ $0[keyPath: stage].toggle() })[keyPath: stage] { control.ask(.followUp) }
  }

  private func change(_ body: (inout WatchMode) -> Void) -> WatchMode {
    let mode = state.withLock { mode in
      body(&mode)
      return mode
    }
    note(.mode(mode))
    return mode
  }
}

extension Workbench {
  /// What differs in changed specs, for the eye: empty where it cannot be told.
  fileprivate func facts(of changed: [String]) async -> [String: [String]] {
    guard let changes = try? await session.engine.value(of: Changes()),
      let specs = try? await session.specs()
    else { return [:] }
    let named = Set(changed.prefix(20))
    var facts: [String: [String]] = [:]
    for spec in specs where named.contains(spec.id) {
      facts[spec.id] = try? await baseline.facts(changes, spec: spec, base: lock.commit)
    }
    return facts
  }
}
