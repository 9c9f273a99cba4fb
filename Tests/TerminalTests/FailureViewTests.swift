import AzureLinux
import Packages
import Sandbox
import Terminal
import Testing

@testable import azl_dev

/// How failures look, line by line.
@Suite struct FailureViewTests {
  @Test func aFailureTellsAllThatIsNeededNext() {
    var build = BuildReport.Build(
      spec: "curl", reason: "the packages of zlib changed", result: .failed, seconds: 12.3)
    build.failure = BuildReport.Trouble(
      stage: "%build",
      message: "lib/content_encoding.c:42:10: fatal error: zlib.h: No such file or directory",
      file: ".azldev/logs/curl/8f3a/build.log", line: 1841,
      lines: ["lib/content_encoding.c:42:10: fatal error: zlib.h: No such file or directory"],
      look: ["azl-dev", "shell", "curl", "--failed"],
      hint: "zlib.h is in zlib-devel; curl.spec:31 requires zlib")
    #expect(
      BuildView(style: .plain).failed(build) == [
        "✗ curl %build failed after 12 s    built because: the packages of zlib changed",
        "  lib/content_encoding.c:42:10: fatal error: zlib.h: No such file or directory",
        "  log    .azldev/logs/curl/8f3a/build.log:1841",
        "  again  azl-dev try curl",
        "  look   azl-dev shell curl --failed",
        "  hint   zlib.h is in zlib-devel; curl.spec:31 requires zlib",
      ])
  }

  @Test func aLimitIsTheVerdict() {
    var build = BuildReport.Build(spec: "zip", reason: "", result: .failed, seconds: 2)
    let hit = LimitHit.memory(2 << 30, .controlGroup)
    build.failure = BuildReport.Trouble(
      stage: "%build", message: hit.text, file: "build.log", line: 9, lines: [hit.text, "+ make"])
    #expect(
      BuildView(style: .plain).failed(build) == [
        "✗ zip %build failed after 2.0 s",
        "  out of memory: 2048 MiB for all its processes (control group), [build] memory", "  + make",
        "  log    build.log:9", "  again  azl-dev try zip",
      ])
  }

  @Test func aResumedBuildIsMarked() {
    var build = BuildReport.Build(spec: "zip", reason: "", result: .built, seconds: 3)
    let folder = ".azldev/store/roots/zip-1ab0e45a/topdir/RPMS/x86_64/"
    build.rpms = ["zip-3.0-1.x86_64.rpm", "zip-debuginfo-3.0-1.x86_64.rpm"].map {
      .init(path: folder + $0, nevra: $0, sha256: Digest(bytes: [UInt8](repeating: 0, count: 32)), size: 1)
    }
    #expect(
      BuildView(style: .plain).resumed(build) == [
        "    Resumed   zip in 3.0 s: not for release",
        "    Left      zip-3.0-1.x86_64.rpm  +1    .azldev/store/roots/zip-1ab0e45a/topdir/RPMS/x86_64", "",
        "    azl-dev try zip      builds it from nothing",
      ])
  }

  private let advice = Advice(
    spec: SpecInfo(id: "curl", path: "SPECS/curl/curl.spec", status: .ok),
    text: "Name: curl\nBuildRequires:  gcc, zlib\nBuildRequires:  openssl-devel\n")

  @Test func whoBringsIt() {
    let zlib = Advice.Finding(
      package: "zlib-devel", source: "zlib", path: "/usr/include/zlib.h", isInRoot: false)
    #expect(
      advice.about(.header("zlib.h"), found: [zlib]) == "zlib.h is in zlib-devel; curl.spec:2 requires zlib")
    let nettle = Advice.Finding(package: "nettle-devel", source: "nettle", path: nil, isInRoot: false)
    #expect(
      advice.about(.pkgconfig("nettle"), found: [nettle])
        == "nettle.pc is in nettle-devel; curl.spec does not require it")
    #expect(advice.about(.command("x"), found: []) == nil)
  }

  @Test func whatIsInTheRootIsNotMissing() {
    let ssl = Advice.Finding(
      package: "nss-devel", source: "nss", path: "/usr/include/nss3/ssl.h", isInRoot: true)
    #expect(
      advice.about(.header("ssl.h"), found: [ssl])
        == "ssl.h is in the build root as /usr/include/nss3/ssl.h (nss-devel), which is no folder that is searched"
    )
    #expect(advice.about(.command("nss"), found: [ssl]) == nil)
  }
}
