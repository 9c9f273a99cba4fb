import AzureLinux
import Foundation
import Storage

/// Brings keys up to date: reuses what still holds, recomputes what does not, and stops where a recomputed
/// value equals the old one.
///
/// A stored trace holds unless it is suspect. `lookAgain` reads inputs anew; those that differ make suspect what read
/// them, directly or through others, and nothing else is looked at: cost follows the change. A need that meets a
/// computation under way joins it.
package actor Engine<World: Sendable> {
  package nonisolated let world: World
  let store: TraceStore
  let kinds: [String: RuleKind<World>]
  let observe: @Sendable (EngineEvent) -> Void

  /// One state of the inputs.
  var revision: UInt64 = 1
  var traces: [Key: Trace] = [:]
  /// As the store has it; nil until it was asked.
  private var lastSeen: String??
  /// Made or verified, and not yet in the store; in that order.
  private var unsaved: [Trace] = []
  /// Revision in which each input was last read.
  var lookedAt: [Key: UInt64] = [:]
  /// Revision in which the artifacts of an expensive value were last seen to be there.
  var intactAt: [Key: UInt64] = [:]
  var forced: Set<Key> = []
  /// Of one revision: who needs a key that failed fails too, without another attempt.
  var failures: [Key: (revision: UInt64, error: any Error)] = [:]

  var runs: [RunID: Run] = [:]
  var current: [Key: RunID] = [:]
  var holds = 0
  var lastID: RunID = 0

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
      try flush()
      throw error
    }
    if runs.isEmpty { try flush() }
    guard let value = trace.value else { throw EngineError.noValue(trace.key) }
    return try R.decode(value)
  }

  /// The last trace, whether or not it still holds.
  package func remembered(_ rule: some Rule) throws -> Trace? { try trace(of: rule.key) }

  package func remembered(kind: String) throws -> [Trace] {
    try flush()
    return try store.traces(kind: kind)
  }

  /// The values of a kind that were stored after `stamp`, in their rule's coding, of failed ones none; and the newest
  /// stamp of all.
  package func values(kind: String, since stamp: Int64) throws -> (values: [Data], stamp: Int64) {
    try flush()
    return try store.values(kind: kind, since: stamp)
  }

  /// Names what the store holds; another one has another.
  package func storeID() throws -> String { try store.id() }
  package func stamp() throws -> Int64 { try store.stamp() }

  package func digests(kind: String) throws -> [String: Digest?] {
    try flush()
    return try store.digests(kind: kind)
  }

  /// Parameters of the keys of a kind that may no longer hold, or failed.
  package func suspects(kind: String) throws -> [String] {
    try flush()
    return try store.suspects(kind: kind)
  }

  /// Keys that stand for nothing any more.
  package func forget(_ keys: [Key]) throws {
    try flush()
    for key in keys { traces[key] = nil }
    try store.forget(keys)
  }

  /// Makes the rule run at its next need even if its trace holds.
  package func force(_ rule: some Rule) throws {
    revision += 1
    forced.insert(try rule.key)
  }

  /// The state of the world that all stored inputs were compared with; nil when they may differ from it.
  package func seen() throws -> String? {
    if let lastSeen { return lastSeen }
    let seen = try store.seen()
    lastSeen = .some(seen)
    return seen
  }

  /// - Parameter world: names what the inputs were just compared with; nil before they are compared with another.
  package func see(_ world: String?) throws {
    try flush()
    guard try seen() != world else { return }
    try store.see(world)
    lastSeen = .some(world)
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

  /// The key's trace, standing, verified or made anew.
  func demand(_ rule: AnyRule<World>, neededBy parent: RunID?, toVerify: Bool = false) async throws -> Trace {
    while true {
      if let trace = try standing(rule) { return trace }
      let key = rule.key
      if parent != nil, let failure = failures[key], failure.revision == revision { throw failure.error }
      if let parent { try avoidCircle(from: key, to: parent, toVerify: toVerify) }
      let id = current[key] ?? start(rule)
      do {
        return try await result(of: id, key, neededBy: parent, toVerify: toVerify)
      } catch is Superseded {
        continue  // what it had read changed while it ran: another run has the present
      }
    }
  }

  /// The trace if it can be used as it is.
  private func standing(_ rule: AnyRule<World>) throws -> Trace? {
    guard !forced.contains(rule.key), current[rule.key] == nil, let trace = try trace(of: rule.key),
      !trace.isSuspect,
      Self.unusable(trace, rule) == nil, !rule.isExpensive || intactAt[rule.key] == revision
    else { return nil }
    return trace
  }

  static func unusable(_ trace: Trace, _ rule: AnyRule<World>) -> RunReason? {
    if trace.ruleVersion != rule.version { return .ruleChanged }
    if let failure = trace.failure { return .failedLastTime(failure) }
    return nil
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

  /// In memory at once, in the store with others; what was expensive is not left to chance.
  func keep(_ trace: Trace, isExpensive: Bool) throws {
    traces[trace.key] = trace
    unsaved.append(trace)
    if isExpensive || unsaved.count >= 256 { try flush() }
  }

  func flush() throws {
    guard !unsaved.isEmpty else { return }
    let batch = unsaved
    unsaved = []
    try store.save(batch)
  }
}
