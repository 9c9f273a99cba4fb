import AzureLinux
import Foundation
import Testing

extension EndToEnd.Building {
  /// `%check` has requirements and a root of its own; its verdict is an answer, and remembered.
  @Suite(.serialized) struct CheckSection {
    @Test func verdictsAreKeptUntilSomethingChanges() async throws {
      try await DemoTree.with { tree in
        let spec = "SPECS/lantern-check/lantern-check.spec"
        let first = try await tree.build("lantern-check", "--check")
        #expect(first.builds.map(\.check) == [.passed])

        try tree.edit(spec, "bash lantern-check\n", "bash lantern-check\necho 'FAIL: on purpose'; exit 3\n")
        let failed = try await tree.azl("try", "lantern-check", "--check", "--json")
        #expect(failed.status == 1)
        let report: BuildReport = try failed.json()
        #expect(report.result == .failed)
        #expect(report.builds.first?.check == .failed)
        #expect(report.builds.first?.failure?.message == "FAIL: on purpose")

        let again = try await tree.azl("try", "lantern-check", "--check")
        #expect(again.status == 1)
        #expect(again.out.contains("up to date"))
        #expect(again.err.contains("%check failed"))
        #expect(try await tree.build("lantern-check").result == .upToDate)
      }
    }

    /// A spec that replaces the markers: its `%check` ends well, and whether its tests did is not known.
    @Test func whatGivesNoVerdictHasNotPassed() async throws {
      try await DemoTree.with { tree in
        let spec = "SPECS/lantern-common/lantern-common.spec"
        try tree.edit(
          spec, "Summary:",
          "%global __spec_check_pre %{___build_pre}\n%global __spec_check_post %{___build_post}\nSummary:")
        for words in [["try", "lantern-common", "--check"], ["build", "lantern-common", "--check"]] {
          let output = try await tree.azl(words + ["--json"])
          #expect(output.status == 1, "\(output.all)")
          try await Schema("build").validate(output.out)
          let report = try output.json(BuildReport.self)
          #expect(report.result == .failed && report.builds.first?.check == .noMarker)
          #expect(report.builds.first?.failure?.message == "%check ended and gave no verdict")
        }
        let state = try tree.read(".azldev/out/build_state.csv")
        #expect(state.contains("lantern-common-1.0-1.azl3.src.rpm,Failed,,1"), "\(state)")
        #expect(!state.contains("Failed,,0"), "\(state)")
        let tested = try await tree.azl("test", "lantern-common", "--json")
        #expect(tested.status == 1)
        #expect(try tested.json(TestReport.self).tests.first?.verdict == .noMarker)
        let shown = try await tree.azl("test", "lantern-common")
        #expect(shown.status == 1 && shown.err.contains("gave no verdict"), "\(shown.all)")
        // the package itself is built all the same
        #expect(try await tree.build("lantern-common").result == .upToDate)
      }
    }
  }
}
