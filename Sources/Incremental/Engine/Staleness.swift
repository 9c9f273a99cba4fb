import AzureLinux

extension Engine {
  /// Whether the trace holds. Runs cheap rules where that is needed to know, never an expensive one.
  package func staleness<R: Rule>(of rule: R) async throws -> Staleness where R.World == World {
    try await staleness(of: AnyRule(rule))
  }

  func staleness(of rule: AnyRule<World>) async throws -> Staleness {
    guard let old = try trace(of: rule.key) else { return .stale(.neverBuilt) }
    if forced.contains(rule.key) { return .stale(.forced) }
    if let reason = Self.unusable(old, rule) { return .stale(reason) }
    var through: Key?
    for read in old.isSuspect ? old.reads : [] {
      guard let dependency = try restore(read.key) else { return .stale(.inputChanged(read.key)) }
      if dependency.isExpensive {
        if try await staleness(of: dependency) == .upToDate, try trace(of: read.key)?.digest == read.digest {
          continue
        }
        through = through ?? read.key
      } else if try await digest(of: dependency, neededBy: nil) != read.digest {
        return .stale(.inputChanged(read.key))
      }
    }
    if let through { return .possiblyStale(through: through) }
    if let value = old.value, await !rule.isIntact(value, world) { return .stale(.artifactMissing) }
    return .upToDate
  }
}
