import AzureLinux

/// What a rule sees while it computes.
package struct Context<World: Sendable>: Sendable {
  package let world: World
  let engine: Engine<World>
  let run: RunID

  /// The value of another rule, up to date; recorded as read by this one, in order.
  package func need<R: Rule>(_ rule: R) async throws -> R.Value where R.World == World {
    try await need(all: [rule])[0]
  }

  /// Several values at once, computed side by side and recorded in the order given.
  package func need<R: Rule>(all rules: [R]) async throws -> [R.Value] where R.World == World {
    let traces = try await engine.demand(all: rules.map { try AnyRule($0) }, neededBy: run)
    try await engine.record(traces, run: run)
    return try traces.map { trace in
      guard let value = trace.value else { throw EngineError.noValue(trace.key) }
      return try R.decode(value)
    }
  }

  /// A value that this rule does not depend on beyond what it needs besides: it is up to date, and not recorded.
  package func glance<R: Rule>(_ rule: R) async throws -> R.Value where R.World == World {
    let trace = try await engine.demand(AnyRule(rule), neededBy: run)
    guard let value = trace.value else { throw EngineError.noValue(trace.key) }
    return try R.decode(value)
  }

  /// What was read may not be what the values of its rules were made of: the result serves who waits for it, and is
  /// made anew before the next use.
  package func doubt() async { await engine.doubt(run) }
}
