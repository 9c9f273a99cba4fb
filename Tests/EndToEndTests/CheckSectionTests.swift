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
  }
}
