import Foundation

/// `azl-dev/gc/1`: what was removed, or would be.
package struct GarbageReport: Codable, Sendable, Hashable {
  package struct Kind: Codable, Sendable, Hashable {
    /// `store`, `layers`, `logs`, `roots`, `machines`.
    package var kind: String
    /// Bytes that may stay besides what is in use.
    package var budget: Int64
    package var before: Int64
    package var inUse: Int64
    package var freed: Int64
    package init(kind: String, budget: Int64, before: Int64, inUse: Int64) {
      self.kind = kind
      self.budget = budget
      self.before = before
      self.inUse = inUse
      freed = 0
    }
  }
  package struct Removed: Codable, Sendable, Hashable {
    package var kind: String
    /// Relative to the tree.
    package var path: String
    package var bytes: Int64
    package var lastUsed: String
    package init(kind: String, path: String, bytes: Int64, lastUsed: String) {
      self.kind = kind
      self.path = path
      self.bytes = bytes
      self.lastUsed = lastUsed
    }
  }
  package var schema = "azl-dev/gc/1"
  package var dryRun: Bool
  package var kinds: [Kind]
  package var removed: [Removed]
  /// What was left although it could have gone, and why.
  package var notes: [String]
  package init(dryRun: Bool) {
    self.dryRun = dryRun
    kinds = []
    removed = []
    notes = []
  }
}

/// `azl-dev/du/1`: what `.azldev` holds on disk.
package struct DiskUseReport: Codable, Sendable, Hashable {
  package struct Kind: Codable, Sendable, Hashable {
    package var kind: String
    package var path: String
    package var bytes: Int64
    package init(kind: String, path: String, bytes: Int64) {
      self.kind = kind
      self.path = path
      self.bytes = bytes
    }
  }
  package struct Package: Codable, Sendable, Hashable {
    package var spec: String
    /// Packages of its last build.
    package var rpms: Int64
    package var logs: Int64
    /// Of failed builds.
    package var roots: Int64
    package init(spec: String, rpms: Int64, logs: Int64, roots: Int64) {
      self.spec = spec
      self.rpms = rpms
      self.logs = logs
      self.roots = roots
    }
    package var bytes: Int64 { rpms + logs + roots }
  }
  package var schema = "azl-dev/du/1"
  package var bytes: Int64
  package var kinds: [Kind]
  package var packages: [Package]
  package init(kinds: [Kind], packages: [Package]) {
    bytes = kinds.map(\.bytes).reduce(0, +)
    self.kinds = kinds
    self.packages = packages
  }
}
