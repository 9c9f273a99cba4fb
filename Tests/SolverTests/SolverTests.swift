import AzureLinux
import Foundation
import Solver
import SystemPackage
import Testing

let hasTools = ["rpmbuild", "createrepo_c"].allSatisfy { tool in
  FileManager.default.isExecutableFile(atPath: "/usr/bin/\(tool)")
}

private let specs = [
  spec(
    "zlib", "1.3", release: "1.azl3", lines: ["Provides: libz.so.1()(64bit)", "Provides: libz(api) = 1.3"],
    files: ["/usr/lib/libz.so.1"],
    more: """
      %package devel
      Summary: Headers
      Requires: zlib = 1.3-1.azl3
      Provides: pkgconfig(zlib) = 1.3
      %description devel
      Headers.
      %files devel
      """),
  spec("zlib", "1.2", release: "9.azl3"),
  spec("app", lines: ["Requires: libz.so.1()(64bit)", "Requires: /opt/tools/tool", "Recommends: extras"]),
  spec("tools", noarch: true, files: ["/opt/tools/tool", "/usr/share/tools/data"]),
  spec("extras"),
  spec("broken", lines: ["Requires: nowhere >= 3"]),
  spec("old", "2.0", lines: ["Epoch: 1"]),
  spec("foe", lines: ["Conflicts: tools"]),
]

@Suite(.enabled(if: hasTools, "rpmbuild and createrepo_c make the packages"), WithRepository(specs: specs))
struct SolverTests {
  let repository: TestRepository
  init() throws { repository = try #require(WithRepository.current) }

  func universe() async throws -> Universe { try await Universe.open(arch: "x86_64", [repository.source()]) }

  func names(_ packages: [ResolvedPackage]) -> Set<String> { Set(packages.map(\.nevra.name)) }

  @Test func rootHoldsWhatIsNeededAndNothingRecommended() async throws {
    let solution = try await universe().solve(SolveRequest(install: [Dependency("app")]))
    #expect(names(solution.packages) == ["app", "zlib", "tools"])
    let order = solution.packages.map(\.nevra.name)
    #expect(order.last == "app")
  }

  @Test func newestIsTakenAndVersionsCount() async throws {
    let universe = try await universe()
    let newest = try await universe.solve(SolveRequest(install: [Dependency("zlib")]))
    #expect(newest.packages.map(\.nevra.description) == ["zlib-1.3-1.azl3.x86_64"])
    let older = try await universe.solve(SolveRequest(install: [Dependency("zlib < 1.3")]))
    #expect(older.packages.map(\.nevra.description) == ["zlib-1.2-9.azl3.x86_64"])
  }

  @Test func requiredFilesAndRichDependenciesResolve() async throws {
    let universe = try await universe()
    let file = try await universe.solve(SolveRequest(install: [Dependency("/usr/share/tools/data")]))
    #expect(names(file.packages) == ["tools"])
    let rich = try await universe.solve(
      SolveRequest(install: [Dependency("(extras if zlib)"), Dependency("zlib")]))
    #expect(names(rich.packages) == ["extras", "zlib"])
  }

  @Test func baseIsKeptUnlessARequirementForbidsIt() async throws {
    let universe = try await universe()
    let old = try #require(await universe.packages(named: "zlib").last)
    #expect(old.nevra.evr.version == "1.2")
    let kept = try await universe.solve(SolveRequest(install: [Dependency("tools")], base: [old]))
    #expect(names(kept.extra) == ["tools"])
    #expect(kept.replaced.isEmpty)
    #expect(kept.packages.contains(.published(old)))
    let replaced = try await universe.solve(SolveRequest(install: [Dependency("zlib-devel")], base: [old]))
    #expect(names(replaced.extra) == ["zlib", "zlib-devel"])
    #expect(replaced.replaced == [old])
  }

  @Test func failuresNameTheRequirementWhoHasItAndWhatThereIs() async throws {
    let universe = try await universe()
    func problems(_ install: Dependency...) async throws -> [Problem] {
      do {
        _ = try await universe.solve(SolveRequest(install: install))
        return []
      } catch SolverError.unresolvable(let problems) {
        return problems
      }
    }
    let tooNew = try #require(try await problems(Dependency("zlib-devel >= 2.0", line: 7)).first)
    #expect(tooNew.requested?.line == 7)
    #expect(
      tooNew.cause
        == .nothingProvides(available: ["zlib-devel-1.3-1.azl3.x86_64 in base"], nearest: ["zlib-devel"]))
    #expect(tooNew.description.contains("zlib-devel-1.3-1.azl3.x86_64 in base"))
    let typo = try #require(try await problems(Dependency("zlib-devle")).first)
    #expect(typo.cause == .nothingProvides(available: [], nearest: ["zlib-devel"]))
    let inner = try #require(try await problems(Dependency("broken")).first)
    #expect(inner.dependency == "nowhere >= 3")
    #expect(inner.neededBy == "broken-1.0-1.x86_64")
    #expect(inner.requested?.text == "broken")
    let clash = try #require(try await problems(Dependency("foe"), Dependency("app")).first)
    guard case .conflict = clash.cause else {
      Issue.record("\(clash)")
      return
    }
  }

