/// Results of `body` for each item, in the items' order, with at most `limit` running at a time. The first error
/// cancels the rest.
func concurrently<Item: Sendable, Value: Sendable>(
  _ limit: Int, _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    var values: [Int: Value] = [:]
    var next = 0
    func start() {
      guard next < items.count else { return }
      let (index, item) = (next, items[next])
      next += 1
      group.addTask { (index, try await body(item)) }
    }
    for _ in 0..<max(1, limit) { start() }
    while let (index, value) = try await group.next() {
      values[index] = value
      start()
    }
    return items.indices.compactMap { values[$0] }
  }
}
