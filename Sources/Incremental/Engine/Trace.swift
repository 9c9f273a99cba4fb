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
  /// JSON; nil after a failure, which is remembered and never reused as a value.
  package var value: Data?
  package var digest: Digest?
  package var failure: String?
  /// In the order in which they were needed: a later one may exist only because of an earlier one's value.
  package var reads: [Read]
  package var reason: RunReason
  /// Revision at which the computation *started*: an input invalidated meanwhile leaves it unverified.
  package var verifiedAt: UInt64
  package var seconds: Double
}
