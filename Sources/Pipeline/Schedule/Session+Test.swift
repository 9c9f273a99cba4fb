import AzureLinux
import Incremental

extension Session {
  /// Runs `%check` of each goal in a root of its own, side by side. Specs that a root holds are built first.
  ///
  /// - Parameter rerun: also where the verdict of the same inputs is known.
  package func test(
    _ goals: [SpecLocation], options: BuildOptions = BuildOptions(), rerun: Bool = false
  ) async throws -> TestReport {
    let clock = ContinuousClock.now
    begin()
    let schedule = try await schedule(
      goals, extent: try await counting(goals, in: options.extent), durations: options.durations)
    await expect(schedule)
    let tests = try await withThrowingTaskGroup(of: TestReport.Test.self) { group in
      for spec in goals {
        let rule = Check(spec: spec, extent: schedule.rule(spec).extent)
        if rerun { try await engine.force(rule) }
        let isRemembered = try await engine.staleness(of: rule) == .upToDate
        group.addTask { try await self.test(rule, isRemembered: isRemembered) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    return TestReport(
      goals: goals.map(\.id), seconds: (ContinuousClock.now - clock) / .seconds(1),
      tests: tests.sorted { $0.spec < $1.spec })
  }

  private func test(_ rule: Check, isRemembered: Bool) async throws -> TestReport.Test {
    let spec = rule.spec.id
    do {
      let outcome = try await engine.value(of: rule)
      tell(.checked(spec: spec, outcome, isRemembered: isRemembered))
      return TestReport.Test(
        spec: spec, verdict: TestReport.Verdict(outcome.verdict), seconds: outcome.seconds,
        isRemembered: isRemembered, log: outcome.log.isEmpty ? nil : outcome.log, failure: outcome.failure)
    } catch let error where !(error is CancellationError) {
      return tellFailure(of: spec, error)
    }
  }
}

extension TestReport.Verdict {
  init(_ verdict: CheckVerdict) {
    self =
      switch verdict {
      case .passed: .passed
      case .failed: .failed
      case .notRun: .notRun
      case .noMarker: .noMarker
      }
  }
}
