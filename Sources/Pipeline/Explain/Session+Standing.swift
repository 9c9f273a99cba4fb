import AzureLinux
import Foundation
import Incremental

/// What stands for a spec that was built here, and whether it still holds.
package struct StandingBuild: Sendable {
  package let rule: Build
  /// Nil where this one was never made.
  package let trace: Trace?
  package let staleness: Staleness

  package var spec: SpecLocation { rule.spec }
  package var built: BuiltPackage? { trace?.value.flatMap { try? Build.decode($0) } }
}

extension Session {
  /// One build of each spec that was built here, by the name of the spec. `status`, `explain` and images go by these.
  package func standingBuilds() async throws -> [StandingBuild] {
    var builds: [SpecLocation: [Build]] = [:]
    for trace in try await engine.remembered(kind: Build.kind) {
      guard let rule = try? Build.restored(from: trace.key.parameters) else { continue }
      builds[rule.spec, default: []].append(rule)
    }
    var standing: [StandingBuild] = []
    for (spec, rules) in builds.sorted(by: { $0.key < $1.key }) {
      standing.append(try await self.standing(of: spec, among: rules))
    }
    return standing
  }

  func standingBuild(of spec: SpecLocation) async throws -> StandingBuild {
    let rules = try await engine.remembered(kind: Build.kind)
      .filter { PipelineRules.spec(of: $0.key) == spec }
      .compactMap { try? Build.restored(from: $0.key.parameters) }
    return try await standing(of: spec, among: rules)
  }

  /// Of the builds of a spec, with other specs rebuilt or not, the one that tells most: the one that `try` asks for,
  /// unless only another holds.
  private func standing(of spec: SpecLocation, among rules: [Build]) async throws -> StandingBuild {
    let plain = try await standing(Build(spec: spec))
    switch plain.staleness {
    case .upToDate, .stale(.failedLastTime): return plain
    default: break
    }
    var first: StandingBuild?
    for rule in rules where rule != plain.rule {
      let other = try await standing(rule)
      if other.staleness == .upToDate { return other }
      first = first ?? other
    }
    return plain.trace == nil ? first ?? plain : plain
  }

  private func standing(_ rule: Build) async throws -> StandingBuild {
    let staleness = try await staleness(of: rule)
    return StandingBuild(rule: rule, trace: try await engine.remembered(rule), staleness: staleness)
  }

  /// As the engine says, where sources that need not be fetched are looked at: they mostly are what they were.
  func staleness(of rule: Build) async throws -> Staleness {
    let staleness = try await engine.staleness(of: rule)
    guard case .possiblyStale(let key) = staleness, key.kind == Sources.kind,
      let info = try? await engine.value(of: ParsedSpec(spec: rule.spec)),
      await engine.world.builder.hasSources(of: info)
    else { return staleness }
    do { _ = try await engine.value(of: Sources(spec: rule.spec)) } catch is CancellationError {
      throw CancellationError()
    } catch {
      // what a build would meet too
      return .stale(.inputChanged(key))
    }
    return try await engine.staleness(of: rule)
  }
}
