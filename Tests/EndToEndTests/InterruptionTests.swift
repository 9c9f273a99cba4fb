import AzureLinux
import Foundation
import SystemPackage
import TestSupport
import Testing

extension EndToEnd.Trouble {
  /// Ctrl-C, `kill` and `kill -9` at several moments; the same command again ends as if nothing had been.
  @Suite(.serialized) struct Interruption {
    @Test func atTheStart() async throws {
      try await DemoTree.with { tree in
        let output = try await RunningProgram.start(tree, "try", "lantern-common") { $0.signal(SIGINT) }
        #expect(output.status == ExitCode.interrupted.rawValue)
        try await Remains(tree: tree).expectNothing()
        try await expectTheSameCommandToSucceed(tree)
      }
    }

    @Test(.needsNginx) func whileFetching() async throws {
      let mirror = try #require(Host.mirror)
      let port = try freePort()
      try await DemoTree.with(warm: [.layers]) { tree in
        // so slow that all of it would take minutes
        try await withWebServer(mirror, port: port, rate: "400k") { server in
          try await tree.initialise(mirror: server.url)
          for signal in [SIGKILL, SIGINT] {
            try await end(tree, by: signal) { program in
              try #require(await program.prints("Building"))
              let before = received(tree)
              try #require(try await Host.eventually { received(tree) > before })
            }
          }
        }
        // the same server again, as fast as it can
        try await withWebServer(mirror, port: port) { server in
          try await expectTheSameCommandToSucceed(tree)
          #expect(
            try server.log().contains { $0.hasPrefix("206 ") }, "what had been fetched was fetched again")
        }
      }
    }

    @Test func whileTheBuildRootIsMade() async throws {
      try await DemoTree.with(warm: [.files]) { tree in
        let scratch = tree.file(".azldev/store/scratch").string
        for signal in [SIGKILL, SIGINT] {
          let before = Set((try? FileManager.default.contentsOfDirectory(atPath: scratch)) ?? [])
          try await end(tree, by: signal) { _ in
            try #require(
              try await Host.eventually {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch)) ?? []
                return names.contains { $0.hasPrefix("layer-") && !before.contains($0) }
              })
          }
        }
        try await expectTheSameCommandToSucceed(tree)
      }
    }

    @Test func whileRPMBuildRuns() async throws {
      try await DemoTree.with { tree in
        for signal in [SIGINT, SIGTERM, SIGKILL] {
          try tree.edit(
            "SPECS/lantern-common/lantern-common.spec", "%build\n", "%build\n# \(signal)\nsleep 3600\n")
          try await end(tree, by: signal) { program in
            try #require(try await program.buildLog(of: "lantern-common", says: "sleep 3600"))
            if signal == SIGINT { try await expectASecondWriterToBeRefused(tree) }
          }
          try await tree.restore()
          try FileManager.default.removeItem(atPath: tree.file(".azldev/logs/lantern-common").string)
        }
        try await expectTheSameCommandToSucceed(tree)
      }
    }

    // MARK: -

    private func end(
      _ tree: DemoTree, by signal: Int32, at moment: (RunningProgram) async throws -> Void
    ) async throws {
      let output = try await RunningProgram.start(tree, "try", "lantern-common") { program in
        try await moment(program)
        program.signal(signal)
      }
      #expect(output.status == 128 + signal, "\(output.out)")
      // who is killed cannot tidy up; the kernel and the next run do
      guard signal != SIGKILL else { return try await Remains(tree: tree).expectNothingSoon() }
      #expect(output.out.contains("interrupted; what was finished is kept"), "\(output.out)")
      try await Remains(tree: tree).expectNothing()
    }

    private func expectASecondWriterToBeRefused(_ tree: DemoTree) async throws {
      try await tree.azl("try", "liblantern").expectFailure(
        .environment,
        ["another azl-dev works in this workspace: pid ", ".azldev/lock", "wait for it, or end it"])
      let question = try await tree.azl("affected")
      #expect(question.status == 0, "\(question.err)")
      #expect(question.out.contains("lantern-common.spec"))
    }

    private func expectTheSameCommandToSucceed(_ tree: DemoTree) async throws {
      let report = try await tree.build("lantern-common")
      #expect(report.built == ["lantern-common"])
      try await Remains(tree: tree).expectNothing()
    }

    /// Bytes of downloads that are not whole.
    private func received(_ tree: DemoTree) -> Int64 {
      let folder = tree.file(".azldev/store/downloads")
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
      return names.reduce(0) { sum, name in
        var facts = stat()
        return stat(folder.appending(name).string, &facts) == 0 ? sum + Int64(facts.st_size) : sum
      }
    }
  }
}
