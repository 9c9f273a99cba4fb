import Foundation
import Incremental
import Synchronization

/// A random acyclic graph of sums over numbered inputs, small numbers so that equal values are common.
final class RandomGraph: Sendable {
  struct State {
    var inputs: [Int]
    var runs: [Int: Int] = [:]
    /// What each cell read when it last ran: the model against which a run is judged.
    var lastInputs: [Int: [Int: Int]] = [:]
    var lastCells: [Int: [Int: Int]] = [:]
    var failing: Set<Int> = []
  }
  /// What each cell adds up: cells below it, and inputs. A cell with a switch reads its second half only when
  /// the first half's sum is even, so its dependencies change with the values.
  struct Cell: Sendable {
    var cells: [Int]
    var inputs: [Int]
    var hasSwitch: Bool
    var modulus: Int
  }
  let cells: [Cell]
  let state: Mutex<State>

  init(cells count: Int, inputs: Int, using random: inout some RandomNumberGenerator) {
    cells = (0..<count).map { index in
      Cell(
        cells: index == 0
          ? []
          : (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Int.random(in: 0..<index, using: &random)
          },
        inputs: (0..<Int.random(in: 1...2, using: &random)).map { _ in
          Int.random(in: 0..<inputs, using: &random)
        },
        hasSwitch: Bool.random(using: &random), modulus: Int.random(in: 2...5, using: &random))
    }
    state = Mutex(State(inputs: (0..<inputs).map { _ in Int.random(in: 0..<4, using: &random) }))
  }

  /// The answer of a clean evaluation.
  func expected(_ index: Int) -> Int {
    let inputs = state.withLock { $0.inputs }
    func value(_ index: Int) -> Int {
      let cell = cells[index]
      var sum = cell.inputs.map { inputs[$0] }.reduce(0, +)
      if cell.hasSwitch && sum % 2 == 1 { return sum % cell.modulus }
      sum += cell.cells.map(value).reduce(0, +)
      return sum % cell.modulus
    }
    return value(index)
  }

  /// Runs since the last call, by cell.
  func takeRuns() -> [Int: Int] {
    state.withLock { state in
      defer { state.runs = [:] }
      return state.runs
    }
  }

  func failed(_ index: Int) -> Bool { state.withLock { $0.failing.contains(index) } }
}

struct InputCell: Input {
  typealias World = RandomGraph
  static let kind = "input"
  let index: Int
  func compute(_ context: Context<RandomGraph>) async throws -> Int {
    context.world.state.withLock { $0.inputs[index] }
  }
}

struct SumCell: Rule {
  typealias World = RandomGraph
  static let kind = "sum"
  let index: Int

  struct Refused: Error {}

  func compute(_ context: Context<RandomGraph>) async throws -> Int {
    let cell = context.world.cells[index]
    context.world.state.withLock { $0.runs[index, default: 0] += 1 }
    if context.world.failed(index) { throw Refused() }
    let inputs = try await context.need(all: cell.inputs.map { InputCell(index: $0) })
    context.world.state.withLock { state in
      state.lastInputs[index] = Dictionary(zip(cell.inputs, inputs)) { $1 }
      state.lastCells[index] = [:]
    }
    var sum = inputs.reduce(0, +)
    if cell.hasSwitch && sum % 2 == 1 { return sum % cell.modulus }
    let cells = try await context.need(all: cell.cells.map { SumCell(index: $0) })
    context.world.state.withLock { $0.lastCells[index] = Dictionary(zip(cell.cells, cells)) { $1 } }
    sum += cells.reduce(0, +)
    return sum % cell.modulus
  }
}