  @Test func manifestsAreServedByTheNewestWhereTheReleaseIsMissing() async throws {
    let universe = try await universe()
    let entries = try await universe.resolveManifest(["zlib-1.2-9.azl3.x86_64.rpm", "tools-7-1.noarch.rpm"])
    #expect(entries.map(\.isExact) == [true, false])
    #expect(entries.map(\.package.nevra.evr.version) == ["1.2", "1.0"])
    let epoch = try await universe.resolveManifest(["old-2.0-1.x86_64.rpm"])
    #expect(epoch.first?.isExact == true)
    #expect(epoch.first?.package.nevra.evr.epoch == 1)
    await #expect(throws: SolverError.self) { try await universe.resolveManifest(["zlob-1-1.x86_64.rpm"]) }
  }

  @Test func queriesReadTheMetadata() async throws {
    let universe = try await universe()
    #expect(await universe.packages(builtFrom: "zlib").count == 3)
    let tools = try #require(await universe.packagesOwning(pathPrefix: "/opt/tools/").first)
    #expect(tools.nevra.name == "tools")
    for (prefix, owners) in [
      ("/opt/tools", 1), ("/opt/tools/to", 1), ("/opt/tools/x", 0), ("/opt/t/tool", 0),
    ] {
      #expect(await universe.packagesOwning(pathPrefix: prefix).count == owners, "\(prefix)")
    }
    #expect(tools.sourceRPM == "tools-1.0-1.src.rpm")
    #expect(tools.location.hasSuffix("tools-1.0-1.noarch.rpm"))
    let file = repository.folder.appending("repo").appending(tools.location)
    let size = try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int64
    #expect(tools.size == size)
    #expect(await universe.provider(of: Dependency("libz.so.1()(64bit)")).map(\.nevra.name) == ["zlib"])
    #expect(await universe.newest(name: "zlib")?.nevra.evr.version == "1.3")
    #expect(await universe.nearestNames(to: "tolls") == ["tools"])
    #expect(await universe.nearestCapabilities(to: "/opt/tools/toll") == ["/opt/tools/tool"])
  }

  @Test func lowerPriorityNumberWinsOverNewerVersion() async throws {
    let other = try TestRepository()
    defer { other.remove() }
    try await other.build([spec("extras", "9.0")])
    try await other.index()
    let first = try repository.source(id: "first", priority: 10)
    let second = try other.source(id: "second", priority: 20)
    let universe = try await Universe.open(arch: "x86_64", [second, first])
    let solution = try await universe.solve(SolveRequest(install: [Dependency("extras")]))
    #expect(solution.packages.first?.nevra.evr.version == "1.0")
    #expect(await universe.newest(name: "extras")?.repository == "first")
  }

  @Test func parsedFormAnswersTheSameAndDamageIsMended() async throws {
    let cache = repository.folder.appending("cache.solv")
    let request = SolveRequest(install: [Dependency("app"), Dependency("/usr/share/tools/data")])
    let fresh = try await Universe.open(arch: "x86_64", [repository.source(cache: cache)])
    let first = try await fresh.solve(request)
    #expect(FileManager.default.fileExists(atPath: cache.string))
    let cached = try await Universe.open(arch: "x86_64", [repository.source(cache: cache)])
    #expect(try await cached.solve(request) == first)
    try Data("rubbish".utf8).write(to: URL(filePath: cache.string))
    let mended = try await Universe.open(arch: "x86_64", [repository.source(cache: cache)])
    #expect(try await mended.solve(request) == first)
    #expect(try Data(contentsOf: URL(filePath: cache.string)) != Data("rubbish".utf8))
  }
}
