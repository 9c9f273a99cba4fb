import Foundation
import Incremental
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

let cellKinds = [RuleKind(InputCell.self), RuleKind(SumCell.self)]

@Suite("random graphs, random edits")
struct EnginePropertyTests {
  @Test(arguments: 0..<160)
  func incrementalEqualsClean(seed: Int) async throws {
    var random = SeededGenerator(state: UInt64(seed))
    let graph = RandomGraph(cells: 30, inputs: 12, using: &random)
    let file = FilePath(NSTemporaryDirectory()).appending("engine-\(UUID().uuidString).db")
    defer {
      for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.string + end) }
    }
    var engine = Engine(world: graph, store: try TraceStore(path: file), rules: cellKinds)
    for round in 0..<25 {
      if round % 6 == 5 {  // another process: only what is on disk is known
        engine = Engine(world: graph, store: try TraceStore(path: file), rules: cellKinds)
      }
      var changed: Set<Int> = []
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let index = Int.random(in: 0..<12, using: &random)
        let value = Int.random(in: 0..<4, using: &random)
        graph.state.withLock { $0.inputs[index] = value }
        changed.insert(index)
      }
      try await engine.lookAgain(at: Set(try changed.map { try InputCell(index: $0).key }))
      let (inputs, cells) = graph.state.withLock { ($0.lastInputs, $0.lastCells) }
      _ = graph.takeRuns()
      let shared = engine
      try await withThrowingTaskGroup(of: Void.self) { group in
        for root in (0..<3).map({ _ in Int.random(in: 0..<30, using: &random) }) {
          group.addTask {
            let value = try await shared.value(of: SumCell(index: root))
            #expect(value == graph.expected(root))
          }
        }
        try await group.waitForAll()
      }
      let now = graph.state.withLock { $0.inputs }
      for (cell, runs) in graph.takeRuns() {
        #expect(runs == 1, "cell \(cell) ran \(runs) times in one revision")
        guard let readInputs = inputs[cell], let readCells = cells[cell] else { continue }
        let isCalledFor =
          readInputs.contains { now[$0.key] != $0.value }
          || readCells.contains { graph.expected($0.key) != $0.value }
        #expect(isCalledFor, "cell \(cell) ran although everything that it read is equal")
      }
    }
  }
}
