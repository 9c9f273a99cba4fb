import AzureLinux
import Solver
import Testing

private let specs = [
  spec(
    "zlib", "1.3", lines: ["Provides: libz.so.1()(64bit)"], files: ["/usr/lib/libz.so.1"],
    more: """
      %package devel
      Summary: Headers
      Requires: zlib = 1.3-1
      Provides: pkgconfig(zlib) = 1.3
      %description devel
      Headers.
      %files devel
      """),
  spec("app", lines: ["Requires: libz.so.1()(64bit)"]),
  spec("filed", lines: ["Requires: /usr/lib/libz.so.1"]),
]

@Suite(.enabled(if: hasTools, "rpmbuild and createrepo_c make the packages"), WithRepository(specs: specs))
struct ReplacedSpecTests {
  let repository: TestRepository
  init() throws { repository = try #require(WithRepository.current) }

  func nevra(_ name: String, _ version: String) -> NEVRA {
    NEVRA(name: name, evr: EVR(version: version, release: "1"), arch: "x86_64")
  }

  /// zlib 2.0, not built yet, as its spec says.
  var predicted: ReplacedSpec {
    ReplacedSpec(
      spec: "zlib",
      source: SourcePackage(name: "zlib", evr: EVR(version: "2.0", release: "1"), srpm: "zlib-2.0-1.src.rpm"),
      packages: .predicted([
        BinaryPackage(nevra: nevra("zlib", "2.0"), provides: [], requires: []),
        BinaryPackage(
          nevra: nevra("zlib-devel", "2.0"), provides: [], requires: [Dependency("zlib = 2.0-1")]),
      ]))
  }

  @Test func predictedPackagesOfferWhatThePublishedOnesGenerate() async throws {
    let universe = try await Universe.open(arch: "x86_64", [repository.source()])
    await universe.replace([predicted])
    for wanted in ["app", "filed", "zlib", "pkgconfig(zlib) >= 2.0"] {
      let solution = try await universe.solve(SolveRequest(install: [Dependency(wanted)]))
      #expect(solution.packages.contains(.predicted(spec: "zlib", nevra("zlib", "2.0"))), "\(wanted)")
      #expect(!solution.packages.contains { $0.nevra == nevra("zlib", "1.3") })
    }
  }

  @Test func whatIsReplacedIsGoneForAllButTheUnaware() async throws {
    let universe = try await Universe.open(arch: "x86_64", [repository.source()])
    await universe.replace([predicted])
    let unaware = try await universe.solve(SolveRequest(install: [Dependency("zlib")], unaware: ["zlib"]))
    #expect(unaware.packages.map(\.nevra) == [nevra("zlib", "1.3")])
    await #expect {
      try await universe.solve(SolveRequest(install: [Dependency("zlib = 1.3")]))
    } throws: { error in
      guard case SolverError.unresolvable(let problems) = error else { return false }
      return problems.first?.cause == .replaced(provider: "zlib-1.3-1.x86_64", spec: "zlib")
    }
    await universe.replace([])
    let before = try await universe.solve(SolveRequest(install: [Dependency("zlib = 1.3")]))
    #expect(before.packages.map(\.nevra) == [nevra("zlib", "1.3")])
  }

  @Test func builtPackagesTakeThePlaceOfPredictedOnesAndOfTheBase() async throws {
    let universe = try await Universe.open(arch: "x86_64", [repository.source()])
    await universe.replace([predicted])
    let file = RPMFile(
      nevra: nevra("zlib", "2.0"), path: "/somewhere/zlib.rpm",
      digest: try #require(Digest(String(repeating: "a", count: 64))),
      size: 1)
    var built = predicted
    built.packages = .local([
      LocalPackage(
        file: file, sourceRPM: "zlib-2.0-1.src.rpm", provides: [Dependency("libz.so.1()(64bit)")],
        files: ["/usr/lib/libz.so.1"])
    ])
    await universe.replace([built])
    let published = try #require(await universe.packages(named: "zlib").first)
    let solution = try await universe.solve(
      SolveRequest(install: [Dependency("app"), Dependency("filed")], base: [published]))
    #expect(solution.extra.contains(.local(spec: "zlib", file)))
    #expect(solution.replaced == [published])
    #expect(
      await universe.providers(of: [Dependency("libz.so.1()(64bit)")]) == [[.local(spec: "zlib", file)]])
  }
}
