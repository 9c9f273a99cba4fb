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
  /// Specs that need each other, and what becomes of that.
  case circle(BuildReport.Circle)
}

/// How a request is built.
package struct BuildOptions: Sendable {
  package var extent = Extent()
  /// For the order, and for estimates.
  package var durations = Durations()
  /// Nothing new is started once a build has failed.
  package var stopsOnFailure = false
  /// Built even if nothing changed, and not taken from the store.
  package var forced: Set<SpecLocation> = []
  /// Seconds that it may take, as far as durations tell; what does not fit is listed, not built.
  package var budget: Double?
  /// Builds at once, for that.
  package var jobs = 1
  package init() {}
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
    if let subject = try await index.ask({ try? $0.subject(name) }), subject.kind == .package,
      let spec = specs.first(where: { subject.specs.contains($0.id) })
    {
      return spec
    }
    throw PipelineError.unknownSpec(name, nearest: nearestNames(to: name, in: specs.map(\.id)))
  }

  // MARK: building

  /// Builds the goals and the specs that they need, then dependents while outputs differ.
  ///
  /// - Parameters:
  ///   - limit: dependents built at most; the rest is listed as cut off.
  ///   - check: also run `%check` of the goals.
  ///   - verify: build dependents that were left as they are once more, and compare.
  package func build(
    _ goals: [SpecLocation], dependents: Dependents = .none, limit: Int = .max, check: Bool = false,
    verify: Bool = false, options: BuildOptions = BuildOptions()
  ) async throws -> BuildReport {
    let clock = ContinuousClock.now
    book.begin()
    var schedule = try await schedule(
      goals, extent: options.extent, durations: options.durations, forced: options.forced)
    if options.budget != nil {
      let fitting = fitting(schedule, nearest: schedule.graph.order, options, since: clock)
      schedule = try await self.schedule(fitting, extent: options.extent, durations: options.durations)
    }
    try await run(schedule, stopsOnFailure: options.stopsOnFailure)
    if check { await self.check(schedule) }
    try Task.checkCancellation()
    if dependents != .none && !book.hasFailed {
      let left = try await buildDependents(of: schedule, dependents, limit, options, since: clock)
      try Task.checkCancellation()
      if verify { try await self.verify(left) }
    }
    try Task.checkCancellation()
    let seconds = Double((ContinuousClock.now - clock) / .milliseconds(1)) / 1000
    return book.report(goals: goals.map(\.id), seconds: seconds)
  }

  /// All builds of a schedule, side by side; failures are in the book. Each is asked for by itself: what does not
  /// wait for a failed one is built nevertheless.
  private func run(_ schedule: Schedule, stopsOnFailure: Bool) async throws {
    await expect(schedule)
    for (spec, error) in schedule.failures.sorted(by: { $0.key < $1.key }) { book.failed(spec, error) }
    let specs = try await specs().filter {
      schedule.graph.needs[$0.id] != nil && schedule.failures[$0.id] == nil
    }
    await withTaskGroup(of: Bool.self) { group in
      for spec in specs {
        group.addTask { await self.build(schedule.rule(spec), isGoal: schedule.goals.contains(spec)) }
      }
      for await isDone in group where !isDone && stopsOnFailure { await engine.world.builder.stop() }
    }
    try Task.checkCancellation()
    if stopsOnFailure { book.stopped(schedule.graph.order.filter { schedule.reasons[$0] != nil }) }
  }

  /// Goals that end within what is left of the budget, nearest first; the others are in the book.
  private func fitting(
    _ schedule: Schedule, nearest: [String], _ options: BuildOptions, since start: ContinuousClock.Instant
  ) -> [SpecLocation] {
    let budget = options.budget ?? .infinity
    let fitting = schedule.order.fitting(
      nearest, of: schedule.graph, jobs: options.jobs,
      budget: budget - (ContinuousClock.now - start) / .seconds(1), durations: options.durations)
    for spec in schedule.goals where !fitting.contains(spec.id) {
      book.cutOff(spec: spec.id, because: "queued: it does not fit into the \(Int(budget)) s of --budget")
    }
    return schedule.goals.filter { fitting.contains($0.id) }
  }

  /// Makes a build run at its next need, and really build.
  package func force(_ build: Build) async throws {
    try await engine.force(build)
    await engine.world.builder.renew([build.spec.id])
  }

  private func build(_ rule: Build, isGoal: Bool) async -> Bool {
    do {
      let package = try await engine.value(of: rule)
      if isGoal { book.holds(package) }
      return true
    } catch let error as EngineError {
      book.failed(rule.spec.id, Self.explained(error))
    } catch is CancellationError {
    } catch {
      book.failed(rule.spec.id, error)
    }
    return false
  }

  // MARK: for tests alone

  func begin() { book.begin() }
  func tell(_ event: SessionEvent) { book.tell(event) }

  func expect(_ schedule: Schedule) async {
    book.expect(schedule)
    await engine.world.builder.expect(schedule.order)
  }

  /// A test that came to no verdict.
  func tellFailure(of spec: String, _ error: any Error) -> TestReport.Test {
    let error = (error as? EngineError).map(Self.explained) ?? error
    let build = book.fail(spec, error)
    return TestReport.Test(
      spec: spec, verdict: build?.result == .blocked ? .blocked : .error, seconds: build?.seconds ?? 0,
      log: build?.failure?.file, failure: build?.failure)
  }

  /// Of goals that were built.
  private func check(_ schedule: Schedule) async {
    await withTaskGroup(of: Void.self) { group in
      for spec in schedule.goals where !book.hasFailed(spec.id) {
        group.addTask { [engine, book] in
          do {
            let rule = Check(spec: spec, extent: schedule.rule(spec).extent)
            book.checked(spec.id, try await engine.value(of: rule))
          } catch is CancellationError {
          } catch {
            book.failed(spec.id, (error as? EngineError).map(Self.explained) ?? error)
          }
        }
      }
    }
  }

  private static func explained(_ error: EngineError) -> any Error {
    guard case .cycle(let keys) = error else { return error }
    let specs = keys.filter { $0.kind == Build.kind }.compactMap {
      try? JSONDecoder().decode(Build.self, from: Data($0.parameters.utf8)).spec.id
    }
    return PipelineError.circle(BuildReport.Circle(specs: specs, path: [], isBroken: false))
  }

  /// - Returns: the builds that were found to be needless.
  private func buildDependents(
    of done: Schedule, _ dependents: Dependents, _ limit: Int, _ options: BuildOptions,
    since start: ContinuousClock.Instant
  ) async throws -> [Build] {
    book.follow(try await engine.value(of: Cutoff()))
    let goals = done.goals
    let specs = try await specs()
    let byID = Dictionary(specs.map { ($0.id, $0) }) { first, _ in first }
    try await index.bringUpToDate()
    let changed = Set(try await engine.value(of: ChangedSpecs()))
    var seen = Set(goals.map(\.id))
    var extent = done.extent
    let ignored = Set(extent.ignored)
    var frontier = goals.map(\.id)
    var left: [Build] = []
    var level = 0
    var count = 0
    while !frontier.isEmpty && level < dependents.limit {
      level += 1
      let reached = await index.reach(from: frontier, levels: 1).specs.filter {
        seen.insert($0.spec).inserted && !ignored.contains($0.spec)
      }
      var next: [SpecLocation] = []
      for step in reached {
        guard let spec = byID[step.spec] else { continue }
        let rule = Build(spec: spec, extent: try await narrowed(extent, for: spec))
        if let because = try await reasonToStay(rule, isChanged: changed.contains(spec)) {
          book.cutOff(spec: step.spec, because: because)
          left.append(rule)
        } else if count >= limit {
          book.cutOff(spec: step.spec, because: "not queued: \(limit) builds at most after one change")
        } else {
          count += 1
          book.because(step.spec, step.reason)
          next.append(spec)
        }
      }
      var schedule = try await schedule(next, extent: extent, durations: options.durations)
      if options.budget != nil {
        next = fitting(schedule, nearest: next.map(\.id), options, since: start)
        schedule = try await self.schedule(next, extent: extent, durations: options.durations)
      }
      try await run(schedule, stopsOnFailure: options.stopsOnFailure)
      extent = schedule.extent
      let rules = next.map(schedule.rule).filter { !book.hasFailed($0.spec.id) }
      left += rules.filter { !book.wasBuilt($0.spec.id) }
      frontier = []
      guard level < dependents.limit else { break }
      for rule in rules where try await goesOn(rule, seen) { frontier.append(rule.spec.id) }
      if !frontier.isEmpty { extent.rebuilt.append(frontier.sorted()) }
    }
    return left
  }

  /// An extent without what cannot be in the root of this spec. Nothing is left where no root can be planned: the build
  /// meets the same error and reports it with its place.
  func narrowed(_ extent: Extent, for spec: SpecLocation) async throws -> Extent {
    guard !extent.rebuilt.isEmpty else { return extent }
    do {
      return extent.keeping(try await engine.value(of: RebuiltBelow(spec: spec, extent: extent)))
    } catch let error where !(error is CancellationError) {
      return extent.keeping([])
    }
  }

  /// Whether those that build with a dependent have to be looked at: they are there, and it is not what is published.
  private func goesOn(_ rule: Build, _ seen: Set<String>) async throws -> Bool {
    let users = await index.reach(from: [rule.spec.id], levels: 1).specs
    guard users.contains(where: { !seen.contains($0.spec) }) else { return false }
    let published = try await engine.value(of: PublishedInterface(spec: rule.spec))
    return published != (try await engine.value(of: Interface(spec: rule.spec, extent: rule.extent)))
  }

  /// Why a dependent that was never built here need not be: all packages built here that its root would hold are
  /// equal to published ones, with which the published dependent was built.
  private func reasonToStay(_ rule: Build, isChanged: Bool) async throws -> String? {
    guard !isChanged, try await engine.remembered(rule)?.value == nil else { return nil }
    let plan: BuildRootPlan
    let root: SettledRoot
    do {
      plan = try await engine.value(of: PlannedRoot(spec: rule.spec, extent: rule.extent))
      root = try await engine.value(of: BuildRoot(spec: rule.spec, extent: rule.extent))
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
        let now = try await engine.value(of: Trial(spec: rule.spec, extent: rule.extent))
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
