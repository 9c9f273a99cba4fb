import AzureLinux
import Foundation
import Storage

/// Brings keys up to date: reuses what still holds, recomputes what does not, and stops where a recomputed
/// value equals the old one.
///
/// One revision is one state of the inputs; `invalidate` begins the next. A trace is trusted within a revision
/// once everything it read was found unchanged. A need that meets a computation under way joins it.
package actor Engine<World: Sendable> {
  package nonisolated let world: World
  let store: TraceStore
  let kinds: [String: RuleKind<World>]
  private let observe: @Sendable (EngineEvent) -> Void

  private var revision: UInt64 = 1
  /// Revision at which an input was last said to have changed; all of them have in a new process.
  private var inputRevision: [Key: UInt64] = [:]
  private var everyInputRevision: UInt64 = 1
  var traces: [Key: Trace] = [:]
  var forced: Set<Key> = []
  var runs: [RunID: Run] = [:]
  var current: [Key: RunID] = [:]
  private var lastID: RunID = 0

  /// One key being brought up to date, shared by all who need it.
  struct Run {
    let key: Key
    var task: Task<Void, Never>?
    var waiters: [UInt64: CheckedContinuation<Trace, any Error>] = [:]
    var waits: [Wait] = []
    var reads: [Trace.Read] = []
    var groups = 0
  }

  /// One computation waiting for another.
  struct Wait {
    let key: Key
    let run: RunID
    let id: UInt64
    /// To see whether an old read still holds: it may be given up, the computation then runs.
    let isToVerify: Bool
  }

  /// Of this revision: who needs a key that failed fails too, without another attempt.
  private var failures: [Key: (revision: UInt64, error: any Error)] = [:]

  package init(
    world: World, store: TraceStore, rules: [RuleKind<World>],
    observe: @escaping @Sendable (EngineEvent) -> Void = { _ in }
  ) {
    self.world = world
    self.store = store
    self.kinds = Dictionary(uniqueKeysWithValues: rules.map { ($0.kind, $0) })
    self.observe = observe
  }

  // MARK: what callers ask

  package func value<R: Rule>(of rule: R) async throws -> R.Value where R.World == World {
    let trace: Trace
    do {
      trace = try await demand(AnyRule(rule), neededBy: nil)
    } catch {
      await givenUp()
      throw error
    }
    guard let value = trace.value else { throw EngineError.noValue(trace.key) }
    return try Coding.decode(R.Value.self, from: value)
  }

  /// The last trace, whether or not it still holds.
  package func remembered(_ rule: some Rule) throws -> Trace? { try trace(of: rule.key) }

  package func remembered(kind: String) throws -> [Trace] { try store.traces(kind: kind) }

  /// Makes the rule run at its next need even if its trace holds.
  package func force(_ rule: some Rule) throws {
    revision += 1
    forced.insert(try rule.key)
  }

  /// Begins a revision in which these inputs are looked at again (nil: all of them). Work under way that read
  /// one of them is cancelled; all other work goes on and can be joined.
  package func invalidate(_ inputs: Set<Key>?) {
    revision += 1
    if let inputs {
      for key in inputs { inputRevision[key] = revision }
    } else {
      everyInputRevision = revision
    }
    var verdicts: [Key: Bool] = [:]
    for (key, id) in current where isTouched(key, by: inputs, &verdicts) {
      current[key] = nil
      runs[id]?.task?.cancel()
    }
  }

  static func unusable(_ trace: Trace, _ rule: AnyRule<World>) -> RunReason? {
    if trace.ruleVersion != rule.version { return .ruleChanged }
    if let failure = trace.failure { return .failedLastTime(failure) }
    return nil
  }

  // MARK: demand

  func demand(all rules: [AnyRule<World>], neededBy parent: RunID) async throws -> [Trace] {
    if rules.count == 1 { return [try await demand(rules[0], neededBy: parent)] }
    return try await withThrowingTaskGroup(of: (Int, Trace).self) { group in
      for (position, rule) in rules.enumerated() {
        group.addTask { (position, try await self.demand(rule, neededBy: parent)) }
      }
      var results: [(Int, Trace)] = []
      for try await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// The key's trace, verified or made in this revision.
  private func demand(
    _ rule: AnyRule<World>, neededBy parent: RunID?, toVerify: Bool = false
  ) async throws -> Trace {
    let key = rule.key
    if let trace = traces[key], trace.verifiedAt == revision, trace.failure == nil, !forced.contains(key) {
      return trace
    }
    if parent != nil, let failure = failures[key], failure.revision == revision { throw failure.error }
    if let parent { try avoidCircle(from: key, to: parent, toVerify: toVerify) }
    let id = current[key] ?? start(rule)
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

  private func start(_ rule: AnyRule<World>) -> RunID {
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

  private func finish(_ id: RunID, _ result: Result<Trace, any Error>) {
    guard let run = runs.removeValue(forKey: id) else { return }
    if current[run.key] == id { current[run.key] = nil }
    for waiter in run.waiters.values { waiter.resume(with: result) }
  }

  /// Lets a cancelled waiter go at once, or two computations that give each other up would wait forever. A
  /// computation that nobody waits for any more is ended.
  func leave(_ id: RunID, _ waiter: UInt64, _ error: any Error) {
    guard let continuation = runs[id]?.waiters.removeValue(forKey: waiter) else { return }
    continuation.resume(throwing: error)
    guard let run = runs[id], run.waiters.isEmpty else { return }
    run.task?.cancel()
    if current[run.key] == id { current[run.key] = nil }
  }

  /// Waits until the computations that nobody waits for have cleaned up after themselves.
  private func givenUp() async {
    while let run = runs.values.first(where: { $0.waiters.isEmpty }) { await run.task?.value }
  }

  // MARK: verify, compute

  private func bring(_ rule: AnyRule<World>, run id: RunID) async throws -> Trace {
    let started = revision
    let old = try trace(of: rule.key)
    guard let reason = try await reasonToRun(rule, old, run: id) else {
      guard var held = old else { throw EngineError.noValue(rule.key) }
      held.verifiedAt = started
      if current[rule.key] == id { traces[rule.key] = held }
      if !rule.isInput { observe(.upToDate(rule.key)) }
      return held
    }
    return try await compute(rule, because: reason, old: old, started: started, run: id)
  }

  private func reasonToRun(_ rule: AnyRule<World>, _ old: Trace?, run id: RunID) async throws -> RunReason? {
    guard let old else { return .neverBuilt }
    if forced.remove(rule.key) != nil { return .forced }
    if let reason = Self.unusable(old, rule) { return reason }
    if rule.isInput {
      let changedAt = max(everyInputRevision, inputRevision[rule.key] ?? 0)
      return old.verifiedAt >= changedAt ? nil : .inputChanged(rule.key)
    }
    for group in old.reads.chunked(by: \.group) {
      // those asked for together are looked at together; a later group may exist only because of this one
      let digests = try await withThrowingTaskGroup(of: (Int, Digest?).self) { tasks in
        for (position, read) in group.enumerated() {
          let dependency = try restore(read.key)
          tasks.addTask {
            guard let dependency else { return (position, nil) }
            return (position, try await self.digest(of: dependency, neededBy: id))
          }
        }
        var digests = [Digest?](repeating: nil, count: group.count)
        for try await (position, digest) in tasks { digests[position] = digest }
        return digests
      }
      for (read, digest) in zip(group, digests) where digest != read.digest { return .inputChanged(read.key) }
    }
    if let value = old.value, await !rule.isIntact(value, world) { return .artifactMissing }
    return nil
  }

  /// Nil when the dependency fails now: whoever read it must run again and meet that failure itself, or no
  /// longer need it.
  func digest(of rule: AnyRule<World>, neededBy parent: RunID?) async throws -> Digest? {
    do {
      return try await demand(rule, neededBy: parent, toVerify: parent != nil).digest
    } catch let error as CancellationError {
      throw error
    } catch {
      // also on a circle through this old read: only what is still needed can close a real one
      return nil
    }
  }

  private func compute(
    _ rule: AnyRule<World>, because reason: RunReason, old: Trace?, started: UInt64, run id: RunID
  ) async throws -> Trace {
    if !rule.isInput { observe(.started(rule.key, reason)) }
    let clock = ContinuousClock.now
    let result: Result<Data, any Error>
    do {
      result = .success(try await rule.compute(Context(world: world, engine: self, run: id)))
    } catch {
      result = .failure(error)
    }
    let seconds = Double((ContinuousClock.now - clock) / .milliseconds(1)) / 1000
    if Task.isCancelled, case .failure = result { throw CancellationError() }
    if case .failure(let error) = result, error is CancellationError { throw error }
    var trace = Trace(
      key: rule.key, ruleVersion: rule.version, value: nil, digest: nil, failure: nil,
      reads: runs[id]?.reads ?? [], reason: reason, verifiedAt: started, seconds: seconds)
    switch result {
    case .success(let value):
      trace.value = value
      trace.digest = Digest.of(value)
    case .failure(let error):
      trace.failure = String(describing: error)
    }
    try store.save(trace)
    if current[rule.key] == id { traces[rule.key] = trace }
    switch result {
    case .success:
      if !rule.isInput {
        let changed = trace.digest != old?.digest
        observe(
          .finished(rule.key, value: trace.value ?? Data(), changed: changed, seconds: seconds))
      }
      return trace
    case .failure(let error):
      failures[rule.key] = (started, error)
      if !rule.isInput { observe(.failed(rule.key, error, seconds: seconds)) }
      throw error
    }
  }

  func record(_ read: [Trace], run id: RunID) throws {
    guard let group = runs[id]?.groups else { throw CancellationError() }
    runs[id]?.groups += 1
    for trace in read {
      guard let digest = trace.digest else { throw EngineError.noValue(trace.key) }
      runs[id]?.reads.append(Trace.Read(key: trace.key, digest: digest, group: group))
    }
  }

  // MARK: keys and traces

  func restore(_ key: Key) throws -> AnyRule<World>? {
    // parameters of an older form no longer decode: the reader runs again
    try? kinds[key.kind]?.restore(key)
  }

  func trace(of key: Key) throws -> Trace? {
    if let known = traces[key] { return known }
    let stored = try store.trace(of: key)
    traces[key] = stored
    return stored
  }
}

extension Array {
  /// Runs of neighbours with the same value at `path`.
  fileprivate func chunked<Value: Equatable>(by path: KeyPath<Element, Value>) -> [ArraySlice<Element>] {
    var chunks: [ArraySlice<Element>] = []
    var start = startIndex
    for index in indices where index > start && self[index][keyPath: path] != self[start][keyPath: path] {
      chunks.append(self[start..<index])
      start = index
    }
    if start < endIndex { chunks.append(self[start...]) }
    return chunks
  }
}
