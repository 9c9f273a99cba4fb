import AzureLinux
import Foundation
import Incremental
import SystemPackage

/// What a watch tells, in the order in which it happens.
package enum WatchEvent: Sendable {
  /// Files or folders, relative to the tree; empty when events were lost and everything is looked at.
  case saved([String])
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
  package init(direct: Int, transitive: Int, nearest: [AffectedReport.Spec]) {
    self.direct = direct
    self.transitive = transitive
    self.nearest = nearest
  }
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
    package init(isPlan: Bool, limit: Int, check: Bool) {
      self.isPlan = isPlan
      self.limit = limit
      self.check = check
    }
  }

  let session: Session
  let tree: FilePath
  let options: Options
  let report: @Sendable (WatchEvent) -> Void

  package init(
    session: Session, tree: FilePath, options: Options, report: @escaping @Sendable (WatchEvent) -> Void
  ) {
    self.session = session
    self.tree = tree
    self.options = options
    self.report = report
  }

  /// One round for what is changed now, then one for each batch, until the watcher ends or the task is cancelled.
  package func run(_ watcher: TreeWatcher) async throws {
    var round = Task { await self.round() }
    defer { round.cancel() }
    while let batch = try await nextBatch(watcher, during: round) {
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
    }
    round.cancel()
    await round.value
    try Task.checkCancellation()
  }

  /// Leaves out what is gone again, a file that an editor made on the way, unless all of it is gone.
  private func named(_ paths: Set<String>?) -> [String] {
    let paths = (paths ?? []).sorted()
    let there = paths.filter { FileManager.default.fileExists(atPath: tree.appending($0).string) }
    return there.isEmpty ? paths : there
  }

  /// Ends the round too when the watch is ended while it waits.
  private func nextBatch(_ watcher: TreeWatcher, during round: Task<Void, Never>) async throws -> ChangeBatch?
  {
    try await withTaskCancellationHandler {
      try await watcher.next()
    } onCancel: {
      round.cancel()
    }
  }

  /// What is changed, what that reaches, and the builds.
  package func round() async {
    let clock = ContinuousClock.now
    do {
      let changed = try await session.changed()
      let (reach, nearest) = try await session.affected(changed, described: WatchReach.named)
      let seconds = Double((ContinuousClock.now - clock) / .microseconds(1)) / 1e6
      report(
        .affected(
          changed: changed.map(\.id),
          reach: WatchReach(direct: reach.direct, transitive: reach.transitive, nearest: nearest),
          seconds: seconds))
      guard !options.isPlan, !changed.isEmpty else { return }
      report(
        .round(try await session.build(changed, dependents: .all, limit: options.limit, check: options.check))
      )
    } catch is CancellationError {
      report(.abandoned)
    } catch {
      report(.failed(error))
    }
  }
}
