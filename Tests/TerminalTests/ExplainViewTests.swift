import AzureLinux
import Incremental
import Pipeline
import Terminal
import Testing

@testable import azl_dev

@Suite struct ExplainViewTests {
  private func lines(_ report: ExplainReport, limit: Int = 12) -> [String] {
    ExplainView(style: .plain, limit: limit).lines(report)
  }

  @Test func aStaleDependentShowsTheWayToTheLine() {
    var report = ExplainReport(
      kind: .package, name: "curl", spec: "curl", state: .possiblyStale,
      reason: "its build root holds packages of zlib, which is to be built again")
    report.way = [
      .init(kind: "root", spec: "curl", what: "its build root"),
      .init(kind: "build", spec: "zlib", what: "the build of zlib"),
      .init(kind: "spec-tree", spec: "zlib", what: "SPECS/zlib"),
    ]
    report.differences = [
      .init(what: "zlib-devel", old: "1.3-1", new: "1.3-2 built here"),
      .init(what: "new-one", old: nil, new: "1-1"), .init(what: "old-one", old: "1-1", new: nil),
    ]
    report.edits = [
      .init(spec: "zlib", facts: ["zlib.spec:12  Release 1 → 2"]), .init(spec: "other", facts: []),
    ]
    report.path = [
      .init(
        from: "zlib", to: "curl", edge: "build_requires", via: "zlib-devel", file: "SPECS/curl/curl.spec",
        line: 31)
    ]
    report.stops = ["zlib is to be built first: what its packages are like decides"]
    report.last = .init(reason: "never built here", way: [], seconds: 12, at: "2026-04-01T12:00:00Z")
    report.next = "azl-dev try curl"
    #expect(
      lines(report) == [
        "curl may be stale",
        "  why     its build root holds packages of zlib, which is to be built again",
        "  read    its build root ← the build of zlib ← SPECS/zlib",
        "  now     zlib-devel  1.3-1 → 1.3-2 built here",
        "          new-one  nothing → 1-1",
        "          old-one  1-1 → gone",
        "  edit    zlib.spec:12  Release 1 → 2",
        "  edit    other is as in the baseline",
        "  path    curl builds with zlib-devel of zlib  SPECS/curl/curl.spec:31",
        "  decides zlib is to be built first: what its packages are like decides",
        "  last    built at 2026-04-01T12:00:00Z in 12 s: never built here",
        "  next    azl-dev try curl",
      ])
    #expect(
      lines(report, limit: 1)[3...4] == [
        "  now     zlib-devel  1.3-1 → 1.3-2 built here", "          … and 2 more (--all)",
      ])
  }

  @Test func aFailureShowsItsFirstAndLastLines() {
    var report = ExplainReport(
      kind: .rpm, name: "zlib-1-1.x86_64.rpm", spec: "zlib", state: .failed, reason: "its last build failed")
    report.failure = (["zlib  %build failed"] + (1...6).map { "  line \($0)" }).joined(separator: "\n")
    #expect(
      lines(report) == [
        "zlib-1-1.x86_64.rpm (zlib) failed", "  why     its last build failed",
        "  error   zlib  %build failed",
        "          line 4", "          line 5", "          line 6",
      ])
    #expect(lines(report, limit: .max).count == 9)
  }

  @Test func anImageSaysWhatItHolds() {
    var report = ExplainReport(
      kind: .image, name: "demo", spec: nil, state: .stale, reason: "older than what was built here of zlib")
    report.image = .init(
      folder: ".azldev/out/images/demo", reached: "takes zlib",
      packages: [
        .init(
          spec: "zlib", state: .upToDate, holds: ["zlib-1-1.x86_64"], built: ["zlib-1-2.x86_64"],
          isNewer: true),
        .init(spec: "curl", state: .stale, holds: ["curl-1-1.x86_64"], built: [], isNewer: false),
      ])
    report.next = "azl-dev image build imageconfigs/demo.json"
    #expect(
      lines(report) == [
        "demo is stale",
        "  why     older than what was built here of zlib",
        "  change  takes zlib",
        "  holds   zlib-1-1.x86_64  zlib: built after the image",
        "          curl-1-1.x86_64  curl: is stale",
        "  next    azl-dev image build imageconfigs/demo.json",
      ])
  }

  @Test func anEditIsToldByItsLine() {
    #expect(
      EditFacts.text("a.spec", .init(line: 4, old: "Release: 1", new: "Release: 2"))
        == "a.spec:4  Release 1 → 2")
    #expect(EditFacts.text("a.spec", .init(line: 9, old: nil, new: "  make  ")) == "a.spec:9  + make")
    #expect(EditFacts.text("a.spec", .init(line: 0, old: "make", new: nil)) == "a.spec  - make")
    #expect(
      EditFacts.text("a.c", .init(line: 2, old: "a", new: String(repeating: "b", count: 80))).hasSuffix("bb…")
    )
  }
}
