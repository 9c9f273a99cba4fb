import AzureLinux

/// `azl-dev/explain/1`: why something is as it is.
package struct ExplainReport: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable { case package, rpm, image }
  package enum State: String, Codable, Sendable {
    case upToDate = "up_to_date"
    case stale
    /// What a build that is due gives decides.
    case possiblyStale = "possibly_stale"
    case neverBuilt = "never_built"
    case failed
  }
  /// One thing that was read, by the thing before it.
  package struct Link: Codable, Sendable, Hashable {
    /// The rule: `spec-tree`, `spec`, `root`, `build`, …
    package var kind: String
    package var spec: String?
    package var what: String
    package init(kind: String, spec: String?, what: String) {
      self.kind = kind
      self.spec = spec
      self.what = what
    }
  }
  /// A value that was read, then and now, where both are short.
  package struct Difference: Codable, Sendable, Hashable {
    package var what: String
    package var old: String?
    package var new: String?
    package init(what: String, old: String?, new: String?) {
      self.what = what
      self.old = old
      self.new = new
    }
  }
  /// What of a spec differs from the baseline.
  package struct Edit: Codable, Sendable, Hashable {
    package var spec: String
    /// File, line, old and new value; empty when nothing differs any more.
    package var facts: [String]
    package init(spec: String, facts: [String]) {
      self.spec = spec
      self.facts = facts
    }
  }
  package struct Run: Codable, Sendable, Hashable {
    package var reason: String
    package var way: [Link]
    package var seconds: Double
    /// When, in ISO 8601, where the history has it.
    package var at: String?
    package init(reason: String, way: [Link], seconds: Double, at: String?) {
      self.reason = reason
      self.way = way
      self.seconds = seconds
      self.at = at
    }
  }
  package struct Image: Codable, Sendable, Hashable {
    package struct Package: Codable, Sendable, Hashable {
      package var spec: String
      package var state: State
      /// What the image holds of it, and what was built here.
      package var holds: [String]
      package var built: [String]
      /// Built after the image.
      package var isNewer: Bool
      package init(spec: String, state: State, holds: [String], built: [String], isNewer: Bool) {
        self.spec = spec
        self.state = state
        self.holds = holds
        self.built = built
        self.isNewer = isNewer
      }
    }
    package var folder: String
    /// Why the change reaches it, as `affected` says.
    package var reached: String?
    package var packages: [Package]
    package init(folder: String, reached: String?, packages: [Package]) {
      self.folder = folder
      self.reached = reached
      self.packages = packages
    }
  }

  package var schema = "azl-dev/explain/1"
  package var kind: Kind
  package var name: String
  package var spec: String?
  package var state: State
  package var reason: String
  /// From the build down to the input that differs.
  package var way: [Link] = []
  package var differences: [Difference] = []
  package var edits: [Edit] = []
  /// The way from a changed spec, as `affected` says.
  package var path: [AffectedReport.Edge] = []
  /// Where a change on that way ends, or what decides whether it does.
  package var stops: [String] = []
  /// Why it was built the last time.
  package var last: Run?
  package var failure: String?
  package var image: Image?
  package var next: String?

  package init(kind: Kind, name: String, spec: String?, state: State, reason: String) {
    self.kind = kind
    self.name = name
    self.spec = spec
    self.state = state
    self.reason = reason
  }
}
