import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import SystemPackage
import Terminal
import TestSupport
import Testing

@testable import azl_dev

/// What a call says, and what is said about it when that is wrong.
@Suite struct WordsTests {
  @Test func anUnknownVerbIsAnsweredWithTheNearestAtEachLevel() {
    #expect(Main.unknownVerb(["tyr", "zip"]) == "there is no verb \"tyr\"\n  did you mean try?")
    #expect(Main.unknownVerb(["repo", "lst"]) == "there is no verb \"lst\" of repo\n  did you mean list?")
    #expect(
      Main.unknownVerb(["image", "chek", "a.json"])
        == "there is no verb \"chek\" of image\n  did you mean check?")
    #expect(
      Main.unknownVerb(["image", "xxxxxxxxxxxx"])
        == "there is no verb \"xxxxxxxxxxxx\" of image\n  azl-dev image --help lists them")
    for words in [["try", "lst"], ["repo", "list"], ["repo"], ["repo", "--help"], ["help", "tyr"], []] {
      #expect(Main.unknownVerb(words) == nil, "\(words)")
    }
  }

  @Test func aTimeHasAUnit() {
    #expect(TimeSpan(argument: "90s")?.seconds == 90)
    #expect(TimeSpan(argument: "5m")?.seconds == 300)
    #expect(TimeSpan(argument: "1.5h")?.seconds == 5400)
    for text in ["5", "", "m", "-1s", "5d", "soon"] { #expect(TimeSpan(argument: text) == nil, "\(text)") }
  }

  @Test func whatCannotBeWrittenIsSaidBeforeTheWork() throws {
    let folder = try TemporaryFolder()
    let file = folder.path.appending("tests.xml").string
    #expect(throws: Never.self) { try Tree.expectWritable(file) }
    #expect(!FileManager.default.fileExists(atPath: file))
    let nowhere = folder.path.appending("none/tests.xml").string
    let error = #expect(throws: TreeError.self) { try Tree.expectWritable(nowhere) }
    #expect(
      error?.message == "cannot write \"\(nowhere)\": there is no folder \(folder.path.appending("none"))")
    #expect(error?.exitCode == .invalidInput)
    #expect(throws: TreeError.self) { try Tree.expectWritable(folder.path.string) }
  }

  @Test func theCommandThatRepeatsABuildHasItsOptions() throws {
    let command = try #require(
      AzlDev.parseAsRoot([
        "try", "zip", "--srpm-from-repository", "--cutoff", "names", "--offline", "--set", "build.jobs=2",
        "--check", "--force",
      ]) as? TryCommand)
    let words = ["--cutoff", "names", "--srpm-from-repository", "--offline", "--set", "build.jobs=2"]
    #expect(command.building.again(command.common) == words)
    var build = BuildReport.Build(spec: "zip", reason: "", result: .failed, seconds: 0)
    build.failure = BuildReport.Trouble(stage: "plan", message: "no")
    build.reproduce += ["--set", "sources.urls=a b"]
    #expect(
      BuildView(style: .plain).failed(build).last == "  again  azl-dev try zip --set 'sources.urls=a b'")
  }

  @Test func aVerdictThatStillHoldsIsNoRun() {
    let outcome = CheckOutcome(verdict: .passed, seconds: 28, log: "logs/zip.log")
    let view = BuildView(style: .plain)
    #expect(view.checked("zip", outcome) == ["    Checked   zip: %check passed in 28 s"])
    #expect(
      view.checked("zip", outcome, isRemembered: true) == [
        "    Checked   zip: still holds, %check passed in 28 s the last time"
      ])
  }

  @Test func whatWasTakenFromEarlierBuildsIsNotNothing() {
    func report(_ results: [(String, BuildReport.Result)]) -> String {
      WatchView(style: .plain).verdict(
        BuildReport(
          goals: [], result: .built, seconds: 2,
          builds: results.map { .init(spec: $0.0, reason: "", result: $0.1, seconds: 1) }, cutOff: []),
        at: "12:00:00")
    }
    #expect(
      report([("lib", .restored), ("app", .restored), ("tool", .upToDate)])
        == "12:00:00  ✓ lib app taken from earlier builds · 1 stays as it is")
    #expect(
      report([("lib", .built), ("app", .restored)])
        == "12:00:00  ✓ lib in 2.0 s · app taken from earlier builds")
    #expect(report([]) == "12:00:00  ✓ nothing to build")
  }

  @Test func gcSaysThatNothingGoes() {
    var report = GarbageReport(dryRun: true)
    let view = DiskView(style: .plain)
    #expect(view.lines(report) == ["    Would go  nothing: no budget of [disk] is exceeded"])
    report.dryRun = false
    #expect(view.lines(report) == ["    Removed   nothing: no budget of [disk] is exceeded"])
    report.removed = [.init(kind: "logs", path: ".azldev/logs/a", bytes: 1000, lastUsed: "today")]
    #expect(!view.lines(report).joined().contains("nothing"))
  }
}
