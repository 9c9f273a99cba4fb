import AzureLinux
import Foundation
import Pipeline
import Storage
import Terminal
import Testing

@testable import azl_dev

/// The screen of a watch, word by word.
@Suite struct WatchScreenTests {
  private let bare = Style(isTerminal: true, hasColor: false, hasUnicode: true, width: 0)

  /// A screen that is told news at seconds after 14:02:00.
  private struct Watch {
    var screen: WatchScreen
    init(_ mode: WatchMode = WatchMode()) {
      screen = WatchScreen(mode: mode)
      screen.zone = TimeZone(secondsFromGMT: 0) ?? .current
      tell(0, .opened(release: "3.0", baseline: "3.0-stable", specs: 3087))
    }
    static func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 14 * 3600 + 120 + seconds) }
    mutating func tell(_ seconds: Double, _ news: WatchNews...) {
      for news in news { screen.note(news, at: Self.at(seconds)) }
    }
    func text(_ style: Style, width: Int = 120, height: Int = 40, at seconds: Double = 0) -> String {
      screen.lines(width: width, height: height, now: Self.at(seconds), style: style).joined(separator: "\n")
    }
  }

  private func dependent(
    _ spec: String, _ level: AffectedReport.Level = .direct, path: [AffectedReport.Edge] = []
  ) -> AffectedReport.Spec {
    AffectedReport.Spec(spec: spec, level: level, reason: "builds with zlib-devel of zlib", path: path)
  }

  private func build(
    _ spec: String, _ result: BuildReport.Result = .built, seconds: Double = 31,
    reason: String = "SPECS/zlib changed"
  ) -> BuildReport.Build {
    var build = BuildReport.Build(spec: spec, reason: reason, result: result, seconds: seconds)
    build.rpms = ["", "-devel", "-static", "-debuginfo"].map {
      let name = "\(spec)\($0)-1.3-2.azl3.x86_64"
      return .init(path: "out/\(name).rpm", nevra: name, sha256: Digest.of(name), size: 1)
    }
    return build
  }

  private func broken(_ spec: String) -> BuildReport.Build {
    var build = build(spec, .failed, seconds: 12, reason: "zlib-devel: /usr/include/zconf.h changed")
    build.failure = BuildReport.Trouble(
      stage: "%build", message: "it failed", file: ".azldev/logs/\(spec)/8f3a/build.log", line: 1841,
      lines: ["lib/content_encoding.c:42:10: fatal error: \u{1B}[1mzlib.h\u{1B}[0m: No such file"],
      hint: "zlib.h is in zlib-devel")
    return build
  }

  private func report(_ builds: [BuildReport.Build], _ cuts: [BuildReport.CutOff] = []) -> BuildReport {
    BuildReport(
      goals: ["zlib"], result: builds.contains { $0.result == .failed } ? .failed : .built, seconds: 31,
      builds: builds, cutOff: cuts)
  }

  /// A save of zlib whose round is at its build.
  private func building(_ dependents: [AffectedReport.Spec], mode: WatchMode = WatchMode()) -> Watch {
    var watch = Watch(mode)
    watch.tell(1, .loop(.affected(changed: [], reach: WatchReach([]), seconds: 0.004)))
    watch.tell(
      11, .loop(.saved(["SPECS/zlib/zlib.spec"])),
      .loop(.affected(changed: ["zlib"], reach: WatchReach(dependents), seconds: 0.009)),
      .facts(["zlib": ["zlib.spec:12  Release 1%{?dist} → 2%{?dist}", "fix.patch  new"]]),
      .session(.started(spec: "zlib", reason: "SPECS/zlib changed"), expected: 31))
    watch.tell(13, .activity(.step(subject: "zlib", "%check")))
    return watch
  }

  @Test func nothingChanged() {
    var watch = Watch()
    watch.tell(0.004, .loop(.affected(changed: [], reach: WatchReach([]), seconds: 0.004)))
    #expect(
      watch.text(bare) == """
        azurelinux 3.0 · baseline 3.0-stable · 3,087 specs          p pause  r again  i image  b boot  e explain  q quit  ? keys

        14:02:00  looking at what differs from the baseline
                  equal to the baseline: nothing to build  4 ms
        """)
    #expect(!watch.screen.isMoving)
  }

  @Test func aBuildShowsElapsedAndExpectedTime() {
    var watch = building([dependent("curl"), dependent("git"), dependent("libgit2", .transitive)])
    #expect(watch.screen.isMoving)
    #expect(
      watch.text(bare, at: 25) == """
        azurelinux 3.0 · baseline 3.0-stable · 3,087 specs          p pause  r again  s skip  i image  b boot  e explain  ? keys

        14:02:11  zlib.spec saved         Release 1 → 2, fix.patch new
                  zlib changed · 2 direct · 1 through  9 ms
                  curl git libgit2
                  ▸ zlib        %check    00:14 of ~00:31
                  · 3 dependents wait: built only where an output differs
        """)
    #expect(
      watch.screen.takePast(bare, width: 120) == ["14:02:01  · equal to the baseline: nothing to build  4 ms"]
    )
    watch.tell(
      26, .session(.started(spec: "zlib-ng", reason: "never built here"), expected: nil),
      .activity(.step(subject: "zlib-ng", "root")),
      .activity(.step(subject: "extra layer", "installing 3 RPMs")))
    #expect(
      watch.text(bare, at: 27).contains(
        "\n          ▸ zlib-ng     root      00:01\n          ▸ extra layer  installing 3 RPMs  00:01\n"))
    watch.tell(27, .activity(.step(subject: "zlib-ng", "%prep")))
    #expect(!watch.text(bare, at: 27).contains("extra layer"))
  }

  @Test func thousandsAreCountsAndTheNearestNames() {
    let many = (0..<2703).map { dependent("package\($0)", $0 < 2100 ? .direct : .transitive) }
    var watch = building(many)
    for spec in many.dropFirst(20) {
      watch.tell(
        20, .session(.cutOff(.init(spec: spec.spec, because: "not queued: 20 builds at most")), expected: nil)
      )
    }
    let lines = watch.text(bare, width: 100, at: 20).split(separator: "\n").map(String.init)
    #expect(lines[2] == "          zlib changed · 2,100 direct · 603 through  9 ms")
    #expect(
      lines[3]
        == "          package0 package1 package2 package3 package4 package5 package6 package7 and 2,695 more")
    #expect(lines.contains("          · 20 dependents wait: built only where an output differs"))
    #expect(
      lines.last
        == "          · 2,683 not queued: 20 builds at most; a builds all  package20 package21 and 2,681 more"
    )
    #expect(lines[0].hasSuffix("s skip  a all  ? keys"))
  }

  @Test func whatStaysIsGroupedByItsReason() {
    var watch = building((0..<41).map { dependent("dep\($0)") } + [dependent("other")])
    let cuts = (0..<41).map { BuildReport.CutOff(spec: "dep\($0)", because: "zlib: same as published") }
    for cut in cuts { watch.tell(42, .session(.cutOff(cut), expected: nil)) }
    watch.tell(
      42, .session(.finished(build("zlib")), expected: nil),
      .session(.finished(build("other", .upToDate)), expected: nil),
      .loop(.round(report([build("zlib"), build("other", .upToDate)], cuts))))
    #expect(
      watch.text(bare, width: 90).split(separator: "\n").dropFirst(3).joined(separator: "\n") == """
                  dep0 dep1 dep2 dep3 dep4 dep5 dep6 dep7 dep8 dep9 dep10 dep11 dep12 and 29 more
                  ✓ zlib        31 s      3 RPMs  SPECS/zlib changed
                  · 41 stay  zlib: same as published  dep0 dep1 dep2 dep3 dep4 dep5 and 35 more
                  · 1 is up to date: nothing read has changed
        14:02:42  ✓ zlib in 31 s · 42 stay as they are
        """)
    #expect(!watch.screen.isMoving)
  }

  @Test func aFailureStandsUntilASaveTouchesIt() {
    var watch = building([dependent("curl")])
    watch.tell(
      42, .session(.failed(broken("curl"), CancellationError()), expected: nil),
      .loop(.round(report([broken("curl")]))))
    let block = """
                ✗ curl %build failed after 12 s    built because: zlib-devel: /usr/include/zconf.h changed
                  lib/content_encoding.c:42:10: fatal error: zlib.h: No such file
                  log    .azldev/logs/curl/8f3a/build.log:1841
                  again  azl-dev try curl
                  hint   zlib.h is in zlib-devel
      """.split(separator: "\n").map { "    " + $0.dropFirst(4) }.joined(separator: "\n")
    #expect(watch.text(bare).hasSuffix(block + "\n14:02:42  ✗ curl failed: fix it and save"))

    watch.tell(50, .loop(.saved(["SPECS/nano/nano.spec"])))
    #expect(watch.text(bare).hasSuffix("14:02:50  nano.spec saved\n" + block))
    #expect(watch.screen.takePast(bare, width: 60).last == "14:02:42  ✗ curl failed: fix it and save")

    var mended = watch
    mended.tell(60, .loop(.saved(["SPECS/curl/curl.spec"])))
    #expect(mended.text(bare).hasSuffix("14:03:00  curl.spec saved"))
    watch.tell(60, .session(.finished(build("curl")), expected: nil))
    #expect(!watch.text(bare).contains("✗"))
  }

  @Test func earlierRoundsLeaveAsOneLineEach() {
    var watch = building([dependent("curl")])
    watch.tell(42, .loop(.round(report([build("zlib")]))), .follow(.started(.image, expected: 2)))
    watch.tell(44, .follow(.passed(.image, seconds: 1.9, fact: "demo: 71 packages")))
    watch.tell(45, .follow(.started(.boot, expected: nil)))
    #expect(
      watch.text(bare, at: 47).hasSuffix(
        """
        14:02:42  ✓ zlib in 31 s
                  ✓ image       1.9 s     demo: 71 packages
                  ▸ boot                  00:02
        """))
    watch.tell(48, .follow(.stopped(.boot)), .loop(.abandoned), .loop(.saved([])))
    watch.tell(
      49, .loop(.abandoned), .loop(.saved(["SPECS/a/a.spec", "SPECS/a/b", "SPECS/a/c", "SPECS/a/d"])))
    watch.tell(50, .skipped, .loop(.abandoned), .activity(.notice("curl: the newest published")))
    #expect(
      watch.text(bare).hasSuffix(
        "14:02:49  a.spec b c and 1 more saved\n14:02:50  · skipped; the next save goes on"))
    watch.tell(51, .loop(.affected(changed: ["zlib"], reach: WatchReach([]), seconds: 0.001)))
    watch.tell(52, .loop(.affected(changed: ["zlib"], reach: WatchReach([]), seconds: 0.001)))
    #expect(
      watch.screen.takePast(bare, width: 120) == [
        "14:02:01  · equal to the baseline: nothing to build  4 ms",
        "14:02:42  ✓ zlib in 31 s · image ✓",
        "14:02:49  · a newer save takes over; what it needs too goes on",
        "    Note      curl: the newest published",
        "14:02:50  · skipped; the next save goes on",
      ])
    #expect(watch.screen.takePast(bare, width: 120) == [])
    #expect(watch.text(bare).contains("14:02:52  once more"))
  }

  @Test func aFailedBootShowsWhereItsConsoleIs() {
    var watch = building([])
    watch.tell(42, .loop(.round(report([build("zlib")]))), .follow(.started(.boot, expected: nil)))
    watch.tell(
      99,
      .follow(
        .failed(
          .boot, seconds: 57, lines: ["failed units: x.service", "console  .azldev/logs/boot/demo.console"])))
    #expect(
      watch.text(bare).hasSuffix(
        """
        14:02:42  ✓ zlib in 31 s
                  ✗ boot        57 s      failed units: x.service
                    console  .azldev/logs/boot/demo.console
        """))
  }

  @Test func aPauseSaysHowManySavesWait() {
    var watch = building([])
    watch.tell(14, .mode(WatchMode(isPaused: true, image: true)), .loop(.held(3)))
    #expect(watch.text(bare).hasSuffix("\n          paused: 3 saved files wait  p goes on"))
    #expect(watch.text(bare).contains("p resume  r again  s skip  i image on  b boot"))
    watch.tell(15, .mode(WatchMode()), .helpToggled)
    #expect(watch.text(bare).contains("\n          s  skip     end the builds of this round"))
    watch.screen.close()
    #expect(watch.text(bare).hasPrefix("azurelinux 3.0 · baseline 3.0-stable · 3,087 specs\n"))
    #expect(!watch.text(bare).contains("paused"))
  }

  @Test func theReasonsNameTheWay() {
    let edge = AffectedReport.Edge(
      from: "zlib", to: "curl", edge: "build_requires", via: "zlib-devel", file: "SPECS/curl/curl.spec",
      line: 31)
    var watch = building([dependent("curl", path: [edge])])
    watch.tell(20, .session(.finished(build("zlib")), expected: nil))
    watch.tell(
      21, .session(.started(spec: "curl", reason: "its build root changed"), expected: nil), .reasonsToggled)
    #expect(
      watch.text(bare).hasSuffix(
        """
                  curl  its build root changed
                    curl builds with zlib-devel of zlib  SPECS/curl/curl.spec:31
        """))
  }

  @Test func aNarrowTerminalDropsColumnsFromTheRight() {
    let watch = building((0..<41).map { dependent("dep\($0)") })
    #expect(
      watch.text(bare, width: 40, at: 25) == """
        azurelinux 3.0                    ? keys

        14:02:11  zlib.spec saved         Relea…
          zlib changed · 41 direct · 0 through …
          dep0 dep1 dep2 dep3 dep4 and 36 more
          ▸ zlib        %check    00:14 of ~00:…
          · 41 dependents wait: built only wher…
        """)
    #expect(
      watch.text(bare, width: 80, at: 25) == """
        azurelinux 3.0 · baseline 3.0-stable · 3,087 specs      p pause  r again  ? keys

        14:02:11  zlib.spec saved         Release 1 → 2, fix.patch new
                  zlib changed · 41 direct · 0 through  9 ms
                  dep0 dep1 dep2 dep3 dep4 dep5 dep6 dep7 dep8 dep9 dep10 and 30 more
                  ▸ zlib        %check    00:14 of ~00:31
                  · 41 dependents wait: built only where an output differs
        """)
  }

  @Test func nothingIsWiderOrHigherThanTheTerminal() {
    var watch = building((0..<3000).map { dependent("dependent-雪-\($0)") })
    for number in 0..<30 {
      watch.tell(
        20, .session(.finished(build("built\(number)", reason: "because ✓ 雪 it is so")), expected: nil))
      watch.tell(20, .session(.started(spec: "run\(number)", reason: "r"), expected: 9))
      watch.tell(20, .session(.failed(broken("broken\(number)"), CancellationError()), expected: nil))
    }
    watch.tell(20, .helpToggled, .reasonsToggled)
    for style in [bare, Style(isTerminal: true, hasColor: true, hasUnicode: false, width: 0)] {
      for width in [1, 7, 20, 40, 59, 80, 133] {
        for height in [1, 2, 5, 24, 60] {
          let lines = watch.screen.lines(width: width, height: height, now: Watch.at(30), style: style)
          #expect(lines.count <= height)
          #expect(lines.allSatisfy { Cells.count($0) <= width }, "\(width)x\(height)")
        }
      }
    }
  }

  @Test func withoutUnicodeSignsAreWords() {
    let plain = Style(isTerminal: true, hasColor: false, hasUnicode: false, width: 0)
    var watch = building([])
    #expect(watch.text(plain, at: 20).contains("          > zlib        %check    00:09 of ~00:31"))
    watch.tell(42, .loop(.round(report([build("zlib")]))))
    #expect(watch.text(plain).contains("14:02:42  ok zlib in 31 s"))
  }
}
