import AzureLinux
import Foundation
import Incremental

/// The index of the whole tree, brought up to date by the engine: only specs that may read differently now are asked
/// for, whether that is one or all of them.
package actor TreeIndex {
  private let engine: Engine<World>
  private let file: IndexFile?
  private var index: DependencyIndex?
  /// Up to where the store's values are in the index.
  private var stamp: Int64 = 0
  /// Of the file, as it was read or written.
  private var sum: Digest?
  private var known: [SpecLocation] = []
  private var there: Set<String> = []
  /// Asked for and not yet taken: an ended question leaves its work to the next.
  private var pending: Set<String> = []
  /// Updates after which the file is written anew. It costs some milliseconds, at first only.
  private var limit = 32

  init(engine: Engine<World>, file: IndexFile?) {
    self.engine = engine
    self.file = file
  }

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
      let infos = try await parse(part.map { SpecLocation(path: $0) })
      try await giveFacts(index)
      for info in infos { index.update(info) }
      pending.subtract(part)
    }
    // others ask for specs too; whatever the store has taken since counts, whoever asked for it
    try await catchUp(index)
    try await complete(index)
    if index.updates >= limit {
      try await write(index)
      limit = 1024
    }
    return count
  }

  private func write(_ index: DependencyIndex) async throws {
    sum = try await file?.write(index, of: engine.storeID(), stamp: stamp, facts: factsIdentity())
  }

  /// Makes the file what the index is.
  /// - Returns: its sum, and what of the tree was read for it; nil where it cannot be written, or where something is left
  ///   to be found out.
  package func keep() async throws -> (sum: Digest, files: Set<String>, directories: Set<String>)? {
    guard let index, pending.isEmpty,
      there.isDisjoint(with: try await engine.suspects(kind: ParsedSpec.kind))
    else { return nil }
    if index.updates > 0 { try await write(index) }
    guard index.updates == 0, let sum else { return nil }
    return (sum, index.reads.files, index.reads.directories)
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

  // MARK: loading

  /// Once; what may have changed since is looked at by `bringUpToDate`.
  package func load() async throws {
    guard index == nil else { return }
    let kept = try await file?.read(
      of: engine.storeID(), atMost: engine.stamp(), facts: factsIdentity(), matching: engine.world.matching)
    let loaded = kept?.index ?? DependencyIndex(matching: engine.world.matching)
    stamp = kept?.stamp ?? 0
    sum = kept?.sum
    try await catchUp(loaded)
    index = loaded
  }

  /// Takes the values that the store took since.
  private func catchUp(_ index: DependencyIndex) async throws {
    let (values, now) = try await engine.values(kind: ParsedSpec.kind, since: stamp)
    stamp = now
    guard !values.isEmpty else { return }
    try await giveFacts(index)
    for value in values { index.update(try SpecInfo(packed: value)) }
  }

  private func giveFacts(_ index: DependencyIndex) async throws {
    if index.facts == nil { index.take(try await engine.world.packages.facts()) }
  }

  private func factsIdentity() async throws -> String { try await engine.world.packages.factsIdentity() }

  /// Asks the published metadata about names that nobody needed or made before, until nothing new comes of it.
  private func complete(_ index: DependencyIndex) async throws {
    while true {
      let (packages, names) = index.unasked
      guard !packages.isEmpty || !names.isEmpty else { return index.allAsked() }
      let facts = try await engine.world.packages.facts(packages: packages, names: names)
      for path in index.adopt(facts) {
        index.update(try await engine.info(of: SpecLocation(path: path)))
      }
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

  /// Names of what a reach has just found.
  package func packages(of reach: Reach) -> Set<String> { index?.packages(of: reach) ?? [] }

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
