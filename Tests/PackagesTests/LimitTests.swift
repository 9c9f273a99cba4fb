import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Packages

/// Builds that want more than they may have end with a verdict that names the limit, and leave nothing running.
@Suite(.serialized, .sharedPlace, .enabled(if: DemoMirror.isPresent, "AZL_DEMO_MIRROR names no demo mirror"))
struct LimitTests {
  private let place: Place
  private let base: [RPMFile]
  private static let groups = ControlGroups.find()

  init() throws {
    place = try #require(SharedPlace.current)
    base = try DemoMirror.base()
    try place.write(Greeting.source, to: "greeting.c")
  }

  private func hit(
    _ build: String, _ limits: BuildLimits, groups: ControlGroups = LimitTests.groups
  ) async throws -> (LimitHit, BuildFailure) {
    try place.write(Greeting.spec(build: build), to: "greeting.spec")
    let request = try await place.request(base: base, limits: limits)
    let builder = PackageBuilder(layers: place.layers, groups: groups) { _ in }
    let error = await #expect(throws: PackagesError.self) { try await builder.build(request) }
    guard case .limited(let failure, let hit) = error else { throw try #require(error) }
    #expect(failure.stage == .build)
    #expect(failure.message == hit.text)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.workspace.scratch.string).isEmpty)
    return (hit, failure)
  }

  @Test func aSleeperRunsOutOfTime() async throws {
    let (hit, failure) = try await hit("echo waiting; sleep 1000", BuildLimits(seconds: 2))
    #expect(hit == .time(seconds: 2))
    #expect(failure.lines.first == "out of time: 2 s, [build] timeout")
  }

  @Test func aWriterIsStopped() async throws {
    let (hit, _) = try await hit(
      "dd if=/dev/zero of=big bs=1M count=100000", BuildLimits(seconds: 600, disk: 256 << 20))
    guard case .disk(let limit, let found) = hit else { throw PackagesError.interrupted }
    #expect(limit == 256 << 20 && found > limit)
    #expect(hit.text.hasSuffix("256 MiB are allowed (scratch folder, watched), [build] disk"))
  }

  /// In a file that is gone already, where looking through the folders does not find it.
  @Test(.enabled(if: groups.memory != nil, "no control group with memory can be made here"))
  func allProcessesTogetherRunOutOfMemory() async throws {
    let eat = "for i in 1 2 3; do perl -e '$x = \"x\" x 300e6; sleep 30' & done; wait -n; wait -n; exit 1"
    let (hit, _) = try await hit(eat, BuildLimits(seconds: 120, memory: 512 << 20))
    #expect(hit == .memory(512 << 20, .controlGroup))
    #expect(hit.text == "out of memory: 512 MiB for all its processes (control group), [build] memory")
  }

  @Test func withoutControlGroupsEachProcessHasItsLimit() async throws {
    let (hit, _) = try await hit(
      "perl -e '$x = \"x\" x 3e9'", BuildLimits(seconds: 120, memory: 1 << 30), groups: ControlGroups())
    #expect(hit == .memory(1 << 30, .perProcess))
  }

  @Test(.enabled(if: groups.processes != nil, "no control group with pids can be made here"))
  func aForkBombIsPutOut() async throws {
    let (hit, _) = try await hit(
      "bomb() { bomb | bomb & }; bomb; sleep 600", BuildLimits(seconds: 120, processes: 200))
    #expect(hit == .processes(200, .controlGroup))
  }

  @Test(
    .enabled(if: geteuid() != 0, "the kernel holds root to no number of processes without control groups"))
  func aForkBombIsPutOutWithoutControlGroups() async throws {
    let (hit, _) = try await hit(
      "bomb() { bomb | bomb & }; bomb; sleep 600", BuildLimits(seconds: 120, processes: 200),
      groups: ControlGroups())
    #expect(hit == .processes(200, .perProcess))
  }

  @Test func whatNeedsLessIsNotDisturbed() async throws {
    try place.write(Greeting.spec(), to: "greeting.spec")
    let limits = BuildLimits(seconds: 600, processors: 2, memory: 2 << 30, processes: 500, disk: 1 << 30)
    let output = try await place.builder.build(place.request(base: base, limits: limits))
    #expect(!output.rpms.isEmpty)
  }
}
