import AzureLinux
import Foundation
import Incremental
import SystemPackage

/// What a watch tells, in the order in which it happens.
package enum WatchEvent: Sendable {
  /// Files or folders, relative to the tree; empty when events were lost and everything is looked at.
  case saved([String])
  /// Files or folders that wait for the end of a pause, all so far.
  case held(Int)
  /// What the tree holds now against its baseline, found in `seconds`.
  case affected(changed: [String], reach: WatchReach, seconds: Double)
  /// A newer save made the round pointless.
  case abandoned
  case round(BuildReport)
  /// The round could not be planned.
  case failed(any Error)
}

/// What a save reaches: all of it counted, the nearest named.
package struct WatchReach: Sendable, Hashable {
  package static let named = 50
  package var direct: Int
  package var transitive: Int
  package var nearest: [AffectedReport.Spec]
  /// Version and release of changed specs, as the answer saw them.
  package var versions: [String: String]

  package init(
    direct: Int, transitive: Int, nearest: [AffectedReport.Spec], versions: [String: String] = [:]
  ) {
    self.direct = direct
    self.transitive = transitive
    self.nearest = nearest
    self.versions = versions
  }

  /// All of them.
  package init(_ all: [AffectedReport.Spec]) {
    let direct = all.count { $0.level == .direct }
    self.init(direct: direct, transitive: all.count - direct, nearest: all)
  }

  package var count: Int { direct + transitive }
}

/// Follows a tree. Each batch of saves begins a round: what changed, what it reaches, the builds, a verdict. A
/// newer save ends the round under way; what it had built is kept and found again.
package struct WatchLoop: Sendable {
  package struct Options: Sendable {
    /// Only say what would be rebuilt.
    package var isPlan: Bool
    /// Dependents that one round builds at most.
    package var limit: Int
    /// Run `%check` of changed specs too.
    package var check: Bool
    /// Build dependents that were left as they are once more, and compare.
    package var verify: Bool
    package var durations: Durations
    package init(
      isPlan: Bool, limit: Int, check: Bool, verify: Bool = false, durations: Durations = Durations()
    ) {
      self.isPlan = isPlan
      self.limit = limit
      self.check = check
      self.verify = verify
      self.durations = durations
    }
  }

  let session: Session
  let tree: FilePath
  let options: Options
  let report: @Sendable (WatchEvent) -> Void
  let followUp: @Sendable (BuildReport?) async throws -> Void

  /// - Parameter followUp: what a good round ends with, nil when nothing differs from the baseline. Part of the
  ///   round: a newer save cancels it.
  package init(
    session: Session, tree: FilePath, options: Options,
    followUp: @escaping @Sendable (BuildReport?) async throws -> Void = { _ in },
    report: @escaping @Sendable (WatchEvent) -> Void
  ) {
    self.session = session
    self.tree = tree
    self.options = options
    self.followUp = followUp
    self.report = report
  }

  /// One round for what is changed now, then one for each batch or request, until the watcher ends, `control` says
  /// so, or the task is cancelled.
  package func run(_ watcher: TreeWatcher, control: WatchControl = WatchControl()) async throws {
    async let saves: Void = gather(watcher, into: control)
    var round = Task { await self.round() }
    defer {
      round.cancel()
      control.quit()
    }
    while let step = try await control.next() {
      switch step {
      case .saved(let batch):
        // what the round has under way may be what the next one wants
        await session.engine.hold()
        round.cancel()
        await round.value
        let paths: Set<String>? = if case .paths(let some) = batch { some } else { nil }
        report(.saved(named(paths)))
        try await session.lookAgain(at: paths)
        round = Task {
          await self.round()
          await session.engine.release()
        }
      case .caughtUp(let asking): asking.resume(returning: true)
      case .asked(.skip):
        round.cancel()
      case .asked(.rebuild):
        round.cancel()
        await round.value
        for spec in try await session.changed() { try await session.force(Build(spec: spec)) }
        round = Task { await self.round() }
      case .asked(.followUp):
        round = after(round) { await self.round() }
      case .asked(.buildAll):
        round = after(round) { await self.round(limit: .max) }
      }
    }
    round.cancel()
    await round.value
    await watcher.stop()
    await saves
    try Task.checkCancellation()
  }

  /// Until the watcher ends, or the watch.
  private func gather(_ watcher: TreeWatcher, into control: WatchControl) async {
    do {
      while let batch = try await watcher.next() {
        let all = control.save(batch)
        guard control.isPaused, case .paths(let paths) = all else { continue }
        report(.held(paths.count))
      }
      control.quit()
    } catch {
      control.end(.failure(error))
    }
  }

  /// Once the round under way is through; what it has built is not built again.
  private func after(_ round: Task<Void, Never>, _ body: @escaping @Sendable () async -> Void) -> Task<
    Void, Never
  > {
    Task {
      await withTaskCancellationHandler {
        await round.value
      } onCancel: {
        round.cancel()
      }
      if !Task.isCancelled { await body() }
    }
  }

  /// Leaves out what is gone again, a file that an editor made on the way, unless all of it is gone.
  private func named(_ paths: Set<String>?) -> [String] {
    let paths = (paths ?? []).sorted()
    let there = paths.filter { FileManager.default.fileExists(atPath: tree.appending($0).string) }
    return there.isEmpty ? paths : there
  }

  /// What is changed, what that reaches, and the builds.
  ///
  /// - Parameter limit: dependents built at most; nil: as the options say.
  package func round(limit: Int? = nil) async {
    let clock = ContinuousClock.now
    do {
      let changed = try await session.changed()
      let (reach, nearest) = try await session.affected(changed, described: WatchReach.named)
      let infos = try await session.parsed(Array(changed.prefix(WatchReach.named)))
      let versions = Dictionary(
        infos.compactMap { info in info.source.map { (info.id, $0.evr.description) } }
      ) { first, _ in first }
      let seconds = Double((ContinuousClock.now - clock) / .microseconds(1)) / 1e6
      report(
        .affected(
          changed: changed.map(\.id),
          reach: WatchReach(
            direct: reach.direct, transitive: reach.transitive, nearest: nearest, versions: versions),
          seconds: seconds))
      guard !options.isPlan else { return }
      guard !changed.isEmpty else { return try await followUp(nil) }
      var order = BuildOptions()
      order.durations = options.durations
      let built = try await session.build(
        changed, dependents: .all, limit: limit ?? options.limit, check: options.check,
        verify: options.verify, options: order)
      report(.round(built))
      if built.result != .failed, !built.hasWrongSkip { try await followUp(built) }
    } catch is CancellationError {
      report(.abandoned)
    } catch {
      report(.failed(error))
    }
  }
}
