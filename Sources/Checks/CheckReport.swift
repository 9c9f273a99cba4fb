import AzureLinux

/// `azl-dev/check/1`.
package struct CheckReport: Codable, Sendable, Hashable {
  package enum State: String, Codable, Sendable { case new, changed, unchanged }
  package struct Spec: Codable, Sendable, Hashable {
    package var spec: String
    package var path: String
    package var state: State
    package var checks: [String]
    /// Sources that are not in the package directory: their content is verified when it is fetched.
    package var remoteSources: [String]
  }
  package struct Counts: Codable, Sendable, Hashable {
    package var specs: Int
    /// In `findings`.
    package var findings: Int
    package var new: Int
    /// Of the baseline too, listed or not.
    package var old: Int
    package var fixed: Int
  }

  package var schema = "azl-dev/check/1"
  package var base: AffectedReport.Point
  package var head: AffectedReport.Point
  package var checks: [String]
  package var specs: [Spec]
  package var findings: [Finding]
  package var counts: Counts

  /// A spec of the working tree with what its baseline looked like.
  package struct Subject: Sendable, Hashable {
    package var now: CheckedSpec
    package var before: CheckedSpec?
    package var isChanged: Bool

    package init(now: CheckedSpec, before: CheckedSpec?, isChanged: Bool) {
      self.now = now
      self.before = before
      self.isChanged = isChanged
    }
  }

  /// - Parameter all: list what the baseline has too.
  package init(
    base: AffectedReport.Point, subjects: [Subject], checks: [Check] = Check.all, all: Bool = false
  ) {
    self.base = base
    head = AffectedReport.Point(ref: "working tree", commit: "", worktree: true)
    self.checks = checks.map(\.id)
    let subjects = subjects.sorted { $0.now.spec < $1.now.spec }
    specs = subjects.map { subject in
      let spec = subject.now.spec
      return Spec(
        spec: spec.id, path: spec.path,
        state: !subject.isChanged ? .unchanged : subject.before == nil ? .new : .changed,
        checks: checks.filter { $0.covers(spec) }.map(\.id), remoteSources: Self.remote(subject.now))
    }
    let changes = subjects.map { subject in
      FindingChange(subject.now.findings(checks), baseline: subject.before?.findings(checks) ?? [])
    }
    let found = changes.flatMap(\.findings)
    let listed = found.filter { all || $0.new }.sorted()
    findings = listed
    counts = Counts(
      specs: subjects.count, findings: listed.count, new: found.count(where: \.new),
      old: found.count { !$0.new }, fixed: changes.map(\.fixed).reduce(0, +))
  }

  private static func remote(_ checked: CheckedSpec) -> [String] {
    guard Check.sourceSignatures.covers(checked.spec) else { return [] }
    return Set(checked.info.sources.map(\.file)).filter { checked.files.first(named: $0) == nil }.sorted()
  }
}
