import AzureLinux
import Foundation
import Incremental

/// The index of the whole tree, brought up to date by the engine: only specs that may read differently now are asked
/// for, whether that is one or all of them.
package actor TreeIndex {
  private let engine: Engine<World>
  private var index: DependencyIndex?
  private var known: [SpecLocation] = []
  private var there: Set<String> = []
  /// Asked for and not yet taken: an ended question leaves its work to the next.
  private var pending: Set<String> = []

  init(engine: Engine<World>) { self.engine = engine }

  /// How many specs had to be looked at.
  @discardableResult
  package func bringUpToDate() async throws -> Int {
    let specs = try await engine.world.tree.specs()
    try await load()
    guard let index else { return 0 }
    if known != specs {
      known = specs
      there = Set(specs.map(\.path))
      let before = Set(index.paths)
      pending.formUnion(there.subtracting(before))
      try await forget(before.subtracting(there), index)
    }
    pending.formUnion(try await engine.suspects(kind: ParsedSpec.kind))
    pending.formIntersection(there)
    let count = pending.count
    while !pending.isEmpty {
      // some hundreds at a time: the workers have enough to do, and memory stays what it is
      let part = pending.sorted().prefix(256)
      for info in try await parse(part.map { SpecLocation(path: $0) }) { index.update(info) }
      pending.subtract(part)
    }
    try await complete(index)
    return count
  }

  private func forget(_ gone: Set<String>, _ index: DependencyIndex) async throws {
    guard !gone.isEmpty else { return }
    for path in gone { index.remove(spec: SpecLocation(path: path).id, at: path) }
    try await engine.forget(
      gone.flatMap { [Key(kind: ParsedSpec.kind, parameters: $0), Key(kind: SpecTree.kind, parameters: $0)] })
  }

  private func parse(_ specs: [SpecLocation]) async throws -> [SpecInfo] {
    try await withThrowingTaskGroup(of: SpecInfo.self) { group in
      for spec in specs { group.addTask { [engine] in try await engine.info(of: spec) } }
      var found: [SpecInfo] = []
      for try await info in group { found.append(info) }
      return found
    }
  }

  /// Once; what may have changed since is looked at by `bringUpToDate`.
  package func load() async throws {
    guard index == nil else { return }
    let loaded = DependencyIndex(
      matching: engine.world.matching, facts: try await engine.world.packages.facts())
    let values = try await engine.values(kind: ParsedSpec.kind)
    for value in values { loaded.update(try SpecInfo(packed: value)) }
    index = loaded
  }

  /// Asks the published metadata about names that nobody needed or made before.
  private func complete(_ index: DependencyIndex) async throws {
    let (packages, names) = index.unasked
    guard !packages.isEmpty || !names.isEmpty else { return index.allAsked() }
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

extension Engine<World> {
  /// One that ends its parser is a spec without packages and with a finding; the next start tries it again.
  func info(of spec: SpecLocation) async throws -> SpecInfo {
    do {
      return try await value(of: ParsedSpec(spec: spec))
    } catch let error as any Failure where error.exitCode == .invalidInput {
      return SpecInfo(unparsed: spec, because: error.message)
    }
  }
}
