import Foundation
import Incremental
import Storage
import Synchronization
import TestSupport
import Testing

/// Named texts as inputs, and rules over them whose work a test can hold and watch.
final class Notebook: Sendable {
  let texts: Mutex<[String: String]>
  let ran = Mutex<[String]>([])
  /// Names whose `Slow` rule has started and waits to be let go.
  let started = AsyncStream.makeStream(of: String.self)
  let gates = Mutex<[String: CheckedContinuation<Void, Never>]>([:])

  init(_ texts: [String: String]) { self.texts = Mutex(texts) }
  func open(_ name: String) { gates.withLock { $0.removeValue(forKey: name) }?.resume() }
}

struct Text: Input {
  typealias World = Notebook
  static let kind = "text"
  let name: String
  func compute(_ context: Context<Notebook>) async throws -> String {
    context.world.texts.withLock { $0[name] ?? "" }
  }
}

/// The text without what follows a `#`: a comment does not reach whoever reads it.
struct Stripped: Rule {
  typealias World = Notebook
  static let kind = "stripped"
  let name: String
  func compute(_ context: Context<Notebook>) async throws -> String {
    context.world.ran.withLock { $0.append("stripped \(name)") }
    return String(try await context.need(Text(name: name)).prefix { $0 != "#" })
  }
}

/// Follows the names that a text lists, so that a circle can be written.
struct Sum: Rule {
  typealias World = Notebook
  static let kind = "sum"
  static let isExpensive = true
  let name: String
  func compute(_ context: Context<Notebook>) async throws -> Int {
    context.world.ran.withLock { $0.append("sum \(name)") }
    let words = try await context.need(Stripped(name: name)).split(separator: " ")
    let parts = try await context.need(all: words.filter { Int($0) == nil }.map { Sum(name: String($0)) })
    if words.isEmpty { throw Empty(name: name) }
    return parts.reduce(0, +) + words.compactMap { Int($0) }.reduce(0, +)
  }
  struct Empty: Error { let name: String }
}

/// Waits for its gate, or for the end of its task.
struct Slow: Rule {
  typealias World = Notebook
  static let kind = "slow"
  let name: String
  func compute(_ context: Context<Notebook>) async throws -> String {
    let text = try await context.need(Text(name: name))
    let notebook = context.world
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        notebook.gates.withLock { $0[name] = continuation }
        notebook.started.continuation.yield(name)
      }
    } onCancel: {
      notebook.open(name)
    }
    try Task.checkCancellation()
    notebook.ran.withLock { $0.append("slow \(name)=\(text)") }
    return text
  }
}

/// Reads its text past the engine, as a program does that is given a file, and doubts it while there is a `?`.
struct Doubtful: Rule {
  typealias World = Notebook
  static let kind = "doubtful"
  let name: String
  func compute(_ context: Context<Notebook>) async throws -> String {
    _ = try await context.need(Text(name: name))
    context.world.ran.withLock { $0.append("doubtful \(name)") }
    let text = context.world.texts.withLock { $0[name] ?? "" }
    if text.hasSuffix("?") { await context.doubt() }
    return text
  }
}

private let kinds = [
  RuleKind(Text.self), RuleKind(Stripped.self), RuleKind(Sum.self), RuleKind(Slow.self),
  RuleKind(Doubtful.self),
]

private func engine(_ notebook: Notebook, _ events: @escaping @Sendable (EngineEvent) -> Void = { _ in })
  throws
  -> Engine<Notebook>
{
  Engine(world: notebook, store: try TraceStore(path: nil), rules: kinds, observe: events)
}

extension Notebook {
  func takeRan() -> [String] {
    ran.withLock { ran in
      defer { ran = [] }
      return ran
    }
  }
  func write(_ name: String, _ text: String) { texts.withLock { $0[name] = text } }
}

@Suite("engine")
struct EngineTests {
  @Test func anEqualValueStopsPropagation() async throws {
    let notebook = Notebook(["a": "1 b", "b": "2 # two"])
    let engine = try engine(notebook)
    #expect(try await engine.value(of: Sum(name: "a")) == 3)
    _ = notebook.takeRan()
    notebook.write("b", "2 # another remark")
    try await engine.lookAgain(at: [try Text(name: "b").key])
    #expect(try await engine.value(of: Sum(name: "a")) == 3)
    #expect(notebook.takeRan() == ["stripped b"])
    notebook.write("b", "4")
    try await engine.lookAgain()
    #expect(try await engine.value(of: Sum(name: "a")) == 5)
    #expect(notebook.takeRan() == ["stripped b", "sum b", "sum a"])
  }

  /// An input may be something else for a moment, just when a program reads it.
  @Test func whatIsDoubtedIsMadeAnew() async throws {
    let notebook = Notebook(["a": "1"])
    let store = try TraceStore(path: nil)
    let engine = Engine(world: notebook, store: store, rules: kinds) { _ in }
    _ = try await engine.value(of: Text(name: "a"))
    notebook.write("a", "2?")
    #expect(try await engine.value(of: Doubtful(name: "a")) == "2?")
    notebook.write("a", "1")
    #expect(try await engine.lookAgain().isEmpty)
    #expect(try await engine.suspects(kind: Doubtful.kind).count == 1)
    let next = Engine(world: notebook, store: store, rules: kinds) { _ in }
    #expect(try await next.value(of: Doubtful(name: "a")) == "1")
    #expect(try await next.value(of: Doubtful(name: "a")) == "1")
    #expect(notebook.takeRan() == ["doubtful a", "doubtful a"])
    #expect(try await next.suspects(kind: Doubtful.kind).isEmpty)
  }

