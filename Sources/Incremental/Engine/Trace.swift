import AzureLinux
import Foundation

/// What a computation read, and what came of it.
package struct Trace: Sendable {
  package struct Read: Hashable, Sendable {
    package let key: Key
    /// Of the value as it was read.
    package let digest: Digest
    /// Reads of one group were asked for together: none is there because of another's value.
    package let group: Int
  }

  package let key: Key
  package let ruleVersion: Int
  /// In the rule's own coding; nil after a failure, which is remembered and never reused as a value.
  package var value: Data?
  package var digest: Digest?
  package var failure: String?
  /// In the order in which they were needed: a later one may exist only because of an earlier one's value.
  package var reads: [Read]
  package var reason: RunReason
  /// Something that it read, directly or through others, may differ now.
  package var isSuspect: Bool
  package var seconds: Double
}
