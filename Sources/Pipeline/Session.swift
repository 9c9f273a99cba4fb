import AzureLinux
import Foundation
import Incremental
import Synchronization

/// What a session tells the terminal while it works.
package enum SessionEvent: Sendable {
  case started(spec: String, reason: String)
  case finished(BuildReport.Build)
  case failed(BuildReport.Build, any Error)
  case checked(spec: String, CheckOutcome)
  case cutOff(BuildReport.CutOff)
  case verified(BuildReport.Verified)
}

/// How far reverse dependencies are followed.
package enum Dependents: Sendable, Hashable {
  case none
  case levels(Int)
  case all

  var limit: Int {
    switch self {
    case .none: 0
    case .levels(let count): count
    case .all: .max
    }
  }
}

/// One workspace at work: names to specs, goals to builds, and dependents as far as outputs differ.
package final class Session: Sendable {
  package let engine: Engine<World>
  package let index: TreeIndex
  private let book: BuildBook
  private let lastReads = Mutex<(digest: Digest?, reads: [String: [String]])?>(nil)

  package init(
    world: World, store: TraceStore, index file: IndexFile?,
    report: @escaping @Sendable (SessionEvent) -> Void
  ) {
    let book = BuildBook(report: report)
    self.book = book
    engine = Engine(world: world, store: store, rules: PipelineRules.all) { book.note($0) }
    index = TreeIndex(engine: engine, file: file)
  }

  // MARK: names

  package func specs() async throws -> [SpecLocation] { try await engine.world.tree.specs() }

  /// A spec by its id, or by the name of a package that it makes.
  package func locate(_ name: String) async throws -> SpecLocation {
    let specs = try await specs()
    if let spec = specs.first(where: { $0.id == name }) { return spec }
    if let source = try await engine.world.packages.source(ofPackage: name),
      let spec = specs.first(where: { $0.id == source })
    {
      return spec
    }
    let changed = try await engine.value(of: ChangedSpecs())
    for spec in changed {
      let info = try await engine.value(of: ParsedSpec(spec: spec))
      if info.packages.contains(where: { $0.nevra.name == name }) { return spec }
    }
    throw PipelineError.unknownSpec(name, nearest: nearestNames(to: name, in: specs.map(\.id)))
  }

  // MARK: building

  /// Builds the goals and the changed specs that they need, then dependents while outputs differ.
  ///
  /// - Parameters:
  ///   - limit: dependents built at most; the rest is listed as cut off.
  ///   - check: also run `%check` of the goals.
  ///   - verify: build dependents that were left as they are once more, and compare.
  package func build(
    _ goals: [SpecLocation], dependents: Dependents = .none, limit: Int = .max, check: Bool = false,
    verify: Bool = false
  ) async throws -> BuildReport {
    let clock = ContinuousClock.now
    book.begin()
    await build(all: goals.map { Build(spec: $0) })
    try Task.checkCancellation()
    if check { await self.check(goals) }
    try Task.checkCancellation()
    if dependents != .none && !book.hasFailed {
      let left = try await buildDependents(of: goals, dependents, limit)
      try Task.checkCancellation()
      if verify { try await self.verify(left) }
    }
    try Task.checkCancellation()
    let seconds = Double((ContinuousClock.now - clock) / .milliseconds(1)) / 1000
    return book.report(goals: goals.map(\.id), seconds: seconds)
  }

  /// Side by side; failures are in the book.
  private func build(all rules: [Build]) async {
    await withTaskGroup(of: Void.self) { group in
      for rule in rules {
        group.addTask { [engine, book] in
          do {
            book.holds(try await engine.value(of: rule))
          } catch let error as EngineError {
            book.failed(rule.spec.id, Self.explained(error))
          } catch is CancellationError {
            return
          } catch {
            book.failed(rule.spec.id, error)
          }
        }
      }
    }
  }

  private func check(_ goals: [SpecLocation]) async {
    for spec in goals where !book.hasFailed(spec.id) {
      do {
        book.checked(spec.id, try await engine.value(of: Check(spec: spec)))
      } catch let error where !(error is CancellationError) {
        book.failed(spec.id, (error as? EngineError).map(Self.explained) ?? error)
      } catch {
        return
      }
    }
  }

  private static func explained(_ error: EngineError) -> any Error {
    guard case .cycle(let keys) = error else { return error }
    let specs = keys.filter { $0.kind == Build.kind }.compactMap {
      try? JSONDecoder().decode(Build.self, from: Data($0.parameters.utf8)).spec.id
    }
    return PipelineError.circle(specs)
  }

  /// - Returns: the builds that were found to be needless.
  private func buildDependents(
    of goals: [SpecLocation], _ dependents: Dependents, _ limit: Int
  ) async throws -> [Build] {
    book.follow(try await engine.value(of: Cutoff()))
    let specs = try await specs()
    let byID = Dictionary(specs.map { ($0.id, $0) }) { first, _ in first }
    try await index.bringUpToDate()
    let changed = Set(try await engine.value(of: ChangedSpecs()))
    var seen = Set(goals.map(\.id))
    var rebuilt: Set<String> = []
    var frontier = goals.map(\.id)
    var left: [Build] = []
    var level = 0
    var count = 0
    while !frontier.isEmpty && level < dependents.limit {
      level += 1
      let reached = await index.reach(from: frontier, levels: 1).specs.filter {
        seen.insert($0.spec).inserted
      }
      var rules: [Build] = []
      for step in reached {
        guard let spec = byID[step.spec] else { continue }
        let rule = Build(spec: spec, rebuilt: try await rebuiltBelow(spec, among: rebuilt.sorted()))
        if let because = try await reasonToStay(rule, isChanged: changed.contains(spec)) {
          book.cutOff(spec: step.spec, because: because)
          left.append(rule)
        } else if count >= limit {
          book.cutOff(spec: step.spec, because: "not queued: \(limit) builds at most after one change")
        } else {
          count += 1
          book.because(step.spec, step.reason)
          rules.append(rule)
        }
      }
      await build(all: rules)
      try Task.checkCancellation()
      left += rules.filter { !book.hasFailed($0.spec.id) && !book.wasBuilt($0.spec.id) }
      frontier = []
      guard level < dependents.limit else { break }
      for rule in rules where !book.hasFailed(rule.spec.id) {
        guard try await goesOn(rule, seen) else { continue }
        frontier.append(rule.spec.id)
        if !changed.contains(rule.spec) { rebuilt.insert(rule.spec.id) }
      }
    }
    return left
  }

  /// Empty where no root can be planned: the build meets the same error and reports it with its place.
  private func rebuiltBelow(_ spec: SpecLocation, among rebuilt: [String]) async throws -> [String] {
    guard !rebuilt.isEmpty else { return [] }
    do { return try await engine.value(of: RebuiltBelow(spec: spec, among: rebuilt)) } catch let error
      where !(error is CancellationError)
    {
      return []
    }
  }

  /// Whether those that build with a dependent have to be looked at: they are there, and it is not what is published.
  private func goesOn(_ rule: Build, _ seen: Set<String>) async throws -> Bool {
    let users = await index.reach(from: [rule.spec.id], levels: 1).specs
    guard users.contains(where: { !seen.contains($0.spec) }) else { return false }
    let published = try await engine.value(of: PublishedInterface(spec: rule.spec))
    return published != (try await engine.value(of: Interface(spec: rule.spec, rebuilt: rule.rebuilt)))
  }

  /// Why a dependent that was never built here need not be: all packages built here that its root would hold are
  /// equal to published ones, with which the published dependent was built.
  private func reasonToStay(_ rule: Build, isChanged: Bool) async throws -> String? {
    guard !isChanged, try await engine.remembered(rule)?.value == nil else { return nil }
    let plan: BuildRootPlan
    let root: SettledRoot
    do {
      plan = try await engine.value(of: PlannedRoot(spec: rule.spec, rebuilt: rule.rebuilt))
      root = try await engine.value(of: BuildRoot(spec: rule.spec, rebuilt: rule.rebuilt))
    } catch let error where !(error is CancellationError) {
      return nil  // the build meets the same error and reports it with its place
    }
    guard !root.extra.contains(where: { if case .built = $0 { true } else { false } }) else { return nil }
    let names = plan.localSpecs.joined(separator: ", ")
    if names.isEmpty { return "its build root holds nothing that was built here" }
    return try await engine.value(of: Cutoff()) == .interface
      ? "\(names): to other builds the same as published" : "\(names): same as published"
  }

  /// Builds what was left as it is once more, and compares what comes out with what stands for it.
  private func verify(_ left: [Build]) async throws {
    book.beginVerifying()
    for rule in left.sorted(by: { $0.spec.id < $1.spec.id }) {
      let kept = try await kept(rule)
      do {
        let now = try await engine.value(of: Trial(spec: rule.spec, rebuilt: rule.rebuilt))
        let contents = Dictionary(now.map { ($0.nevra, $0.content) }) { first, _ in first }
        let differs = Set(kept.keys).union(contents.keys).filter { kept[$0] != contents[$0] }
        book.verified(.init(spec: rule.spec.id, differs: differs.map(\.description).sorted()))
      } catch let error where !(error is CancellationError) {
        book.verified(.init(spec: rule.spec.id, failure: BuildBook.trouble(error)))
      }
      try Task.checkCancellation()
    }
  }

  /// The packages that stand for a dependent: those last built here, or the published ones.
  private func kept(_ rule: Build) async throws -> [NEVRA: Digest] {
    var packages = try await engine.value(of: PublishedInterface(spec: rule.spec, isExact: true))?.packages
    if let value = try await engine.remembered(rule)?.value {
      packages = PackageInterface(of: try Build.decode(value)).packages
    }
    return Dictionary((packages ?? []).map { ($0.nevra, $0.content) }) { first, _ in first }
  }

  // MARK: affected

  package func parsed(_ specs: [SpecLocation]) async throws -> [SpecInfo] {
    var infos: [SpecInfo] = []
    for start in stride(from: 0, to: specs.count, by: 128) {
      let part = specs[start..<min(start + 128, specs.count)]
      infos += try await withThrowingTaskGroup(of: (Int, SpecInfo).self) { group in
        for (position, spec) in part.enumerated() {
          group.addTask { [engine] in (position, try await engine.info(of: spec)) }
        }
        var results: [(Int, SpecInfo)] = []
        for try await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
      }
    }
    return infos
  }

  /// Specs that read the version of one of these, where it moved.
  package func readers(of edited: [SpecLocation]) async throws -> [SpecLocation] {
    edited.isEmpty ? [] : try await engine.value(of: ReadersOfMoved(edited: edited))
  }

  /// The specs that differ from the baseline, or read the version of one that does.
  package func changed() async throws -> [SpecLocation] { try await engine.value(of: ChangedSpecs()) }

  /// What these specs reach; the nearest `limit` of them described.
  package func affected(
    _ changed: [SpecLocation], levels: Int = .max, described limit: Int = .max
  ) async throws -> (reach: Reach, specs: [AffectedReport.Spec]) {
    guard !changed.isEmpty else { return (Reach(), []) }
    try await index.bringUpToDate()
    return await index.reach(from: changed.map(\.id), levels: levels, described: limit)
  }

  // MARK: looking

  /// Compares the whole tree, and what else may differ, with what the store remembers. The beginning of a session.
  ///
  /// - Parameters:
  ///   - indexed: the index will be asked; it is loaded meanwhile.
  ///   - look: at the whole tree, under way.
  package func open(indexed: Bool = false, after look: Task<Set<String>, any Error>) async throws {
    async let loaded: Void = indexed ? index.load() : ()
    _ = try await look.value
    try await compare()
    try await loaded
  }

  private func compare() async throws {
    let now = try await engine.world.tree.digest().hex
    let outside: Set<Key> = [
      try Changes().key, try RepositoryState().key, try MacroSet().key, try Identity().key,
      try SourceHandling().key, try Cutoff().key,
    ]
    guard try await engine.seen() != now else {
      try await engine.lookAgain(at: outside)
      return
    }
    try await engine.see(nil)
    let stored = try await engine.digests(kind: SpecTree.kind)
    let digests = try await engine.world.tree.digests()
    var edited: [SpecLocation] = []
    for spec in try await specs() {
      guard let digest = stored[spec.path], let now = digests[spec.directory],
        digest != (try SpecTree.digest(of: now))
      else { continue }
      edited.append(spec)
    }
    let inputs = try await treeInputs(edited, areSpecsTheSame: false)
    try await engine.lookAgain(at: inputs.union(outside))
    try await engine.see(now)
  }

  /// Looks again at what may have changed: files and folders relative to the tree; nil for everything.
  package func lookAgain(at paths: Set<String>?) async throws {
    let before = try await specs()
    let directories = try await engine.world.tree.look(at: paths)
    guard !directories.isEmpty else {
      // what is as it was may have been something else for a moment, just when git read it
      try await engine.lookAgain(at: [try Changes().key])
      return
    }
    try await engine.see(nil)
    let now = try await specs()
    var edited: [SpecLocation] = []
    for directory in directories.sorted() { edited += try await engine.world.tree.specs(in: directory) }
    var inputs = try await treeInputs(edited, in: directories, areSpecsTheSame: before == now)
    if try await engine.world.specs.haveMacros(directories) { inputs.insert(try MacroSet().key) }
    try await engine.lookAgain(at: inputs)
    // git is asked while the specs are parsed; what fails there fails again where it is needed
    async let parsed = try? index.bringUpToDate()
    try await engine.lookAgain(at: [try Changes().key])
    _ = await parsed
  }

  /// - Parameter directories: the only ones that differ; nil where that is not known.
  private func treeInputs(
    _ edited: [SpecLocation], in directories: Set<String>? = nil, areSpecsTheSame: Bool
  ) async throws -> Set<Key> {
    var inputs = Set(try edited.map { try SpecTree(spec: $0).key })
    if !areSpecsTheSame {
      inputs.insert(try SpecList().key)
      for directory in try await engine.digests(kind: SpecsIn.kind).keys {
        inputs.insert(try SpecsIn(directory: directory).key)
      }
      for name in try await engine.digests(kind: SpecSpelled.kind).keys {
        inputs.insert(try SpecSpelled(name: name).key)
      }
    }
    if try await moveVersionReads(edited, areSpecsTheSame) { inputs.insert(try VersionReads().key) }
    let included = try await engine.digests(kind: IncludedFile.kind).keys
    var untouched: Set<String> = []
    if let directories {
      untouched = await engine.world.tree.seen(Set(included.map(PackageDirectory.of))).subtracting(
        directories)
    }
    for path in included where !untouched.contains(PackageDirectory.of(path)) {
      inputs.insert(try IncludedFile(path: path).key)
    }
    return inputs
  }

  /// As the engine remembers them, decoded once.
  private func versionReads() async throws -> [String: [String]]? {
    guard let trace = try await engine.remembered(VersionReads()), let value = trace.value else { return nil }
    if let last = lastReads.withLock({ $0 }), last.digest == trace.digest { return last.reads }
    let reads = try VersionReads.decode(value)
    lastReads.withLock { $0 = (trace.digest, reads) }
    return reads
  }

  /// The table of who reads whose version is made from all texts; an edit moves what one spec has in it.
  /// - Returns: whether it differs.
  private func moveVersionReads(_ edited: [SpecLocation], _ areSpecsTheSame: Bool) async throws -> Bool {
    guard let known = try await versionReads() else { return false }
    var reads = known
    var isMoved = false
    for spec in edited {
      let names = await engine.world.specs.versionReads(of: spec)
      guard names != known[spec.path] ?? [] else { continue }
      reads[spec.path] = names.isEmpty ? nil : names
      isMoved = true
    }
    if !areSpecsTheSame {
      let there = Set(try await specs().map(\.path))
      reads = reads.filter { there.contains($0.key) }
      isMoved = reads != known
    }
    guard isMoved else { return false }
    await engine.world.specs.take(versionReads: reads)
    return true
  }
}
