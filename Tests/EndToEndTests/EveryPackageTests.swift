import AzureLinux
import Foundation
import Sandbox
import Synchronization
import SystemPackage
import TestSupport
import Testing

extension EndToEnd.Building {
  /// All demo packages in one `try`, then again.
  @Suite(.serialized) struct EveryPackage {
    /// Digests of what was built, by the first of these tests that gets there; the commit is the same in all.
    private static let first = Mutex<[String: Digest]?>(nil)

    @Test func overFilesAsWhoeverRunsTheTests() async throws {
      try await DemoTree.with(warm: []) { try await buildTwice($0, processors: 2) }
    }

    @Test(.needsNginx) func overHTTP() async throws {
      try await withWebServer(try #require(Host.mirror)) { server in
        try await DemoTree.with(mirror: server.url, warm: [.layers]) {
          try await buildTwice($0, processors: 1)
        }
        let log = try server.log()
        #expect(log.filter { !$0.hasPrefix("200 ") } == [])
        let twice = Dictionary(grouping: log) { $0 }.filter { $0.value.count > 1 }
        #expect(twice.isEmpty, "\(twice)")
      }
    }

    @Test(.needsNginx, .needsRoot) func overHTTPAsAPlainUser() async throws {
      try await PlainUser.with { user in
        try await withWebServer(try #require(Host.mirror)) { server in
          try await DemoTree.with(mirror: server.url, owner: user, warm: []) {
            try await buildTwice($0, processors: 2)
          }
        }
      }
    }

    private func buildTwice(_ tree: DemoTree, processors: Int) async throws {
      let specs = try Host.specs()
      var command = tree.command(["try", "--json"] + specs)
      command.environment["AZL_DEV_BUILD_JOBS"] = String(processors)
      let output = try await command.run()
      try #require(output.isSuccess, "\(output.errorText)")
      let report = try JSONDecoder.snake.decode(BuildReport.self, from: output.output)
      #expect(report.result == .built)
      #expect(report.builds.map(\.spec).sorted() == specs)
      #expect(report.builds.allSatisfy { $0.result == .built && $0.srpm != nil && !$0.rpms.isEmpty })
      let rpms = report.builds.flatMap { $0.rpms + [$0.srpm].compactMap { $0 } }
      for rpm in rpms {
        let arch = try #require(NEVRA(fileName: rpm.path)?.arch)
        let folder = arch == "src" ? "SRPMS" : "RPMS/\(arch)"
        #expect(rpm.path.hasPrefix(".azldev/out/\(folder)/"))
        #expect(FileManager.default.fileExists(atPath: tree.file(rpm.path).string))
      }
      compareWithOthers(rpms)
      let remains = Remains(tree: tree)
      try await remains.expectNothing()
      let before = remains.outState()
      #expect(before.count == rpms.count)

      let again = try await tree.azl(["try"] + specs)
      #expect(again.status == 0)
      // of many, those that stay as they are are counted
      #expect(again.out.contains(" \(specs.count) up to date in "), "\(again.out)")
      #expect(again.err == "")
      #expect(remains.outState() == before)
    }

    /// Bytes depend neither on the workspace, nor on the way the packages came, nor on who builds, nor on how
    /// many processors there are for it.
    private func compareWithOthers(_ rpms: [BuildReport.RPM]) {
      let digests = Dictionary(rpms.map { ($0.path, $0.sha256) }) { first, _ in first }
      let others = Self.first.withLock { known in
        defer { known = known ?? digests }
        return known
      }
      guard let others else { return }
      #expect(digests.filter { others[$0.key] != $0.value }.keys.sorted() == [])
    }
  }
}
