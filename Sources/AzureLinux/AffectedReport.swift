/// `azl-dev/affected/1`.
package struct AffectedReport: Codable, Sendable, Hashable {
  package struct Point: Codable, Sendable, Hashable {
    package var ref: String
    package var commit: String
    package var worktree: Bool?
    package init(ref: String, commit: String, worktree: Bool? = nil) {
      self.ref = ref
      self.commit = commit
      self.worktree = worktree
    }
  }
  package struct Change: Codable, Sendable, Hashable {
    package var path: String
    package var oldPath: String?
    package var status: String
    package var kind: String
    package var specs: [String]
    package init(path: String, oldPath: String?, status: String, kind: String, specs: [String]) {
      self.path = path
      self.oldPath = oldPath
      self.status = status
      self.kind = kind
      self.specs = specs
    }
  }
  package enum Level: String, Codable, Sendable { case changed, direct, transitive }
  package struct Edge: Codable, Sendable, Hashable {
    package var from: String
    package var to: String
    /// `build_requires`, `requires`, `check_requires`, `macro`, `include`, `toolchain`.
    package var edge: String
    /// The dependency's text.
    package var via: String
    package var file: String?
    package var line: Int?
    package init(from: String, to: String, edge: String, via: String, file: String?, line: Int?) {
      self.from = from
      self.to = to
      self.edge = edge
      self.via = via
      self.file = file
      self.line = line
    }
  }
  package struct Spec: Codable, Sendable, Hashable {
    package var spec: String
    package var level: Level
    package var reason: String
    /// Shortest way from a changed spec to this one.
    package var path: [Edge]
    package var estimateSeconds: Double?
    package init(spec: String, level: Level, reason: String, path: [Edge], estimateSeconds: Double? = nil) {
      self.spec = spec
      self.level = level
      self.reason = reason
      self.path = path
      self.estimateSeconds = estimateSeconds
    }
  }
  package struct Image: Codable, Sendable, Hashable {
    package var config: String
    package var reason: String
    package init(config: String, reason: String) {
      self.config = config
      self.reason = reason
    }
  }
  package struct Counts: Codable, Sendable, Hashable {
    package var changed: Int
    package var direct: Int
    package var transitive: Int
    package init(changed: Int, direct: Int, transitive: Int) {
      self.changed = changed
      self.direct = direct
      self.transitive = transitive
    }
  }

  package var schema = "azl-dev/affected/1"
  package var base: Point
  package var head: Point
  package var changes: [Change]
  /// Nearest first, then by name.
  package var affected: [Spec]
  package var images: [Image]
  package var counts: Counts
  package init(
    base: Point, head: Point, changes: [Change], affected: [Spec], images: [Image], counts: Counts
  ) {
    self.base = base
    self.head = head
    self.changes = changes
    self.affected = affected
    self.images = images
    self.counts = counts
  }
}
