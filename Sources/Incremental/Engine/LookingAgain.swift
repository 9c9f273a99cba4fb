import AzureLinux
import Foundation

/// The next revision: inputs as they are now, and what that makes of everything that read them.
extension Engine {
  /// Looks at all inputs that were ever read.
  @discardableResult
  package func lookAgain() async throws -> Set<Key> {
    try flush()
    var keys: Set<Key> = []
    for kind in try store.kinds() where kinds[kind]?.isInput == true {
      for parameters in try store.digests(kind: kind).keys {
        keys.insert(Key(kind: kind, parameters: parameters))
      }
    }
    return try await lookAgain(at: keys)
  }

  /// Looks at these inputs; those that nothing has read are passed over.
  ///
  /// Computations under way that read one that differs are cancelled. One that is expensive and at work goes on while
  /// what it had read is looked at: a change may have stopped on the way to it.
  /// - Returns: those that differ from what was known.
  @discardableResult
  package func lookAgain(at inputs: Set<Key>) async throws -> Set<Key> {
    var rules: [AnyRule<World>] = []
    for key in inputs where try trace(of: key) != nil || current[key] != nil {
      if let rule = try restore(key) { rules.append(rule) }
    }
    guard !rules.isEmpty else { return [] }
    let world = world
    let found = await withTaskGroup(of: (AnyRule<World>, Result<Data, any Error>).self) { group in
      for rule in rules {
        group.addTask {
          do {
            return (rule, .success(try await rule.compute(Context(world: world, engine: self, run: 0))))
          } catch {
            return (rule, .failure(error))
          }
        }
      }
      var found: [(AnyRule<World>, Result<Data, any Error>)] = []
      for await one in group { found.append(one) }
      return found
    }
    try Task.checkCancellation()
    return try apply(found)
  }

  private func apply(_ found: [(AnyRule<World>, Result<Data, any Error>)]) throws -> Set<Key> {
    var changed: [Trace] = []
    for (rule, result) in found {
      let now = Trace(rule, result, reason: .inputChanged(rule.key))
      let known = try trace(of: rule.key)
      if known == nil || known?.digest != now.digest || now.failure != nil { changed.append(now) }
    }
    guard !changed.isEmpty else { return [] }
    revision += 1
    try flush()
    let reached = try store.save(changed: changed)
    for trace in changed {
      traces[trace.key] = trace
      lookedAt[trace.key] = revision
    }
    for key in reached { traces[key]?.isSuspect = true }
    let keys = Set(changed.map(\.key))
    var verdicts: [Key: Bool] = [:]
    for (key, id) in current where !keys.contains(key) && isTouched(key, by: keys, &verdicts) {
      if runs[id]?.isComputing == true, runs[id]?.waits.isEmpty == true, try restore(key)?.isExpensive == true
      {
        Task { await recheck(id) }
      } else {
        end(id)
      }
    }
    return keys
  }

  /// Whether what a computation at work has read so far is still so.
  private func recheck(_ id: RunID) async {
    for read in runs[id]?.reads ?? [] {
      let rule = try? restore(read.key)
      var now: Digest?
      if let rule { now = (try? await digest(of: rule, neededBy: nil)) ?? nil }
      guard now == read.digest else { return supersede(id) }
    }
  }
}