  @Test func reasonsNameTheInput() async throws {
    let notebook = Notebook(["a": "1"])
    let reasons = Mutex<[String: RunReason]>([:])
    let engine = try engine(notebook) { event in
      if case .started(let key, let reason) = event { reasons.withLock { $0[key.kind] = reason } }
    }
    _ = try await engine.value(of: Sum(name: "a"))
    #expect(reasons.withLock { $0["sum"] } == .neverBuilt)
    notebook.write("a", "2")
    try await engine.lookAgain(at: [try Text(name: "a").key])
    _ = try await engine.value(of: Sum(name: "a"))
    let text = try Text(name: "a").key
    let stripped = try Stripped(name: "a").key
    #expect(reasons.withLock { $0["stripped"] } == .inputChanged(text))
    #expect(reasons.withLock { $0["sum"] } == .inputChanged(stripped))
    try await engine.force(Sum(name: "a"))
    _ = try await engine.value(of: Sum(name: "a"))
    #expect(reasons.withLock { $0["sum"] } == .forced)
  }

  @Test func failuresAreRememberedAndNeverReused() async throws {
    let notebook = Notebook(["a": "# nothing"])
    let engine = try engine(notebook)
    for _ in 0..<2 {
      await #expect(throws: Sum.Empty.self) { try await engine.value(of: Sum(name: "a")) }
    }
    #expect(notebook.takeRan() == ["sum a", "stripped a", "sum a"])
    let stale = try await engine.staleness(of: Sum(name: "a"))
    guard case .stale(.failedLastTime) = stale else { return #expect(Bool(false), "\(stale)") }
    notebook.write("a", "7")
    try await engine.lookAgain()
    #expect(try await engine.value(of: Sum(name: "a")) == 7)
  }

  @Test func aCircleIsNamed() async throws {
    let notebook = Notebook(["a": "b", "b": "c", "c": "a"])
    let engine = try engine(notebook)
    await #expect(throws: EngineError.self) { try await engine.value(of: Sum(name: "a")) }
    notebook.write("c", "1")
    try await engine.lookAgain()
    #expect(try await engine.value(of: Sum(name: "a")) == 1)
  }

  /// A computation that gives up must let go of all that it waits for, or whoever closes the circle hangs.
  @Test(.timeLimit(.minutes(10)), arguments: 0..<60)
  func circlesNeverHang(seed: Int) async throws {
    var random = SeededGenerator(state: UInt64(seed) &* 7919)
    let names = (0..<9).map { "n\($0)" }
    var texts: [String: String] = [:]
    for name in names {
      texts[name] =
        ([name == "n0" ? "1" : "2"]
        + (0..<Int.random(in: 0...3, using: &random)).map { _ in
          names.randomElement(using: &random)!
        }).joined(separator: " ")
    }
    let engine = try engine(Notebook(texts))
    await withTaskGroup(of: Void.self) { group in
      for name in names { group.addTask { _ = try? await engine.value(of: Sum(name: name)) } }
    }
    for name in names { _ = try? await engine.value(of: Sum(name: name)) }
  }

  @Test func stalenessRunsNothingExpensive() async throws {
    let notebook = Notebook(["a": "1 b", "b": "2"])
    let engine = try engine(notebook)
    _ = try await engine.value(of: Sum(name: "a"))
    _ = notebook.takeRan()
    notebook.write("b", "3")
    try await engine.lookAgain()
    let b = try Sum(name: "b").key
    let strippedB = try Stripped(name: "b").key
    #expect(try await engine.staleness(of: Sum(name: "b")) == .stale(.inputChanged(strippedB)))
    #expect(try await engine.staleness(of: Sum(name: "a")) == .possiblyStale(through: b))
    #expect(notebook.takeRan() == ["stripped b"])
  }

  @Test func aNewRevisionCancelsOnlyWhatItMakesPointless() async throws {
    let notebook = Notebook(["a": "old", "b": "same"])
    let engine = try engine(notebook)
    var starts = notebook.started.stream.makeAsyncIterator()
    let a = Task { try await engine.value(of: Slow(name: "a")) }
    _ = await starts.next()
    let b = Task { try await engine.value(of: Slow(name: "b")) }
    _ = await starts.next()
    notebook.write("a", "new")
    try await engine.lookAgain(at: [try Text(name: "a").key])
    await #expect(throws: CancellationError.self) { try await a.value }
    let again = Task { try await engine.value(of: Slow(name: "a")) }
    _ = await starts.next()
    notebook.open("b")
    notebook.open("a")
    #expect(try await again.value == "new")
    #expect(try await b.value == "same")
    #expect(notebook.takeRan().sorted() == ["slow a=new", "slow b=same"])
  }

  @Test func nobodyWaitingEndsTheWork() async throws {
    let notebook = Notebook(["a": "x"])
    let engine = try engine(notebook)
    var starts = notebook.started.stream.makeAsyncIterator()
    let task = Task { try await engine.value(of: Slow(name: "a")) }
    _ = await starts.next()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(notebook.takeRan() == [])
    #expect(try await engine.remembered(Slow(name: "a")) == nil)
  }
}
