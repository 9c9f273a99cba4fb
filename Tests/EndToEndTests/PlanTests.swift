import AzureLinux
import Foundation
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// `azl-dev plan`, and what `--budget` makes of it.
  @Suite(.serialized) struct Plans {
    private let library = "SPECS/liblantern/liblantern.spec"

    @Test func saysWhatABuildThenDoes() async throws {
      try await DemoTree.with { tree in
        let idle = try await plan(tree)
        #expect(idle.builds.isEmpty && idle.goals.isEmpty)

        let goals = ["lantern-common", "lantern-scripts"]
        let first = try await plan(tree, goals)
        #expect(first.builds.map(\.spec).sorted() == goals)
        #expect(first.builds.allSatisfy { $0.estimateSeconds == nil && $0.isCertain })
        let built = try await build(tree, goals)
        #expect(built.built == goals)
        #expect(try await plan(tree, goals).upToDate == goals)

        try tree.edit(library, "%build\n", "%build\nsed -i \"s/LIGHT '[*]'/LIGHT '+'/\" lantern.c\n")
        let changed = try await plan(tree, ["--dependents=all"])
        #expect(changed.goals == ["liblantern"])
        let dependents = ["lantern-app", "lantern-banner", "lantern-plugin", "lantern-static"]
        #expect(changed.builds.first?.spec == "liblantern")
        #expect(changed.builds.dropFirst().map(\.spec).sorted() == dependents)
        let banner = try #require(changed.builds.first { $0.spec == "lantern-banner" })
        #expect(banner.needs.contains("lantern-static"))
        let app = try #require(changed.builds.first { $0.spec == "lantern-app" })
        #expect(!app.isCertain && app.needs == ["liblantern"])
        // never built here: the median of those that were stands for them
        #expect(app.estimateSeconds != nil && !app.isMeasured)
        #expect(app.startSeconds >= changed.builds[0].estimateSeconds ?? 0)
        #expect(changed.criticalPathSeconds <= changed.seconds && changed.seconds <= changed.workSeconds)

        let screen = try await tree.azl("plan", "--dependents=all")
        #expect(screen.status == 0)
        #expect(screen.out.contains("liblantern"), "\(screen.all)")
        #expect(screen.out.contains("if the packages of liblantern change"))
        #expect(!FileManager.default.fileExists(atPath: tree.file(".azldev/out/RPMS/x86_64").string))
      }
    }

    @Test func whatIsToBeFetchedIsCounted() async throws {
      try await DemoTree.with(warm: []) { tree in
        let first = try await plan(tree, ["zip"])
        #expect(first.downloads.packages > 50 && first.downloads.bytes > 1_000_000)
        #expect(first.downloads.sources == 1)
        _ = try await build(tree, ["zip"])
        try tree.edit("SPECS/zip/zip.spec", "%build\n", "# again\n%build\n")
        #expect(try await plan(tree, ["zip"]).downloads == PlanReport.Downloads())
      }
    }

    @Test func aBudgetBuildsWhatFits() async throws {
      try await DemoTree.with { tree in
        // durations as builds leave them
        let times = [("lantern-common", 2.0), ("lantern-scripts", 3), ("lantern-check", 1000)]
        let lines = times.map { spec, seconds in
          #"{"at":"2026-04-01T12:00:00Z","kind":"build","result":"built","seconds":\#(seconds),"subject":"\#(spec)"}"#
        }
        try tree.write(".azldev/history.jsonl", lines.joined(separator: "\n") + "\n")
        let goals = times.map(\.0)
        let plan = try await plan(tree, goals + ["--budget", "5m"])
        #expect(plan.builds.filter(\.isQueued).map(\.spec) == ["lantern-check"])
        #expect(plan.budgetSeconds == 300)
        let report = try await build(tree, goals + ["--budget", "5m"])
        #expect(report.built == ["lantern-common", "lantern-scripts"])
        #expect(report.cutOff.map(\.spec) == ["lantern-check"])
        #expect(report.cutOff.first?.because.contains("--budget") == true)
        #expect(try await tree.azl("plan", "zip", "--budget", "soon").status == 2)
      }
    }

    private func plan(_ tree: DemoTree, _ arguments: [String] = []) async throws -> PlanReport {
      let output = try await tree.azl(["plan", "--json"] + arguments)
      try #require(output.status == 0, "\(output.err)")
      try await Schema("plan").validate(output.out)
      return try output.json()
    }

    private func build(_ tree: DemoTree, _ arguments: [String]) async throws -> BuildReport {
      let output = try await tree.azl(["build", "--json"] + arguments)
      try #require(output.status == 0, "\(output.err)")
      return try output.json()
    }
  }
}
