import Incremental
import Testing

@testable import Pipeline

@Suite struct WatchControlTests {
  private func isOver(_ control: WatchControl) async throws -> Bool {
    if case nil = try await control.next() { true } else { false }
  }

  @Test func savesThatNobodyTookAreOne() async throws {
    let control = WatchControl()
    control.save(.paths(["a"]))
    #expect(control.save(.paths(["b"])) == .paths(["a", "b"]))
    #expect(try await control.next().batch == .paths(["a", "b"]))
  }

  @Test func aPauseHoldsSavesButNotWhatIsAskedFor() async throws {
    let control = WatchControl()
    control.pause(true)
    control.save(.paths(["a"]))
    control.ask(.rebuild)
    control.ask(.rebuild)
    #expect(try await control.next().request == .rebuild)
    async let next = control.next().batch
    control.save(.paths(["b"]))
    control.pause(false)
    #expect(try await next == .paths(["a", "b"]))
  }

  @Test func theEndComesBeforeWhatWaits() async throws {
    let control = WatchControl()
    control.save(.everything)
    control.quit()
    #expect(try await isOver(control))
    let failing = WatchControl()
    failing.end(.failure(WatchError.treeGone(tree: "/gone")))
    await #expect(throws: WatchError.self) { try await failing.next() }
  }

  @Test func whoWaitsIsWokenByTheEndOrItsCancellation() async throws {
    let control = WatchControl()
    let waiting = Task { try await isOver(control) }
    control.quit()
    #expect(try await waiting.value)
    let cancelled = Task { try await isOver(WatchControl()) }
    cancelled.cancel()
    #expect(try await cancelled.value)
  }

  /// A question waits for what was saved before it, also for what nobody has told yet.
  @Test func whoCatchesUpComesAfterWhatWasSaved() async throws {
    let control = WatchControl()
    control.save(.paths(["a"]))
    async let isCaughtUp = control.catchUp(with: .paths(["b"]))
    var seen: Set<String> = []
    loop: while let step = try await control.next() {
      switch step {
      case .saved(.paths(let paths)): seen.formUnion(paths)
      case .caughtUp(let asking):
        #expect(seen == ["a", "b"])
        asking.resume(returning: true)
        break loop
      default: Issue.record("unexpected \(step)")
      }
    }
    #expect(await isCaughtUp)
  }

  @Test func nobodyCatchesUpDuringAPauseOrAfterTheEnd() async throws {
    let control = WatchControl()
    control.pause(true)
    #expect(await control.catchUp(with: nil) == false)
    control.pause(false)
    control.quit()
    #expect(await control.catchUp(with: nil) == false)
  }

  /// Who waits already is let go.
  @Test(arguments: [true, false]) func aPauseOrTheEndLetsGoOfThoseWhoWait(byPause: Bool) async throws {
    let control = WatchControl()
    let asking = Task { await control.catchUp(with: nil) }
    // it waits as soon as there is a step for it, which stays until somebody takes it
    while !control.hasLatecomers { await Task.yield() }
    if byPause { control.pause(true) } else { control.quit() }
    #expect(await asking.value == false)
  }
}

extension WatchControl.Step? {
  fileprivate var batch: ChangeBatch? { if case .saved(let batch)? = self { batch } else { nil } }
  fileprivate var request: WatchControl.Request? {
    if case .asked(let request)? = self { request } else { nil }
  }
}
