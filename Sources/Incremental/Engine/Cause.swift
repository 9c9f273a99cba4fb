import AzureLinux

/// How a key came to be as it is, as far as traces tell: from the key down to an input.
package struct Cause: Hashable, Sendable {
  package struct Step: Hashable, Sendable {
    package let key: Key
    /// What the step before had read of it, and what it is now; nil where it failed or is not known.
    package let old: Digest?
    package let new: Digest?
  }
  package var steps: [Step] = []
  package var end: Step? { steps.last }
}

extension Engine {
  /// From a key that does not hold down to the input that differs. Runs cheap rules where that is needed to know,
  /// never an expensive one. Empty for a key that holds, or does not for a reason of its own.
  package func causeOfStaleness<R: Rule>(of rule: R) async throws -> Cause where R.World == World {
    var cause = Cause()
    var seen: Set<Key> = [try rule.key]
    var key = try rule.key
    // what the key itself read tells more than the way on which a rule below was run last
    var direct: [Key: Cause.Step] = [:]
    while let trace = try trace(of: key) {
      let changed = trace.isSuspect || direct.isEmpty ? try await changedReads(of: trace) : []
      if direct.isEmpty { for step in changed { direct[step.key] = step } }
      var next = changed.first { !seen.contains($0.key) }
      if next == nil {
        next = trace.reads.lazy.compactMap { direct[$0.key] }.first { !seen.contains($0.key) }
      }
      if next == nil, !cause.steps.isEmpty, case .inputChanged(let read) = trace.reason, !seen.contains(read)
      {
        next = Cause.Step(key: read, old: nil, new: try self.trace(of: read)?.digest)
      }
      guard let step = next else { break }
      cause.steps.append(step)
      seen.insert(step.key)
      key = step.key
    }
    return cause
  }

  private func changedReads(of trace: Trace) async throws -> [Cause.Step] {
    var changed: [Cause.Step] = []
    for read in trace.reads {
      guard let dependency = try restore(read.key) else {
        changed.append(Cause.Step(key: read.key, old: read.digest, new: nil))
        continue
      }
      let now: Digest?
      if dependency.isExpensive {
        now = try await staleness(of: dependency) == .upToDate ? try self.trace(of: read.key)?.digest : nil
      } else {
        now = try await digest(of: dependency, neededBy: nil)
      }
      if now != read.digest { changed.append(Cause.Step(key: read.key, old: read.digest, new: now)) }
    }
    return changed
  }

  /// Why the last run of a key was made, down to the input that differed then. It ends where a trace was made anew
  /// since with another value: what it was like then is not kept.
  package func causeOfLastRun(_ rule: some Rule) throws -> Cause {
    var cause = Cause()
    var seen: Set<Key> = [try rule.key]
    var key = try rule.key
    // an input is made anew because it differs itself
    while let trace = try trace(of: key), case .inputChanged(let read) = trace.reason,
      seen.insert(read).inserted
    {
      let then = trace.reads.first { $0.key == read }?.digest
      cause.steps.append(Cause.Step(key: read, old: nil, new: then))
      guard let then, try self.trace(of: read)?.digest == then else { break }
      key = read
    }
    return cause
  }
}
