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

  enum Step: Sendable, Hashable {
    case saved(ChangeBatch)
    case asked(Request)
  }

  private struct State {
    var isPaused = false
    var batch: ChangeBatch?
    var requests: [Request] = []
    var ending: Result<Void, any Error>?
    var waiting: CheckedContinuation<Void, Never>?
  }
  private let state = Mutex(State())

  package init() {}

  package var isPaused: Bool { state.withLock { $0.isPaused } }

  /// While paused nothing starts; what runs goes on.
  package func pause(_ isPaused: Bool) { change { $0.isPaused = isPaused } }

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

  func end(_ result: Result<Void, any Error>) { change { $0.ending = $0.ending ?? result } }

  /// The next thing to do, as soon as there is one; nil when the watch is over.
  func next() async throws -> Step? {
    while !Task.isCancelled {
      let (step, ending) = state.withLock { state -> (Step?, Result<Void, any Error>?) in
        if let ending = state.ending { return (nil, ending) }
        if !state.requests.isEmpty { return (.asked(state.requests.removeFirst()), nil) }
        guard !state.isPaused, let batch = state.batch else { return (nil, nil) }
        state.batch = nil
        return (.saved(batch), nil)
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
            || (!state.isPaused && state.batch != nil)
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
