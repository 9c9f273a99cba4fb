import AzureLinux
import Foundation
import Images
import Pipeline
import Storage
import Synchronization
import SystemPackage
import Terminal

/// What a good round of a watch ends with: the image refreshed with what was built, and booted.
final class FollowUp: Sendable {
  private struct State {
    /// What the image there was made of.
    var image: ImagePlan?
    var packages: [String] = []
    /// What came up well.
    var booted: ImagePlan?
  }
  private let state = Mutex(State())
  private let bench: Workbench
  private let configuration: FilePath
  private let note: @Sendable (FollowUpEvent) -> Void
  private let report: ActivityReport

  init(
    _ bench: Workbench, configuration: FilePath, report: @escaping ActivityReport,
    note: @escaping @Sendable (FollowUpEvent) -> Void
  ) {
    self.bench = bench
    self.configuration = configuration
    self.report = report
    self.note = note
  }

  /// Fails only when it is cancelled: what goes wrong is told, and the watch goes on.
  func run(_ mode: WatchMode, after built: BuildReport?) async throws {
    guard mode.image || mode.boot else { return }
    guard let plan = try await step(.image, { try await self.refresh() }), mode.boot else { return }
    guard state.withLock({ $0.booted }) != plan else { return }
    _ = try await step(.boot) { try await self.boot(plan, proving: built) }
  }

  private func step<Result>(
    _ kind: FollowUpEvent.Kind, _ body: () async throws -> Result
  ) async throws -> Result? {
    let clock = ContinuousClock.now
    do { return try await body() } catch {
      if Task.isCancelled || error is CancellationError {
        note(.stopped(kind))
        throw CancellationError()
      }
      let failure = error as? any Failure
      let text = failure?.message ?? "\(error)"
      note(
        .failed(
          kind, seconds: (ContinuousClock.now - clock) / .seconds(1),
          lines: text.split(separator: "\n").map(String.init) + (failure?.nextStep.map { [$0] } ?? [])))
      return nil
    }
  }

  /// Nothing, when what would go into it is in it.
  private func refresh() async throws -> ImagePlan {
    let plan = try await bench.planImage(configuration)
    let (known, before) = state.withLock { ($0.image, $0.packages) }
    if known == plan { return plan }
    state.withLock { $0.image = nil }
    note(.started(.image, expected: bench.history.expected(kind: "image")[plan.name]))
    let (manifest, seconds) = try await bench.build(plan, report: report)
    state.withLock { state in
      state.image = plan
      state.packages = manifest.packages
    }
    let fact = seconds == nil ? "\(manifest.name): up to date" : Self.fact(manifest, before: before)
    note(.passed(.image, seconds: seconds ?? 0, fact: fact))
    return plan
  }

  private static func fact(_ manifest: ImageManifest, before: [String]) -> String {
    let count = "\(manifest.name): \(Figure.count(manifest.packages.count, "package"))"
    let new = Set(manifest.packages).subtracting(before).sorted()
    guard !before.isEmpty else { return count }
    return new.isEmpty
      ? "\(count), same versions"
      : "\(count), new: \(new.prefix(3).joined(separator: " "))" + (new.count > 3 ? " …" : "")
  }

  private func boot(_ plan: ImagePlan, proving built: BuildReport?) async throws {
    let folder = bench.workspace.images(config: plan.name)
    var request = try await bench.bootRequest(folder, quick: true)
    let name = Self.packageToProve(built, in: plan)
    request.proof = try await name.asyncMap { try await bench.proof(of: $0) }
    note(.started(.boot, expected: bench.history.expected(kind: "boot")[plan.name]))
    let (report, verdict) = try await bench.boot(request, report: self.report)
    try Task.checkCancellation()
    guard report.result == .passed else {
      return note(
        .failed(
          .boot, seconds: report.seconds,
          lines: verdict.message.split(separator: "\n").map(String.init) + ["console  \(report.console)"]))
    }
    state.withLock { $0.booted = plan }
    var facts = ["direct kernel, \(report.accelerator.rawValue)", "0 failed units"]
    facts.append("\(Figure.count(report.smoke.count, "smoke command")) passed")
    if report.proof != nil, let name { facts.append("\(name) in the guest is the one built here") }
    note(.passed(.boot, seconds: report.seconds, fact: facts.joined(separator: "; ")))
  }

  /// A package of this round that the image holds.
  private static func packageToProve(_ built: BuildReport?, in plan: ImagePlan) -> String? {
    let inside = Set(plan.request.rpms.map(\.digest))
    return (built?.builds ?? []).flatMap(\.rpms).first { inside.contains($0.sha256) }.flatMap { rpm in
      plan.request.rpms.first { $0.digest == rpm.sha256 }?.nevra.name
    }
  }
}
