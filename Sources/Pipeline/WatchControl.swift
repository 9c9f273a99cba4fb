import Incremental
import Synchronization

/// What a running watch is asked to do: by saves, and by the person in front of it. The loop takes one after the
/// other; saves that come meanwhile, or during a pause, are gathered into one.
package final class WatchControl: Sendable {
  package enum Request: Sendable, Hashable {
    /// Build the changed specs again, whatever is known of them.
    case rebuild
    /// End the round under way; the next one begins with the next save.
    case skip
    /// This once, build all that is affected.
    case buildAll
    /// Go through what follows a good round again.
    case followUp
  }

  enum Step: Sendable {
    case saved(ChangeBatch)
    case asked(Request)
    /// All that was saved before has been looked at.
    case caughtUp(CheckedContinuation<Bool, Never>)
  }

  private struct State {
    var isPaused = false
    var batch: ChangeBatch?
    var requests: [Request] = []
    var ending: Result<Void, any Error>?
    var latecomers: [CheckedContinuation<Bool, Never>] = []
    var waiting: CheckedContinuation<Void, Never>?
  }
  private let state = Mutex(State())

  package init() {}

  /// Whether somebody waits for what was saved to be looked at.
  var hasLatecomers: Bool { state.withLock { !$0.latecomers.isEmpty } }

  package var isPaused: Bool { state.withLock { $0.isPaused } }

  /// While paused nothing starts; what runs goes on.
  package func pause(_ isPaused: Bool) {
    let late = change { state in
      state.isPaused = isPaused
      defer { if isPaused { state.latecomers = [] } }
      return isPaused ? state.latecomers : []
    }
    for one in late { one.resume(returning: false) }
  }

  package func ask(_ request: Request) {
    change { if !$0.requests.contains(request) { $0.requests.append(request) } }
  }

  /// Ends the watch.
  package func quit() { end(.success(())) }

  /// Returns what is gathered by now.
  @discardableResult
  func save(_ batch: ChangeBatch) -> ChangeBatch {
    change { state in
      let all = state.batch?.merged(with: batch) ?? batch
      state.batch = all
      return all
    }
  }

  func end(_ result: Result<Void, any Error>) {
    let late = change { state in
      state.ending = state.ending ?? result
      defer { state.latecomers = [] }
      return state.latecomers
    }
    for one in late { one.resume(returning: false) }
  }

  /// Waits until everything saved so far has been looked at. False when that will not happen: nothing is looked at
  /// during a pause, or after the end.
  ///
  /// - Parameter batch: saved, and not told yet.
  package func catchUp(with batch: ChangeBatch?) async -> Bool {
    if let batch { save(batch) }
    return await withCheckedContinuation { continuation in
      let isPossible = change { state in
        guard state.ending == nil, !state.isPaused else { return false }
        state.latecomers.append(continuation)
        return true
      }
      if !isPossible { continuation.resume(returning: false) }
    }
  }

  /// The next thing to do, as soon as there is one; nil when the watch is over.
  func next() async throws -> Step? {
    while !Task.isCancelled {
      let (step, ending) = state.withLock { state -> (Step?, Result<Void, any Error>?) in
        if let ending = state.ending { return (nil, ending) }
        if !state.requests.isEmpty { return (.asked(state.requests.removeFirst()), nil) }
        guard !state.isPaused else { return (nil, nil) }
        if let batch = state.batch {
          state.batch = nil
          return (.saved(batch), nil)
        }
        return (state.latecomers.isEmpty ? nil : .caughtUp(state.latecomers.removeFirst()), nil)
      }
      if let step { return step }
      if let ending {
        try ending.get()
        return nil
      }
      await wait()
    }
    return nil
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          let isReady =
            Task.isCancelled || state.ending != nil || !state.requests.isEmpty
            || (!state.isPaused && (state.batch != nil || !state.latecomers.isEmpty))
          if !isReady { state.waiting = continuation }
          return isReady
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      change { _ in }
    }
  }

  @discardableResult
  private func change<Result: Sendable>(_ body: (inout State) -> sending Result) -> Result {
    let (result, waiting) = state.withLock { state in
      let result = body(&state)
      defer { state.waiting = nil }
      return (result, state.waiting)
    }
    waiting?.resume()
    return result
  }
}
