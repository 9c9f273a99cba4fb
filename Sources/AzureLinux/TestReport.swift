/// `azl-dev/test/1`: what `%check` of packages said.
package struct TestReport: Codable, Sendable, Hashable {
  package enum Verdict: String, Codable, Sendable {
    case passed, failed
    case notRun = "not_run"
    case noMarker = "no_marker"
    /// It came to no `%check`: no build root, or a build that failed before it.
    case error
    case blocked
  }
  package enum Result: String, Codable, Sendable { case passed, failed }
  package struct Test: Codable, Sendable, Hashable {
    package var spec: String
    package var verdict: Verdict
    package var seconds: Double
    /// The verdict of an earlier run: nothing that it read has changed.
    package var isRemembered: Bool
    package var log: String?
    package var failure: BuildReport.Trouble?
    package init(
      spec: String, verdict: Verdict, seconds: Double, isRemembered: Bool = false, log: String? = nil,
      failure: BuildReport.Trouble? = nil
    ) {
      self.spec = spec
      self.verdict = verdict
      self.seconds = seconds
      self.isRemembered = isRemembered
      self.log = log
      self.failure = failure
    }
  }

  package var schema = "azl-dev/test/1"
  package var goals: [String]
  package var result: Result
  package var seconds: Double
  package var tests: [Test]
  /// A `%check` that says nothing of how it ended has not passed.
  package init(goals: [String], seconds: Double, tests: [Test]) {
    self.goals = goals
    self.seconds = seconds
    self.tests = tests
    result = tests.allSatisfy { [.passed, .notRun].contains($0.verdict) } ? .passed : .failed
  }
}
