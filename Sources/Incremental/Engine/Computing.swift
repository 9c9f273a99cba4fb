import AzureLinux
import Foundation
import Storage

/// Verifies a trace, or computes it anew.
extension Engine {
  func bring(_ rule: AnyRule<World>, run id: RunID) async throws -> Trace {
    let started = revision
    let old = try trace(of: rule.key)
    if let reason = try await reasonToRun(rule, old, run: id) {
      return try await compute(rule, because: reason, old: old, started: started, run: id)
    }
    guard var held = old else { throw EngineError.noValue(rule.key) }
    if current[rule.key] == id {
      intactAt[rule.key] = started
      if held.isSuspect, isCurrent(held.reads) {
        held.isSuspect = false
        try keep(held, isExpensive: false)
      }
    }
    if !rule.isInput { observe(.upToDate(rule.key)) }
    return held
  }

  private func reasonToRun(_ rule: AnyRule<World>, _ old: Trace?, run id: RunID) async throws -> RunReason? {
    guard let old else { return .neverBuilt }
    if forced.remove(rule.key) != nil { return .forced }
    if let reason = Self.unusable(old, rule) { return reason }
    if old.isSuspect {
      for group in old.reads.groups {
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
        for (read, digest) in zip(group, digests) where digest != read.digest {
          return .inputChanged(read.key)
        }
      }
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
    runs[id]?.isComputing = true
    let clock = ContinuousClock.now
    let result: Result<Data, any Error>
    do {
      result = .success(try await rule.compute(Context(world: world, engine: self, run: id)))
    } catch {
      result = .failure(error)
    }
    let seconds = Double((ContinuousClock.now - clock) / .microseconds(1)) / 1e6
    if Task.isCancelled, case .failure = result { throw CancellationError() }
    if case .failure(let error) = result, error is CancellationError || error is Superseded { throw error }
    var reads = runs[id]?.reads ?? []
    // so that nothing ever verifies the trace, in a later process neither
    if runs[id]?.isDoubtful == true {
      reads = reads.map { .init(key: $0.key, digest: .unknown, group: $0.group) }
    }
    let trace = Trace(rule, result, reads: reads, reason: reason, seconds: seconds)
    return try finish(rule, trace, result, old: old, started: started, run: id)
  }

  private func finish(
    _ rule: AnyRule<World>, _ made: Trace, _ result: Result<Data, any Error>, old: Trace?, started: UInt64,
    run id: RunID
  ) throws -> Trace {
    var trace = made
    if rule.isInput, lookedAt[rule.key, default: 0] > started, let newer = traces[rule.key] { return newer }
    // an input that changed meanwhile leaves it unverified
    trace.isSuspect = !isCurrent(trace.reads)
    if current[rule.key] == id {
      intactAt[rule.key] = started
      try keep(trace, isExpensive: rule.isExpensive)
    }
    switch result {
    case .success(let value):
      if !rule.isInput {
        let changed = trace.digest != old?.digest
        observe(.finished(rule.key, value: value, changed: changed, seconds: trace.seconds))
      }
      return trace
    case .failure(let error):
      failures[rule.key] = (started, error)
      if !rule.isInput { observe(.failed(rule.key, error, seconds: trace.seconds)) }
      throw error
    }
  }

  /// Whether these are what their keys have now.
  func isCurrent(_ reads: [Trace.Read]) -> Bool {
    reads.allSatisfy { read in
      guard let now = traces[read.key] else { return false }
      return !now.isSuspect && now.digest == read.digest
    }
  }

  func doubt(_ id: RunID) { runs[id]?.isDoubtful = true }

  func record(_ read: [Trace], run id: RunID) throws {
    guard let group = runs[id]?.groups else { throw CancellationError() }
    runs[id]?.groups += 1
    for trace in read {
      guard let digest = trace.digest else { throw EngineError.noValue(trace.key) }
      runs[id]?.reads.append(Trace.Read(key: trace.key, digest: digest, group: group))
    }
  }
}

extension Trace {
  /// What a computation that has just ended leaves.
  init<World>(
    _ rule: AnyRule<World>, _ result: Result<Data, any Error>, reads: [Read] = [], reason: RunReason,
    seconds: Double = 0
  ) {
    self.init(
      key: rule.key, ruleVersion: rule.version, value: nil, digest: nil, failure: nil, reads: reads,
      reason: reason, isSuspect: false, seconds: seconds)
    switch result {
    case .success(let data):
      value = data
      digest = Digest.of(data)
    case .failure(let error): failure = String(describing: error)
    }
  }
}

extension [Trace.Read] {
  /// Runs of neighbours that were asked for together.
  fileprivate var groups: [ArraySlice<Element>] {
    var groups: [ArraySlice<Element>] = []
    var start = startIndex
    for index in indices where index > start && self[index].group != self[start].group {
      groups.append(self[start..<index])
      start = index
    }
    if start < endIndex { groups.append(self[start...]) }
    return groups
  }
}
