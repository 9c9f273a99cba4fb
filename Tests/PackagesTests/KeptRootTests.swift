import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Packages

@Suite(.serialized, .sharedPlace, .enabled(if: DemoMirror.isPresent, "AZL_DEMO_MIRROR names no demo mirror"))
struct KeptRootTests {
  private let place: Place
  private let base: [RPMFile]

  init() throws {
    place = try #require(SharedPlace.current)
    base = try DemoMirror.base()
    try place.write(Greeting.source, to: "greeting.c")
  }

  private func roots(_ budget: Int64 = 1 << 30) -> KeptRoots {
    KeptRoots(layers: place.layers, budget: budget)
  }

  private func fail(_ roots: KeptRoots, install: String = "false") async throws -> BuildFailure {
    try place.write(Greeting.spec(install: install), to: "greeting.spec")
    let builder = PackageBuilder(layers: place.layers, roots: roots) { _ in }
    let request = try await place.request(base: base)
    let error = await #expect(throws: PackagesError.self) { try await builder.build(request) }
    return try #require(error?.failure)
  }

  @Test func oneRootIsKeptOfEachBuildUntilItSucceeds() async throws {
    let roots = roots()
    let failure = try await fail(roots)
    #expect(failure.look == ["azl-dev", "shell", "greeting", "--failed"])
    let first = try #require(roots.failed("greeting"))
    #expect(first.stage == .install && first.bytes > 0)
    _ = try await fail(roots)
    #expect(roots.all().count == 1)
    #expect(roots.all().first?.name != first.name)

    let root = try #require(roots.failed("greeting"))
    do {
      let hold = try await roots.enter(root)
      let command = root.confinement(in: place.workspace, terminal: nil)
        .command(["sh", "-c", "cd BUILD && ./greeting && pwd"], privilege: place.layers.privilege)
      #expect(try await command.run().text == "hello\n/usr/src/azl/BUILD\n")
      // somebody is in it
      #expect(await roots.remove(root) == false)
      await #expect(throws: PackagesError.self) { _ = try await roots.enter(root) }
      withExtendedLifetime(hold) {}
    }

    try place.write(Greeting.spec(), to: "greeting.spec")
    let request = try await place.request(base: base)
    let output = try await PackageBuilder(layers: place.layers, roots: roots) { _ in }.build(request)
    #expect(!output.rpms.isEmpty)
    #expect(roots.all().isEmpty)
  }

  @Test func whatIsLargerThanTheBudgetIsNotKept() async throws {
    let failure = try await fail(roots(1000))
    #expect(failure.look == nil)
    #expect(roots().all().isEmpty)
  }

  @Test(arguments: [ResumeStage.install, .build])
  func aBuildGoesOnWhereItFailed(stage: ResumeStage) async throws {
    let roots = roots()
    _ = try await fail(roots)
    // the mended spec; what an earlier stage would do now shows whether it ran
    try place.write(
      Greeting.spec(
        prep: "exit 1", build: stage == .install ? "exit 1" : "gcc -O2 -g -o greeting greeting.c"),
      to: "greeting.spec")
    let builder = PackageBuilder(layers: place.layers, roots: roots) { _ in }
    let root = try #require(roots.failed("greeting"))
    let output = try await builder.resume(place.request(base: base), in: root, at: stage)
    #expect(output.rpms.contains { $0.nevra.name == "greeting" })
    #expect(output.rpms.allSatisfy { $0.path.hasPrefix(place.workspace.roots.string) })
    #expect(output.published.isEmpty)
    let needs = try await Command(["rpm", "-qp", "--requires", output.rpms[0].path]).check().text
    #expect(needs.contains("rpmlib(ShortCircuited)"))
    // and once more, of what is there now
    _ = try await builder.resume(place.request(base: base), in: root, at: .check)
    await roots.forget("greeting", purpose: .packages)
  }
}
