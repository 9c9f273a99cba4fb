import Packages
import Synchronization
import Testing

@Suite struct CorePoolTests {
  /// A build that lasts until it is told to end.
  private final class Builds: Sendable {
    struct State {
      var started: [String] = []
      var granted: [String: Int] = [:]
      var open: [String: CheckedContinuation<Void, Never>] = [:]
    }
    let state = Mutex(State())
    let (begun, beginnings) = AsyncStream.makeStream(of: String.self)

    func run(_ name: String, cores: Int) async {
      await withCheckedContinuation { continuation in
        state.withLock {
          $0.started.append(name)
          $0.granted[name] = cores
          $0.open[name] = continuation
        }
        beginnings.yield(name)
      }
    }
    func end(_ name: String) { state.withLock { $0.open.removeValue(forKey: name) }?.resume() }
    var granted: [String: Int] { state.withLock { $0.granted } }
  }

  private func start(_ names: [String], cores: Int? = nil, in pool: CorePool, _ builds: Builds)
    -> [Task<Void, any Error>]
  {
    names.map { name in
      Task { try await pool.share(for: name, cores: cores) { await builds.run(name, cores: $0) } }
    }
  }

  @Test func theLongestWayStartsFirst() async throws {
    let (pool, builds) = (CorePool(cores: 1), Builds())
    var begun = builds.begun.makeAsyncIterator()
    let names = ["short", "long", "middle"]
    await pool.expect(
      ["first": 1, "short": 1, "long": 1, "middle": 1],
      ranks: ["first": 9, "short": 1, "long": 3, "middle": 2])
    var tasks = start(["first"], in: pool, builds)
    #expect(await begun.next() == "first")
    tasks += start(names, in: pool, builds)
    while await pool.waiting < 3 { await Task.yield() }
    for (ended, next) in [("first", "long"), ("long", "middle"), ("middle", "short")] {
      builds.end(ended)
      #expect(await begun.next() == next)
    }
    builds.end("short")
    for task in tasks { try await task.value }
  }

  @Test func processorsAreSharedByThoseThatCanRunSideBySide() async throws {
    let (pool, builds) = (CorePool(cores: 8), Builds())
    var begun = builds.begun.makeAsyncIterator()
    // one after the other: each may use all
    await pool.expect(["a": 5, "b": 5], ranks: ["a": 10, "b": 5])
    let alone = start(["a"], in: pool, builds)
    #expect(await begun.next() == "a")
    #expect(builds.granted["a"] == 8)
    builds.end("a")
    try await alone[0].value
    // four of the same length
    let names = ["c", "d", "e", "f"]
    await pool.expect(
      names.reduce(into: [:]) { $0[$1] = 5 }, ranks: names.reduce(into: [:]) { $0[$1] = 5 })
    let tasks = start(names, in: pool, builds)
    for _ in names { _ = await begun.next() }
    #expect(names.allSatisfy { builds.granted[$0] == 2 })
    for (name, task) in zip(names, tasks) {
      builds.end(name)
      try await task.value
    }
  }

  @Test func whoGivesUpWaitingLeavesItsPlace() async throws {
    let (pool, builds) = (CorePool(cores: 4, builds: 1), Builds())
    var begun = builds.begun.makeAsyncIterator()
    let first = start(["first"], cores: 2, in: pool, builds)
    #expect(await begun.next() == "first")
    let others = start(["second"], cores: 2, in: pool, builds)
    while await pool.waiting < 1 { await Task.yield() }
    let third = start(["third"], cores: 9, in: pool, builds)
    while await pool.waiting < 2 { await Task.yield() }
    others[0].cancel()
    await #expect(throws: CancellationError.self) { try await others[0].value }
    builds.end("first")
    #expect(await begun.next() == "third")
    #expect(builds.granted["third"] == 4)
    builds.end("third")
    for task in first + third { try await task.value }
  }

  @Test func buildsWaitForMemory() async throws {
    let (pool, builds) = (CorePool(cores: 4, memory: 100), Builds())
    var begun = builds.begun.makeAsyncIterator()
    func start(_ name: String, _ memory: Int64) -> Task<Void, any Error> {
      Task { try await pool.share(for: name, cores: 1, memory: memory) { await builds.run(name, cores: $0) } }
    }
    let large = start("large", 70)
    #expect(await begun.next() == "large")
    let small = start("small", 30)
    #expect(await begun.next() == "small")
    // more than there is: alone
    let huge = start("huge", 1000)
    while await pool.waiting < 1 { await Task.yield() }
    builds.end("large")
    try await large.value
    #expect(await pool.waiting == 1)
    builds.end("small")
    #expect(await begun.next() == "huge")
    builds.end("huge")
    for task in [small, huge] { try await task.value }
  }

  @Test func afterAStopOnlyWhatRunsGoesOn() async throws {
    let (pool, builds) = (CorePool(cores: 1), Builds())
    var begun = builds.begun.makeAsyncIterator()
    let running = start(["running"], in: pool, builds)
    #expect(await begun.next() == "running")
    let waiting = start(["waiting"], in: pool, builds)
    while await pool.waiting < 1 { await Task.yield() }
    await pool.stop()
    await #expect(throws: CancellationError.self) { try await waiting[0].value }
    await #expect(throws: CancellationError.self) { try await pool.share(for: "new", cores: nil) { _ in } }
    builds.end("running")
    try await running[0].value
    await pool.expect([:], ranks: [:])
    #expect(try await pool.share(for: "next", cores: nil) { $0 } == 1)
  }

  @Test func aBuildThatFailsGivesItsProcessorsBack() async throws {
    struct Broken: Error {}
    let pool = CorePool(cores: 1)
    await #expect(throws: Broken.self) { try await pool.share(for: "a", cores: nil) { _ in throw Broken() } }
    #expect(try await pool.share(for: "b", cores: nil) { $0 } == 1)
  }
}
