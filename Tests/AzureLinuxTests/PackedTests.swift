import AzureLinux
import Testing

@Suite("Compact form of parsed specs")
struct PackedTests {
  private static func sample() -> SpecInfo {
    var info = SpecInfo(id: "liblantern", path: "SPECS/liblantern/liblantern.spec", status: .ok)
    let evr = EVR(epoch: 2, version: "1.2", release: "300.azl3")
    info.source = SourcePackage(name: "liblantern", evr: evr, srpm: "liblantern-1.2-300.azl3.src.rpm")
    info.packages = [
      BinaryPackage(
        nevra: NEVRA(name: "liblantern-devel", evr: evr, arch: "x86_64"),
        provides: [Dependency(text: "lantern = 2:1.2", name: "lantern", op: "=", evr: "2:1.2")],
        requires: [
          Dependency(text: "/bin/sh", name: "/bin/sh", line: 12),
          Dependency(text: "(a >= 1 if b)", name: "", line: 0),
        ])
    ]
    info.checkRequires = [Dependency(text: "größe", name: "größe", line: 1_000_000)]
    info.sources = [SourceFile(file: "a.tar.gz", url: "https://example.org/a.tar.gz")]
    info.patches = ["one.patch", ""]
    info.reads = ["kernel"]
    info.findings = [SpecFinding(rule: "parse", file: info.path, line: 7, message: "no")]
    info.hasCheck = true
    return info
  }

  @Test("comes back as it was")
  func roundTrip() throws {
    #expect(try SpecInfo(packed: Self.sample().packed) == Self.sample())
    let failed = SpecInfo(id: "x", path: "SPECS/x/x.spec", status: .failed)
    #expect(try SpecInfo(packed: failed.packed) == failed)
  }

  @Test("cut off or continued, it is refused and nothing is read beyond it")
  func damaged() {
    let bytes = Self.sample().packed
    for length in 0..<bytes.count {
      #expect(throws: PackedError.self) { try SpecInfo(packed: Array(bytes[..<length])) }
    }
    #expect(throws: PackedError.self) { try SpecInfo(packed: bytes + [0]) }
  }
}
