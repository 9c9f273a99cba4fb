import AzureLinux
import Foundation

typealias RunID = UInt64

/// One key being brought up to date, shared by all who need it.
struct Run {
  let key: Key
  var task: Task<Void, Never>?
  var waiters: [UInt64: CheckedContinuation<Trace, any Error>] = [:]
  var waits: [Wait] = []
  var reads: [Trace.Read] = []
  var groups = 0
  var isComputing = false
  /// Its reads prove nothing about its result.
  var isDoubtful = false
  /// Cancelled; only its cleaning up is waited for.
  var isEnded = false
}

/// One computation waiting for another.
struct Wait {
  let key: Key
  let run: RunID
  let id: UInt64
  /// To see whether an old read still holds: it may be given up, the computation then runs.
  let isToVerify: Bool
}

/// Ends the waits for a computation whose reads changed while it ran; never leaves the engine.
struct Superseded: Error {}

extension Engine {
  func start(_ rule: AnyRule<World>) -> RunID {
    lastID += 1
    let id = lastID
    runs[id] = Run(key: rule.key)
    current[rule.key] = id
    runs[id]?.task = Task {
      do {
        finish(id, .success(try await bring(rule, run: id)))
      } catch {
        finish(id, .failure(error))
      }
    }
    return id
  }

  func result(of id: RunID, _ key: Key, neededBy parent: RunID?, toVerify: Bool) async throws -> Trace {
    lastID += 1
    let waiter = lastID
    if let parent { runs[parent]?.waits.append(Wait(key: key, run: id, id: waiter, isToVerify: toVerify)) }
    defer { if let parent { runs[parent]?.waits.removeAll { $0.id == waiter } } }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { runs[id]?.waiters[waiter] = $0 }
    } onCancel: {
      Task { await self.leave(id, waiter, CancellationError()) }
    }
  }

  private func finish(_ id: RunID, _ result: Result<Trace, any Error>) {
    guard let run = runs.removeValue(forKey: id) else { return }
    if current[run.key] == id { current[run.key] = nil }
    for waiter in run.waiters.values { waiter.resume(with: result) }
  }

  /// Lets a cancelled waiter go at once, or two computations that give each other up would wait forever. A
  /// computation that nobody waits for any more is ended, unless such are held for whoever may ask next.
  func leave(_ id: RunID, _ waiter: UInt64, _ error: any Error) {
    guard let continuation = runs[id]?.waiters.removeValue(forKey: waiter) else { return }
    continuation.resume(throwing: error)
    if holds == 0, runs[id]?.waiters.isEmpty == true { end(id) }
  }

  /// No one joins it any more; those who wait learn of it when it has cleaned up.
  func end(_ id: RunID) {
    guard let run = runs[id] else { return }
    runs[id]?.isEnded = true
    if current[run.key] == id { current[run.key] = nil }
    run.task?.cancel()
  }

  /// Those who wait start over; the computation is ended.
  func supersede(_ id: RunID) {
    guard let run = runs[id], !run.isEnded else { return }
    runs[id]?.waiters = [:]
    end(id)
    for waiter in run.waiters.values { waiter.resume(throwing: Superseded()) }
  }

  /// Waits until the computations that nobody waits for have cleaned up after themselves.
  func givenUp() async {
    while let run = runs.values.first(where: { $0.waiters.isEmpty && (holds == 0 || $0.isEnded) }) {
      await run.task?.value
    }
  }

  /// From now on computations outlive those who asked for them: a newer question may need the same.
  package func hold() { holds += 1 }

  /// Ends the computations that nobody asked for again since `hold`.
  package func release() async {
    holds -= 1
    guard holds == 0 else { return }
    for (id, run) in runs where run.waiters.isEmpty { end(id) }
    await givenUp()
  }
}
