import AzureLinux
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct ScheduleTests {
  @Test func whatIsNeededComesFirst() {
    let graph = BuildGraph(needs: ["app": ["lib", "tool"], "lib": ["base"], "tool": [], "base": []])
    #expect(graph.order == ["base", "tool", "lib", "app"])
    #expect(graph.closure(of: "app") == ["lib", "tool", "base"])
    #expect(graph.circles.isEmpty)
  }

  @Test func circlesAreFoundAndTheShortestShown() {
    let graph = BuildGraph(needs: [
      "a": ["b"], "b": ["c"], "c": ["a", "d"], "d": ["c"], "e": ["a"], "f": ["g"], "g": ["f"], "h": [],
    ])
    #expect(graph.circles == [["a", "b", "c", "d"], ["f", "g"]])
    #expect(graph.shortestCircle(in: ["a", "b", "c", "d"]) == ["c", "d"])
    #expect(graph.closure(of: "a").contains("a"))
    let apart = Extent(apart: [["f", "g"]], ignored: ["x"])
    #expect(apart.unaware(for: "f") == ["f", "g", "x"])
    #expect(apart.unaware(for: "h") == ["h", "x"])
  }

  @Test func theLongestWayGoesFirst() {
    let graph = BuildGraph(needs: ["long": [], "short": [], "end": ["long"], "other": ["short"]])
    let durations = Durations(["long": 5, "short": 1, "end": 4])
    #expect(durations["other"] == 4)
    let order = BuildOrder(graph, building: Set(graph.specs), durations: durations)
    #expect(order.ranks == ["long": 9, "short": 5, "end": 4, "other": 4])
    #expect(order.criticalPath == 9 && order.work == 14)
    let one = Timetable(graph, order, jobs: 1)
    #expect(one.starts == ["long": 0, "short": 5, "end": 6, "other": 10] && one.end == 14)
    let two = Timetable(graph, order, jobs: 2)
    #expect(two.starts == ["long": 0, "short": 0, "other": 1, "end": 5] && two.end == 9)
  }

  @Test func abudgetTakesTheNearestThatFit() {
    let graph = BuildGraph(needs: ["lib": [], "near": ["lib"], "wide": ["lib"], "far": ["near"]])
    let durations = Durations(["lib": 3, "near": 2, "wide": 60, "far": 1])
    let order = BuildOrder(graph, building: Set(graph.specs), durations: durations)
    let nearest = ["lib", "near", "wide", "far"]
    func fitting(_ budget: Double) -> Set<String> {
      order.fitting(nearest, of: graph, jobs: 2, budget: budget, durations: durations)
    }
    #expect(fitting(2).isEmpty)
    #expect(fitting(5) == ["lib", "near"])
    #expect(fitting(6) == ["lib", "near", "far"])
    #expect(fitting(63) == ["lib", "near", "wide", "far"])
  }

  /// On random graphs: nothing starts before what it needs has ended, no more run at once than may, and the end lies
  /// between the bounds that every order has.
  @Test(arguments: 0..<40) func aTimetableKeepsItsLaws(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let names = (0..<Int.random(in: 1...24, using: &random)).map { "p\($0)" }
    var needs: [String: [String]] = [:]
    for (position, name) in names.enumerated() {
      needs[name] = names[..<position].filter { _ in Int.random(in: 0..<5, using: &random) == 0 }
    }
    let graph = BuildGraph(needs: needs)
    let durations = Durations(
      names.reduce(into: [:]) { $0[$1] = Double(Int.random(in: 1...9, using: &random)) })
    let order = BuildOrder(graph, building: Set(names), durations: durations)
    let jobs = Int.random(in: 1...4, using: &random)
    let table = Timetable(graph, order, jobs: jobs)
    let ends = table.starts.reduce(into: [String: Double]()) { $0[$1.key] = $1.value + durations[$1.key] }
    #expect(table.starts.count == names.count)
    for (name, others) in needs {
      for other in others { #expect((table.starts[name] ?? -1) >= (ends[other] ?? .infinity)) }
    }
    for start in table.starts.values {
      #expect(names.count { (table.starts[$0] ?? 0) <= start && (ends[$0] ?? 0) > start } <= jobs)
    }
    let bound = max(order.criticalPath, order.work / Double(jobs))
    #expect(table.end >= bound && table.end <= order.work)
    #expect(jobs > 1 || table.end == order.work)
  }

  @Test func theKeyOfAPlainBuildIsShort() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(Extent()), as: UTF8.self) == "{}")
    let extent = Extent(
      rebuilt: [["lib"], ["app"]], isFromScratch: true, apart: [["a", "b"]], ignored: ["x"])
    #expect(try JSONDecoder().decode(Extent.self, from: encoder.encode(extent)) == extent)
  }
}
