import Foundation
import Storage
import Testing

@Suite struct EvictionTests {
  private func item(_ name: String, _ bytes: Int64, _ age: Double, inUse: Bool = false) -> Eviction.Item {
    .init(name: name, bytes: bytes, used: Date(timeIntervalSince1970: 1e9 - age), isInUse: inUse)
  }

  @Test func theLeastRecentlyUsedGoesFirst() {
    let items = [item("new", 40, 1), item("old", 40, 3), item("middle", 40, 2)]
    #expect(Eviction.choose(items, budget: 80).map(\.name) == ["old"])
    #expect(Eviction.choose(items, budget: 79).map(\.name) == ["old", "middle"])
    #expect(Eviction.choose(items, budget: 120).isEmpty)
  }

  @Test func whatIsInUseNeitherGoesNorCounts() {
    let items = [item("used", 1000, 9, inUse: true), item("free", 40, 1)]
    #expect(Eviction.choose(items, budget: 40).isEmpty)
    #expect(Eviction.choose(items, budget: 0).map(\.name) == ["free"])
  }

  @Test(arguments: 0..<50) func theRestFitsAndNothingWentInVain(seed: Int) {
    var random = SystemRandomNumberGenerator()
    let items = (0..<20).map {
      item(
        "\($0)", .random(in: 0...50, using: &random), .random(in: 0...9, using: &random), inUse: Bool.random()
      )
    }
    let budget = Int64.random(in: 0...400)
    let gone = Eviction.choose(items, budget: budget)
    let rest = items.filter { !$0.isInUse && !gone.contains($0) }
    #expect(rest.map(\.bytes).reduce(0, +) <= budget)
    #expect(gone.allSatisfy { !$0.isInUse })
    // without the last one gone it would not fit
    if let last = gone.last { #expect(rest.map(\.bytes).reduce(last.bytes, +) > budget) }
    for one in gone { #expect(rest.allSatisfy { $0.used >= one.used }) }
  }
}
