import Foundation
import Incremental
import Testing

@Suite("the cause of a run")
struct CauseTests {
  private func engine(_ notebook: Notebook) throws -> Engine<Notebook> {
    Engine(
      world: notebook, store: try TraceStore(path: nil),
      rules: [RuleKind(Text.self), RuleKind(Stripped.self), RuleKind(Sum.self)])
  }

  private func edit(_ notebook: Notebook, _ name: String, _ text: String, _ engine: Engine<Notebook>)
    async throws
  {
    notebook.write(name, text)
    try await engine.lookAgain(at: [Text(name: name).key])
  }

  private func texts(_ cause: Cause) -> [String] { cause.steps.map { "\($0.key)" } }

  private func key(_ rule: some Rule) throws -> String { "\(try rule.key)" }

  @Test func leadsDownToTheInputThatDiffers() async throws {
    let notebook = Notebook(["a": "1 b", "b": "2 c", "c": "3", "d": "4"])
    let engine = try engine(notebook)
    #expect(try await engine.value(of: Sum(name: "a")) == 6)
    #expect(try await engine.causeOfStaleness(of: Sum(name: "a")).steps.isEmpty)

    _ = notebook.takeRan()
    try await edit(notebook, "c", "5", engine)
    let way = try [
      key(Sum(name: "b")), key(Sum(name: "c")), key(Stripped(name: "c")), key(Text(name: "c")),
    ]
    #expect(try await texts(engine.causeOfStaleness(of: Sum(name: "a"))) == way)
    #expect(notebook.takeRan() == ["stripped c"], "nothing expensive ran")

    #expect(try await engine.value(of: Sum(name: "a")) == 8)
    #expect(try await texts(engine.causeOfLastRun(Sum(name: "a"))) == way)
    #expect(try await engine.causeOfStaleness(of: Sum(name: "a")).steps.isEmpty)
  }

  @Test func isNoneWhereTheChangeStopsOnTheWay() async throws {
    let notebook = Notebook(["a": "1 b", "b": "2"])
    let engine = try engine(notebook)
    _ = try await engine.value(of: Sum(name: "a"))
    try await edit(notebook, "b", "2#a comment", engine)
    #expect(try await engine.causeOfStaleness(of: Sum(name: "a")).steps.isEmpty)
    #expect(try await engine.causeOfLastRun(Sum(name: "a")).steps.isEmpty, "it was never built before")
  }

  @Test func endsWhereWhatWasReadThenIsNotKept() async throws {
    let notebook = Notebook(["a": "1 b", "b": "2"])
    let engine = try engine(notebook)
    _ = try await engine.value(of: Sum(name: "a"))
    try await edit(notebook, "b", "3", engine)
    _ = try await engine.value(of: Sum(name: "a"))
    try await edit(notebook, "b", "4", engine)
    _ = try await engine.value(of: Sum(name: "b"))
    // of the run of a, which read 3, only the first step is known; the staleness has all
    #expect(try await texts(engine.causeOfLastRun(Sum(name: "a"))) == [key(Sum(name: "b"))])
    let steps = try await engine.causeOfStaleness(of: Sum(name: "a")).steps
    #expect(
      try steps.map { "\($0.key)" } == [key(Sum(name: "b")), key(Stripped(name: "b")), key(Text(name: "b"))])
    #expect(steps.first?.old != steps.first?.new && steps.first?.new != nil)
  }

  @Test func ofAFailureIsWhatChangedSince() async throws {
    let notebook = Notebook(["a": "#nothing"])
    let engine = try engine(notebook)
    await #expect(throws: (any Error).self) { try await engine.value(of: Sum(name: "a")) }
    #expect(try await engine.causeOfStaleness(of: Sum(name: "a")).steps.isEmpty)
    try await edit(notebook, "a", "1", engine)
    #expect(
      try await texts(engine.causeOfStaleness(of: Sum(name: "a")))
        == [key(Stripped(name: "a")), key(Text(name: "a"))])
  }
}
