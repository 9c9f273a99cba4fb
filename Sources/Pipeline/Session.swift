import AzureLinux
import Foundation
import Incremental
import Synchronization

/// What a session tells the terminal while it works.
package enum SessionEvent: Sendable {
  case started(spec: String, reason: String)
  case finished(BuildReport.Build)
  case failed(BuildReport.Build, any Error)
  /// A verdict; one that is remembered was given by an earlier run, and nothing that it read has changed.
  case checked(spec: String, CheckOutcome, isRemembered: Bool)
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
  /// Options of the request that the command which repeats one of its builds needs too.
  package var again: [String] = []
  /// Built even if nothing changed, and not taken from the store.
  package var forced: Set<SpecLocation> = []
  /// Seconds that it may take, as far as durations tell; what does not fit is listed, not built.
  package var budget: Double?
  /// Builds at once, for that.
  package var jobs = 1
  package init() {}
}

/// One workspace at work: names to specs, goals to builds, and dependents as far as outputs differ.
package final class Session: Sendable {
  package let engine: Engine<World>
  package let index: TreeIndex
  let book: BuildBook
  let lastReads = Mutex<(digest: Digest?, reads: [String: [String]])?>(nil)

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

  /// A spec by its id or its path in the tree, or by the name of a package that it makes.
  package func locate(_ name: String) async throws -> SpecLocation {
    let specs = try await specs()
    if let spec = specs.first(where: { $0.id == name }) ?? SpecPath.spec(name, among: specs) { return spec }
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
    book.begin(again: options.again)
    let extent = try await counting(goals, in: options.extent)
    var schedule = try await schedule(
      goals, extent: extent, durations: options.durations, forced: options.forced)
    if options.budget != nil {
      let fitting = fitting(schedule, nearest: schedule.graph.order, options, since: clock)
      schedule = try await self.schedule(fitting, extent: extent, durations: options.durations)
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
  func run(_ schedule: Schedule, stopsOnFailure: Bool) async throws {
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
  func fitting(
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
    // a reason that cannot be had is none
    for spec in (try? await builtOtherwise(schedule)) ?? [] { book.because(spec, ReasonText.otherwise) }
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
            let isRemembered = try await engine.staleness(of: rule) == .upToDate
            book.checked(spec.id, try await engine.value(of: rule), isRemembered: isRemembered)
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
}
