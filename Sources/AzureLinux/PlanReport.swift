/// `azl-dev/plan/1`: what a build would do.
package struct PlanReport: Codable, Sendable, Hashable {
  package struct Build: Codable, Sendable, Hashable {
    package var spec: String
    package var reason: String
    /// false: whether it is built depends on what the builds before it give.
    package var isCertain: Bool
    /// Of these builds, those that it waits for.
    package var needs: [String]
    /// Nil when nothing was ever built here.
    package var estimateSeconds: Double?
    /// false: the median of other builds stands for it.
    package var isMeasured: Bool
    /// From the beginning.
    package var startSeconds: Double
    /// On the longest way.
    package var isCritical: Bool
    /// Does not fit into the budget.
    package var isQueued: Bool
    package init(
      spec: String, reason: String, isCertain: Bool, needs: [String], estimateSeconds: Double?,
      isMeasured: Bool, startSeconds: Double, isCritical: Bool, isQueued: Bool
    ) {
      self.spec = spec
      self.reason = reason
      self.isCertain = isCertain
      self.needs = needs
      self.estimateSeconds = estimateSeconds
      self.isMeasured = isMeasured
      self.startSeconds = startSeconds
      self.isCritical = isCritical
      self.isQueued = isQueued
    }
  }
  /// What is not in the store yet.
  package struct Downloads: Codable, Sendable, Hashable {
    package var packages: Int
    /// Of the packages: nobody says how large a source is.
    package var bytes: Int64
    package var sources: Int
    /// Names of the sources.
    package var sourceFiles: [String]
    package init(packages: Int = 0, bytes: Int64 = 0, sourceFiles: [String] = []) {
      self.packages = packages
      self.bytes = bytes
      self.sourceFiles = sourceFiles
      sources = sourceFiles.count
    }
  }
  package struct Problem: Codable, Sendable, Hashable {
    package var spec: String
    package var message: String
    package init(spec: String, message: String) {
      self.spec = spec
      self.message = message
    }
  }

  package var schema = "azl-dev/plan/1"
  package var goals: [String]
  /// In the order in which they would start; those queued last.
  package var builds: [Build]
  package var upToDate: [String]
  /// Builds at once.
  package var jobs: Int
  /// To the end of the last build that is not queued; of the longest way; of all of them together.
  package var seconds: Double
  package var criticalPathSeconds: Double
  package var workSeconds: Double
  package var budgetSeconds: Double?
  /// Of the builds that are certain.
  package var downloads: Downloads
  /// With those that depend on what comes of others; nil where that is no more.
  package var downloadsAtMost: Downloads?
  package var circles: [BuildReport.Circle]
  /// Specs without a build root.
  package var problems: [Problem]
  package init(
    goals: [String], builds: [Build], upToDate: [String], jobs: Int, seconds: Double,
    criticalPathSeconds: Double, workSeconds: Double, budgetSeconds: Double?, downloads: Downloads,
    circles: [BuildReport.Circle], problems: [Problem]
  ) {
    self.goals = goals
    self.builds = builds
    self.upToDate = upToDate
    self.jobs = jobs
    self.seconds = seconds
    self.criticalPathSeconds = criticalPathSeconds
    self.workSeconds = workSeconds
    self.budgetSeconds = budgetSeconds
    self.downloads = downloads
    self.circles = circles
    self.problems = problems
  }

  /// Of builds that turn out to have no root; they are not told as builds.
  package mutating func addProblems(_ found: [Problem]) {
    problems += found.filter { one in !problems.contains { $0.spec == one.spec } }
    builds.removeAll { build in found.contains { $0.spec == build.spec } }
  }
}
