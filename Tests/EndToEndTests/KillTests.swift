import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Trouble {
  /// `kill -9` of whatever writes the store, at seeded moments while specs are saved: the next answer is that of a
  /// store that was never there.
  @Suite(.serialized) struct Kill {
    enum Victim: CaseIterable { case watch, workers, affected }

    @Test(arguments: 1...3) func theNextAnswerIsThatOfNothing(seed: UInt64) async throws {
      var random = SystemSeed(state: seed)
      try await DemoTree.with { tree in
        let specs = try Host.specs()
        let texts = try Dictionary(
          uniqueKeysWithValues: specs.map { ("SPECS/\($0)/\($0).spec", try tree.read("SPECS/\($0)/\($0).spec")) })
        for turn in 1...10 {
          let victim = Victim.allCases[turn % Victim.allCases.count]
          // drawn before anything runs: the same seed is the same story, up to how fast the machine is
          let saves = (0..<Int.random(in: 1...12, using: &random)).map { _ in
            save(texts, &random)
          }
          try await kill(victim, in: tree, while: saves, after: UInt64.random(in: 0...400, using: &random))
          try await expectAnswerOfNothing(tree, "seed \(seed), turn \(turn), \(victim)")
        }
      }
    }
