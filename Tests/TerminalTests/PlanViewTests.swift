import AzureLinux
import Foundation
import Terminal
import Testing

@testable import azl_dev

@Suite struct PlanViewTests {
  private let view = PlanView(style: .plain)

  private func build(
    _ spec: String, _ reason: String, at start: Double = 0, _ seconds: Double?, needs: [String] = [],
    isCertain: Bool = true, isMeasured: Bool = true, isCritical: Bool = false, isQueued: Bool = false
  ) -> PlanReport.Build {
    .init(
      spec: spec, reason: reason, isCertain: isCertain, needs: needs, estimateSeconds: seconds,
      isMeasured: isMeasured, startSeconds: start, isCritical: isCritical, isQueued: isQueued)
  }

  private func plan(_ builds: [PlanReport.Build], budget: Double? = nil) -> PlanReport {
    PlanReport(
      goals: ["zlib"], builds: builds, upToDate: ["keyutils", "zip"], jobs: 2, seconds: 41,
      criticalPathSeconds: 36, workSeconds: 58, budgetSeconds: budget,
      downloads: .init(packages: 12, bytes: 34_100_000, sourceFiles: ["curl-8.tar.xz"]), circles: [],
      problems: [])
  }

  @Test func theOrderTheReasonsAndTheTime() {
    let plan = plan(
      [
        build("zlib", "SPECS/zlib changed", 31, isCritical: true),
        build("lz4", "never built here", 12, isMeasured: false),
        build("curl", "never built here", at: 31, 5, needs: ["zlib"], isCritical: true),
        build(
          "git", "if the packages of curl, zlib change", 240, needs: ["curl", "zlib"], isCertain: false,
          isQueued: true),
      ], budget: 60)
    #expect(
      view.lines(plan) == [
        "    Build     3 packages, about 41 s of 60 s  (critical path 36 s, work 58 s, 2 at once)",
        "  ▸ 00:00  zlib       31 s  SPECS/zlib changed",
        "    00:00  lz4       ~12 s  never built here",
        "  ▸ 00:31  curl      5.0 s  never built here  after zlib",
        "    Queued    1 package over the budget",
        "           git   4 min 00 s  if the packages of curl, zlib change",
        "    Fetch     12 RPMs, 34.1 MB; 1 source (curl-8.tar.xz)",
        "    Fresh     2 up to date: keyutils zip",
      ])
  }

  @Test func nothingToDoIsOneLine() {
    var idle = plan([])
    idle.upToDate = ["zip"]
    #expect(view.lines(idle) == ["    Build     nothing: everything is up to date"])
    idle.goals = []
    #expect(view.lines(idle) == ["    Build     nothing: nothing differs from the baseline"])
  }

  @Test func withoutAHistoryThereAreNoTimes() {
    var first = plan([build("zip", "never built here", nil, isMeasured: false)])
    first.upToDate = []
    first.downloads = .init()
    first.problems = [.init(spec: "lost", message: "lost: nobody provides it\n  line 3")]
    #expect(
      view.lines(first) == [
        "    Build     1 package, none of them built here before",
        "           zip             never built here",
        "✗ lost cannot be built", "  lost: nobody provides it", "    line 3",
        "    Fetch     nothing",
      ])
  }

  @Test func whatDependentsWouldFetchIsToldApart() {
    var some = plan([build("zip", "never built here", nil, isMeasured: false)])
    some.upToDate = []
    some.downloads = .init()
    some.downloadsAtMost = .init(packages: 3, bytes: 2_000_000, sourceFiles: ["zip30.tar.gz"])
    #expect(
      view.lines(some).last
        == "    Fetch     nothing, and up to 3 RPMs, 2.0 MB; 1 source (zip30.tar.gz) in all")
  }

  @Test func aBuildWithoutARootIsAProblemAndNoBuild() {
    var plan = plan([build("zip", "never built here", nil, isMeasured: false)])
    plan.upToDate = []
    plan.downloads = .init()
    plan.addProblems([.init(spec: "zip", message: "zip: nobody provides it")])
    #expect(
      view.lines(plan) == [
        "✗ zip cannot be built", "  zip: nobody provides it", "    Fetch     nothing",
      ])
    plan.addProblems([.init(spec: "zip", message: "again")])
    #expect(plan.problems.count == 1)
  }

  @Test func verdictsAsJUnit() {
    let report = TestReport(
      goals: ["zip"], seconds: 3,
      tests: [
        .init(spec: "lz4", verdict: .passed, seconds: 1.5, log: "logs/lz4.log"),
        .init(
          spec: "sed", verdict: .failed, seconds: 1,
          failure: .init(stage: "%check", message: "1 < 2 & \u{1B}[31mred", lines: ["FAIL: a", "FAIL: b"])),
        .init(spec: "zip", verdict: .notRun, seconds: 0),
      ])
    #expect(report.result == .failed)
    #expect(
      String(decoding: JUnit.document(report), as: UTF8.self) == """
        <?xml version="1.0" encoding="utf-8" standalone="no"?>
        <testsuites>
          <testsuite name="azl-dev test" tests="3" failures="1" errors="0" skipped="1" time="3.000">
            <testcase classname="%check" name="lz4" time="1.500">
              <system-out>logs/lz4.log</system-out>
            </testcase>
            <testcase classname="%check" name="sed" time="1.000">
              <failure message="1 &lt; 2 &amp; red" type="failed">FAIL: a
        FAIL: b</failure>
            </testcase>
            <testcase classname="%check" name="zip" time="0.000">
              <skipped message="the spec has no %check"></skipped>
            </testcase>
          </testsuite>
        </testsuites>

        """ + "\n")
  }
}
