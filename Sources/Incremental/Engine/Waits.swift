import AzureLinux

/// Who waits for whom: circles, and what a change of inputs makes pointless.
extension Engine {
  /// Throws if the parent's value is waited for from `key`, unless a wait on the way can be given up.
  func avoidCircle(from key: Key, to parent: RunID, toVerify: Bool) throws {
    while let circle = waits(from: key, to: parent) {
      let keys = [key] + circle.map(\.key)
      if toVerify { throw EngineError.cycle(keys) }
      guard let wait = circle.first(where: \.isToVerify) else { throw EngineError.cycle([keys.last!] + keys) }
      leave(wait.run, wait.id, EngineError.cycle(keys))
      for id in runs.keys { runs[id]?.waits.removeAll { $0.id == wait.id } }
    }
  }

  private func waits(from key: Key, to parent: RunID) -> [Wait]? {
    var path: [Wait] = []
    var seen: Set<RunID> = []
    func reach(_ id: RunID?) -> Bool {
      guard let id, let run = runs[id], seen.insert(id).inserted else { return false }
      if id == parent { return true }
      for wait in run.waits {
        path.append(wait)
        if reach(wait.run) { return true }
        path.removeLast()
      }
      return false
    }
    return reach(current[key]) ? path : nil
  }

  func isTouched(_ key: Key, by inputs: Set<Key>, _ verdicts: inout [Key: Bool]) -> Bool {
    if inputs.contains(key) { return true }
    if let known = verdicts[key] { return known }
    verdicts[key] = false  // a circle touches nothing by itself
    let run = current[key].flatMap { runs[$0] }
    let reads =
      (run?.reads ?? []).map(\.key) + (traces[key]?.reads ?? []).map(\.key) + (run?.waits ?? []).map(\.key)
    let verdict = reads.contains { isTouched($0, by: inputs, &verdicts) }
    verdicts[key] = verdict
    return verdict
  }
}
