import AzureLinux
import Foundation
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Sandbox

@Suite(.enabled(if: DemoMirror.isPresent, "AZL_DEMO_MIRROR names no demo mirror"))
struct RootLayersTests {
  private static let upper: Set<String> = ["unzip", "ed", "hostname"]

  @Test func layersAreMadeOnceSharedAndFoundAgain() async throws {
    let place = try TemporaryFolder()
    let layers = RootLayers(workspace: Workspace(tree: place.path)) { Digest.of($0) }
    let rpms = try DemoMirror.base()
    let small = rpms.filter { RootLayersTests.upper.contains($0.nevra.name) }
    let rest = rpms.filter { !RootLayersTests.upper.contains($0.nevra.name) }
    try #require(!small.isEmpty)

    let start = ContinuousClock.now
    async let first = layers.base(rest)
    async let second = layers.base(rest.reversed())
    let base = try await first
    #expect(try await second == base)
    let made = ContinuousClock.now
    #expect(layers.find("usr/bin/bash", in: base) != nil)
    #expect(layers.find("usr/bin/\(small[0].nevra.name)", in: base) == nil)

    let extra = try await layers.extra(small, on: base)
    print("base \(rest.count) RPMs \(made - start), extra \(small.count) RPMs \(ContinuousClock.now - made)")
    #expect(extra.beneath == [base.key])
    #expect(layers.find("usr/bin/\(small[0].nevra.name)", in: extra) != nil)
    #expect(try await layers.extra([], on: base) == base)
    let again = RootLayers(workspace: Workspace(tree: place.path)) { Digest.of($0) }
    #expect(try await again.extra(small, on: again.base(rest)) == extra)
    #expect(try FileManager.default.contentsOfDirectory(atPath: layers.workspace.scratch.string).isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: layers.workspace.layers.string).count == 2)
  }

  @Test func aCancelledCreationLeavesNothing() async throws {
    let place = try TemporaryFolder()
    let layers = RootLayers(workspace: Workspace(tree: place.path)) { Digest.of($0) }
    let rpms = try DemoMirror.base()
    let (began, signal) = AsyncStream<Void>.makeStream()
    let task = Task { try await layers.base(rpms) { _ in signal.yield() } }
    for await _ in began { break }
    task.cancel()
    await #expect(throws: SandboxError.self) { try await task.value }
    #expect(try FileManager.default.contentsOfDirectory(atPath: layers.workspace.layers.string).isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: layers.workspace.scratch.string).isEmpty)
  }

  @Test func leftoversOfAKilledCreationAreNotTakenForALayer() async throws {
    let place = try TemporaryFolder()
    let layers = RootLayers(workspace: Workspace(tree: place.path)) { Digest.of($0) }
    let rest = layers.workspace.scratch.appending("layer-0123/layer/root/usr")
    try FileManager.default.createDirectory(atPath: rest.string, withIntermediateDirectories: true)
    await layers.removeLeftovers()
    #expect(try FileManager.default.contentsOfDirectory(atPath: layers.workspace.scratch.string).isEmpty)
  }

  @Test func aStoreThatASandboxCannotSeeIsRefused() async throws {
    let layers = RootLayers(workspace: Workspace(tree: "/dev/shm/azl-hidden")) { Digest.of($0) }
    let nevra = try #require(NEVRA(fileName: "none-1-1.noarch.rpm"))
    let none = RPMFile(nevra: nevra, path: "/dev/shm/azl-hidden/none", digest: Digest.of("x"), size: 1)
    defer { try? FileManager.default.removeItem(atPath: "/dev/shm/azl-hidden") }
    let error = await #expect(throws: SandboxError.self) { try await layers.base([none]) }
    guard case .hidden(_, below: "/dev") = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aPackageThatCannotBeReadIsNamed() async throws {
    let place = try TemporaryFolder()
    let layers = RootLayers(workspace: Workspace(tree: place.path)) { Digest.of($0) }
    let path = place.path.appending("broken-1-1.noarch.rpm")
    // starts as a package does; rpm would take any other file for a list of packages
    try Data([0xed, 0xab, 0xee, 0xdb] + [UInt8](repeating: 0, count: 200)).write(
      to: URL(filePath: path.string))
    let nevra = try #require(NEVRA(fileName: "broken-1-1.noarch.rpm"))
    let broken = RPMFile(nevra: nevra, path: path.string, digest: Digest.of("x"), size: 204)
    let error = await #expect(throws: SandboxError.self) { try await layers.base([broken]) }
    guard case .layerFailed(.base, count: 1, _, let lines) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(lines.contains { $0.contains("broken-1-1.noarch.rpm") })
  }
}
