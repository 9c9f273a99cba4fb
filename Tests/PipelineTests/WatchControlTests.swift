import Incremental
import Testing

@testable import Pipeline

@Suite struct WatchControlTests {
  @Test func savesThatNobodyTookAreOne() async throws {
    let control = WatchControl()
    control.save(.paths(["a"]))
    #expect(control.save(.paths(["b"])) == .paths(["a", "b"]))
    #expect(try await control.next() == .saved(.paths(["a", "b"])))
  }

  @Test func aPauseHoldsSavesButNotWhatIsAskedFor() async throws {
    let control = WatchControl()
    control.pause(true)
    control.save(.paths(["a"]))
    control.ask(.rebuild)
    control.ask(.rebuild)
    #expect(try await control.next() == .asked(.rebuild))
    async let next = control.next()
    control.save(.paths(["b"]))
    control.pause(false)
    #expect(try await next == .saved(.paths(["a", "b"])))
  }

  @Test func theEndComesBeforeWhatWaits() async throws {
    let control = WatchControl()
    control.save(.everything)
    control.quit()
    #expect(try await control.next() == nil)
    let failing = WatchControl()
    failing.end(.failure(WatchError.treeGone(tree: "/gone")))
    await #expect(throws: WatchError.self) { try await failing.next() }
  }

  @Test func whoWaitsIsWokenByTheEndOrItsCancellation() async throws {
    let control = WatchControl()
    let waiting = Task { try await control.next() == nil }
    control.quit()
    #expect(try await waiting.value)
    let cancelled = Task { try await WatchControl().next() == nil }
    cancelled.cancel()
    #expect(try await cancelled.value)
  }
}
