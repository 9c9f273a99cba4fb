import AzureLinux
import Foundation
import SystemPackage
import Testing

extension EndToEnd.Trouble {
  /// Ctrl-C and `kill -9` at several moments; the same command again ends as if nothing had been.
  @Suite(.serialized) struct Interruption {
    private let spec = "SPECS/lantern-common/lantern-common.spec"

    /// Until the tree is restored.
    private func makeEndless(_ tree: DemoTree) throws {
      try tree.edit(spec, "%build\n", "%build\nsleep 3600\n")
    }

    @Test func controlCAtTheStart() async throws {
      try await DemoTree.with { tree in
        let output = try await RunningProgram.start(tree, "try", "lantern-common") { $0.signal(SIGINT) }
        #expect(output.status == ExitCode.interrupted.rawValue)
        try await expectTidyAndGoOn(tree)
      }
    }

    @Test func controlCWhileTheBuildRootIsMade() async throws {
      try await DemoTree.with(warm: [.files]) { tree in
        let output = try await RunningProgram.start(tree, "try", "lantern-common") { program in
          try #require(await program.prints("Building"))
          let scratch = tree.file(".azldev/store/scratch").string
          _ = try await Host.eventually {
            let names = try FileManager.default.contentsOfDirectory(atPath: scratch)
            return names.contains { $0.hasPrefix("layer-") }
          }
          program.signal(SIGINT)
        }
        #expect(output.status == ExitCode.interrupted.rawValue, "\(output.out)")
        try await expectTidyAndGoOn(tree)
      }
    }

    @Test func controlCWhileRPMBuildRuns() async throws {
      try await DemoTree.with { tree in
        try makeEndless(tree)
        let output = try await RunningProgram.start(tree, "try", "lantern-common") { program in
          try #require(try await program.buildLog(of: "lantern-common", says: "sleep 3600"))
          try await expectASecondWriterToBeRefused(tree)
          program.signal(SIGINT)
        }
        #expect(output.status == ExitCode.interrupted.rawValue, "\(output.out)")
        #expect(output.out.contains("interrupted; what was finished is kept"))
        try await tree.restore()
        try await expectTidyAndGoOn(tree)
      }
    }

    private func expectASecondWriterToBeRefused(_ tree: DemoTree) async throws {
      try await tree.azl("try", "liblantern").expectFailure(
        .environment,
        ["another azl-dev works in this workspace: pid ", ".azldev/lock", "wait for it, or end it"])
      let question = try await tree.azl("affected")
      #expect(question.status == 0, "\(question.err)")
      #expect(question.out.contains("lantern-common.spec"))
    }

    @Test(.needsNginx, arguments: [SIGINT, SIGKILL]) func whileFetching(_ signal: Int32) async throws {
      let mirror = try #require(Host.mirror)
      let port = try freePort()
      try await DemoTree.with(warm: [.layers]) { tree in
        // so slow that all of it would take minutes
        try await withWebServer(mirror, port: port, rate: "400k") { server in
          try await tree.initialise(mirror: server.url)
          let output = try await RunningProgram.start(tree, "try", "lantern-common") { program in
            let folder = tree.file(".azldev/store/scratch/downloads").string
            try #require(
              try await Host.eventually {
                (try? FileManager.default.subpathsOfDirectory(atPath: folder))?.isEmpty == false
              })
            program.signal(signal)
          }
          #expect(output.status == 128 + signal, "\(output.out)")
          if signal == SIGINT { try await Remains(tree: tree).expectNothing() }
          try await Remains(tree: tree).expectNothingSoon()
        }
        // the same server again, as fast as it can
        try await withWebServer(mirror, port: port) { _ in try await expectTidyAndGoOn(tree) }
      }
    }

    @Test func killWhileRPMBuildRuns() async throws {
      try await DemoTree.with { tree in
        try makeEndless(tree)
        let output = try await RunningProgram.start(tree, "try", "lantern-common") { program in
          try #require(try await program.buildLog(of: "lantern-common", says: "sleep 3600"))
          program.signal(SIGKILL)
        }
        #expect(output.status == 128 + SIGKILL)
        try await Remains(tree: tree).expectNothingSoon()
        try await tree.restore()
        try await expectTidyAndGoOn(tree)
      }
    }

    private func expectTidyAndGoOn(_ tree: DemoTree) async throws {
      try await Remains(tree: tree).expectNothingSoon()
      let report = try await tree.build("lantern-common")
      #expect(report.built == ["lantern-common"])
      try await Remains(tree: tree).expectNothing()
    }
  }
}
