import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import TestSupport
import Testing

extension EndToEnd.Trouble {
  /// `kill -9` of azl-dev in the middle of builds; `demo/measure build-kill` does it a hundred times.
  @Suite(.serialized) struct BuildKill {
    @Test(arguments: [11, 12] as [UInt64]) func theNextRunFinishesWithTheSameBytes(seed: UInt64) async throws
    {
      var random = SeededGenerator(state: seed)
      let goals = ["lantern-common", "liblantern", "lantern-app", "lantern-static"]
      try await DemoTree.with { tree in
        let right = try await packages(tree, goals)
        for turn in 0..<4 {
          // all is built anew
          try await Command(
            ["sh", "-c", "rm -rf .azldev/out .azldev/state.db* .azldev/logs"],
            workingDirectory: tree.path.string
          ).check()
          let late = Duration.milliseconds(Int.random(in: 100...6000, using: &random))
          _ = try await RunningProgram.start(tree, "try", goals[0], goals[1], goals[2], goals[3]) { program in
            // moments are what is drawn here
            try await Task.sleep(for: late)
            program.signal(SIGKILL)
          }
          try await Remains(tree: tree).expectNothingSoon()
          #expect(try await packages(tree, goals) == right, "seed \(seed), kill \(turn) after \(late)")
          try await Remains(tree: tree).expectNothing()
        }
      }
    }

    private func packages(_ tree: DemoTree, _ goals: [String]) async throws -> [String: String] {
      let output = try await tree.azl(["try", "--json"] + goals)
      try #require(output.status == 0, "\(output.err)")
      let report = try output.json(BuildReport.self)
      return Dictionary(
        uniqueKeysWithValues: report.builds.flatMap(\.rpms).map { ($0.path, $0.sha256.description) })
    }
  }
}
