import Foundation

/// A rule whose type is no longer known, as the engine keeps it: with its key, and able to run itself.
struct AnyRule<World: Sendable>: Sendable {
  let key: Key
  let version: Int
  let isInput: Bool
  let isExpensive: Bool
  /// The value in the rule's own coding.
  let compute: @Sendable (Context<World>) async throws -> Data
  let isIntact: @Sendable (Data, World) async -> Bool

  init<R: Rule>(_ rule: R) throws where R.World == World {
    key = try rule.key
    version = R.version
    isInput = rule is any Input
    isExpensive = R.isExpensive
    compute = { try R.encode(await rule.compute($0)) }
    isIntact = { data, world in
      guard let value = try? R.decode(data) else { return false }
      return await rule.isIntact(value, in: world)
    }
  }
}

/// A kind of rule that the engine can bring back from a stored key.
package struct RuleKind<World: Sendable>: Sendable {
  package let kind: String
  let isInput: Bool
  let restore: @Sendable (Key) throws -> AnyRule<World>

  package init<R: Rule>(_ type: R.Type) where R.World == World {
    kind = R.kind
    isInput = R.self is any Input.Type
    restore = { try AnyRule(R.restored(from: $0.parameters)) }
  }
}
