import Foundation

/// A computation whose result the engine remembers between runs.
///
/// A rule with its parameters is a key. Everything `compute` uses must come through `context.need`, from the
/// rule's own parameters, or, for an `Input`, from the world as it is now.
package protocol Rule<World>: Hashable, Codable, Sendable {
  associatedtype World: Sendable
  associatedtype Value: Equatable, Codable, Sendable

  /// Stable prefix of the key in the store.
  static var kind: String { get }
  /// Raised when `compute` changes its meaning: traces of an older version no longer hold.
  static var version: Int { get }
  /// Never run by a question about staleness: a build, an image, a boot.
  static var isExpensive: Bool { get }

  /// The rule's own stored properties as a text, and back.
  var parameters: String { get throws }
  static func restored(from parameters: String) throws -> Self

  func compute(_ context: Context<World>) async throws -> Value
  /// Equal values must give equal bytes, in every process.
  static func encode(_ value: Value) throws -> Data
  static func decode(_ data: Data) throws -> Value
  /// False when something that the value names (an artifact on disk) is gone.
  func isIntact(_ value: Value, in world: World) async -> Bool
}

extension Rule {
  package static var version: Int { 1 }
  package static var isExpensive: Bool { false }
  package func isIntact(_ value: Value, in world: World) async -> Bool { true }
}

/// A rule that reads the world itself: files, a repository's state. Read once, then only when the engine is told to
/// look again; all others are recomputed only when something they read differs.
package protocol Input: Rule {}

/// A rule with its parameters, as the store knows it.
package struct Key: Hashable, Codable, Sendable, CustomStringConvertible {
  package let kind: String
  package let parameters: String

  package init(kind: String, parameters: String) {
    self.kind = kind
    self.parameters = parameters
  }

  package var description: String { "\(kind) \(parameters)" }
}

/// Why a rule was run.
package enum RunReason: Hashable, Codable, Sendable {
  case neverBuilt
  case ruleChanged
  case inputChanged(Key)
  case artifactMissing
  case failedLastTime(String)
  case forced
}

/// What the engine tells while it works. It never prints.
package enum EngineEvent: Sendable {
  case started(Key, RunReason)
  /// `value` is the new value in its rule's coding; `changed` says that it differs from the one before.
  case finished(Key, value: Data, changed: Bool, seconds: Double)
  case failed(Key, any Error, seconds: Double)
  case upToDate(Key)
}

package enum EngineError: Error, Equatable {
  /// The keys of a circle of needs, first again at the end.
  case cycle([Key])
  case noValue(Key)
}

/// Whether a trace holds, asked without running anything expensive.
package enum Staleness: Hashable, Sendable {
  case upToDate
  case stale(RunReason)
  /// An expensive rule that it read is stale; whether this one is depends on what that one's result will be.
  case possiblyStale(through: Key)
}
