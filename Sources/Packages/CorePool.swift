import AzureLinux

/// The processors of this machine, shared by all builds: so many builds run at once as there are processors for, and
/// `make -j` of each gets its share. That is a limit, not a job server: make, ninja, cargo and test suites have none in
/// common.
///
/// Of the builds that wait, the one from which the way to the end is longest goes first.
package actor CorePool {
  private struct Waiter {
    var id: UInt64
    var subject: String
    var cores: Int?
    var memory: Int64
    var start: CheckedContinuation<Int, any Error>
  }

  private let total: Int
  /// Builds at once.
  private let limit: Int
  /// Bytes.
  private let memory: Int64
  private var free: Int
  private var freeMemory: Int64
  private var running = 0
  private var waiters: [Waiter] = []
  private var lastID: UInt64 = 0
  private var isStopped = false
  /// Expected seconds of the builds that were announced and are not through.
  private var pending: [String: Double] = [:]
  private var ranks: [String: Double] = [:]

  /// - Parameters:
  ///   - builds: at once, at most; nil: as many as processors.
  ///   - memory: bytes that all builds may use together.
  package init(cores: Int, builds: Int? = nil, memory: Int64 = .max) {
    total = max(1, cores)
    limit = max(1, builds ?? cores)
    self.memory = memory
    free = total
    freeMemory = memory
  }

  /// What is going to be built: seconds of each, and from its start to the end of all that waits for it.
  package func expect(_ seconds: [String: Double], ranks: [String: Double]) {
    pending = seconds
    self.ranks = ranks
    isStopped = false
  }

  /// What runs goes on; nothing that waits is started until more is announced.
  package func stop() {
    isStopped = true
    for waiter in waiters { waiter.start.resume(throwing: CancellationError()) }
    waiters = []
  }

  /// Runs a build when its turn comes, and takes the processors back after it.
  ///
  /// - Parameters:
  ///   - cores: as many; nil: its share, which is all of them where nothing else could run beside it.
  ///   - memory: bytes that it may use; it waits until they are there. One that may use more than all runs alone.
  ///   - body: is given the number of processors that it may use.
  package nonisolated func share<Result: Sendable>(
    for subject: String, cores: Int?, memory: Int64 = 0, _ body: @Sendable (Int) async throws -> Result
  ) async throws -> Result {
    let memory = min(memory, self.memory)
    let granted = try await take(subject, cores, memory)
    do {
      let result = try await body(granted)
      await giveBack(granted, memory, of: subject)
      return result
    } catch {
      await giveBack(granted, memory, of: subject)
      throw error
    }
  }

  /// Builds whose turn has not come.
  package var waiting: Int { waiters.count }

  private func take(_ subject: String, _ cores: Int?, _ memory: Int64) async throws -> Int {
    lastID += 1
    let id = lastID
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { start in
        guard !Task.isCancelled, !isStopped else { return start.resume(throwing: CancellationError()) }
        waiters.append(Waiter(id: id, subject: subject, cores: cores, memory: memory, start: start))
        grant()
      }
    } onCancel: {
      Task { await self.leave(id) }
    }
  }

  private func leave(_ id: UInt64) {
    guard let position = waiters.firstIndex(where: { $0.id == id }) else { return }
    waiters.remove(at: position).start.resume(throwing: CancellationError())
    grant()
  }

  private func giveBack(_ cores: Int, _ memory: Int64, of subject: String) {
    free += cores
    freeMemory += memory
    running -= 1
    pending[subject] = nil
    grant()
  }

  private func grant() {
    while running < limit, free > 0, let position = first {
      let cores = min(total, waiters[position].cores ?? min(share, free))
      // nobody overtakes the one whose turn it is
      guard cores <= free, waiters[position].memory <= freeMemory else { return }
      let waiter = waiters.remove(at: position)
      free -= cores
      freeMemory -= waiter.memory
      running += 1
      waiter.start.resume(returning: cores)
    }
  }

  /// The longest way first; what was not announced is asked for by itself and waits for nobody.
  private var first: Int? {
    waiters.indices.min { a, b in
      let (one, other) = (ranks[waiters[a].subject] ?? .infinity, ranks[waiters[b].subject] ?? .infinity)
      return one != other ? one > other : waiters[a].id < waiters[b].id
    }
  }

  /// Processors for a build that begins now: all, divided by the builds that can be expected to run side by side.
  private var share: Int {
    let way = pending.keys.compactMap { ranks[$0] }.max() ?? 0
    let width = way > 0 ? pending.values.reduce(0, +) / way : 1
    let builds = max(width, Double(waiters.count + running), 1)
    return max(1, Int((Double(total) / min(builds, Double(limit))).rounded()))
  }
}
