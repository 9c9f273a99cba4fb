import AzureLinux
import Foundation
import Incremental

/// The index of the whole tree, brought up to date by the engine: only specs that may read differently now are asked
/// for, whether that is one or all of them.
package actor TreeIndex {
  private let engine: Engine<World>
  private var index: DependencyIndex?
  private var known: [SpecLocation] = []
  /// Asked for and not yet taken: an ended question leaves its work to the next.
  private var pending: Set<String> = []

  init(engine: Engine<World>) { self.engine = engine }

  /// How many specs had to be looked at.
  @discardableResult
  package func bringUpToDate() async throws -> Int {
    let specs = try await engine.world.tree.specs()
    let isFirst = index == nil
    var stale = Set(try await engine.suspects(kind: ParsedSpec.kind))
    if isFirst || known != specs {
      let there = Set(specs.map(\.path))
      let stored =
        isFirst ? Set(try await engine.digests(kind: ParsedSpec.kind).keys) : Set(known.map(\.path))
      stale = stale.intersection(there).union(there.subtracting(stored))
      try await forget(stored.subtracting(there))
    }
    pending.formUnion(stale)
    let infos = try await parse(pending.sorted().map { SpecLocation(path: $0) })
    if isFirst { try await load() }
    guard let index else { return stale.count }
    for info in infos { index.update(info) }
    pending = []
    known = specs
    try await complete(index)
    return stale.count
  }

  private func forget(_ gone: Set<String>) async throws {
    guard !gone.isEmpty else { return }
    for path in gone { index?.remove(spec: SpecLocation(path: path).id) }
    try await engine.forget(
      gone.flatMap { [Key(kind: ParsedSpec.kind, parameters: $0), Key(kind: SpecTree.kind, parameters: $0)] })
  }

  /// Some hundreds at a time: the workers have enough to do, and memory stays what it is.
  private func parse(_ specs: [SpecLocation]) async throws -> [SpecInfo] {
    var infos: [SpecInfo] = []
    for start in stride(from: 0, to: specs.count, by: 128) {
      let part = specs[start..<min(start + 128, specs.count)]
      let found = try await withThrowingTaskGroup(of: SpecInfo.self) { group in
        for spec in part { group.addTask { [engine] in try await engine.value(of: ParsedSpec(spec: spec)) } }
        var found: [SpecInfo] = []
        for try await info in group { found.append(info) }
        return found
      }
      if index != nil { infos += found }
    }
    return infos
  }

  private func load() async throws {
    let loaded = DependencyIndex(
      matching: engine.world.matching, facts: try await engine.world.packages.facts())
    let values = try await engine.values(kind: ParsedSpec.kind)
    for value in values { loaded.update(try SpecInfo(packed: value)) }
    index = loaded
  }

  /// Asks the published metadata about names that nobody needed or made before.
  private func complete(_ index: DependencyIndex) async throws {
    let (packages, names) = index.unasked
    guard !packages.isEmpty || !names.isEmpty else { return }
    let facts = try await engine.world.packages.facts(packages: packages, names: names)
    let touched = index.adopt(facts)
    for id in touched {
      guard let spec = known.first(where: { $0.id == id }) else { continue }
      index.update(try await engine.value(of: ParsedSpec(spec: spec)))
    }
  }

  // MARK: questions

  /// What these specs reach, with the ways of the nearest.
  package func reach(from changed: [String], levels: Int = .max, described limit: Int = .max) -> (
    reach: Reach, specs: [AffectedReport.Spec]
  ) {
    guard let index else { return (Reach(), []) }
    let reach = index.reach(from: changed, levels: levels)
    return (reach, index.describe(reach, limit: limit))
  }

  /// A question about the graph.
  package func ask<Answer: Sendable>(_ question: @Sendable (DependencyIndex) -> Answer) async throws -> Answer
  {
    try await bringUpToDate()
    guard let index else { throw EngineError.noValue(Key(kind: "index", parameters: "")) }
    return question(index)
  }
}
