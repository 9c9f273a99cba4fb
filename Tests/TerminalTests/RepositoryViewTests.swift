import AzureLinux
import Terminal
import Testing

@testable import azl_dev

@Suite struct RepositoryViewTests {
  private let view = RepositoryView(style: .plain)

  @Test func repositoriesSayWhatTheyAreAndWhenTheyMoved() {
    var base = RepositoryReport.Repository(
      id: "base", kind: "base", url: "https://localhost/base", enabled: true, priority: 99, gpgcheck: true,
      repoGpgcheck: true)
    base.packages = 21_304
    base.revision = 1_775_044_800
    base.ageSeconds = 21_700
    base.since = "2026-04-02T08:00:00Z"
    base.hasMoved = true
    let source = RepositoryReport.Repository(
      id: "base-source", kind: "source", url: "https://localhost/srpms", enabled: false, priority: 99,
      gpgcheck: true, repoGpgcheck: true)
    let new = RepositoryReport.Repository(
      id: "new", kind: "base", url: "https://localhost/new", enabled: true, priority: 99, gpgcheck: false,
      repoGpgcheck: false)
    #expect(
      view.lines([base, source, new]).joined(separator: "\n") == """
        ✓ base         base, 21,304 RPMs, signed, 6 h old, revision 1775044800  https://localhost/base
                       moved since the baseline was set, first seen so at 2026-04-02T08:00:00Z
        · base-source  source, off  https://localhost/srpms
        ✗ new          base, never synced  https://localhost/new
        """)
  }

  @Test func aResolutionEndsWithWhatItCosts() {
    func package(_ name: String, _ isHere: Bool) -> RepositoryReport.Package {
      RepositoryReport.Package(
        nevra: name, repository: "base", size: 2_000_000, sha256: .unknown, source: "", isHere: isHere)
    }
    let packages = [package("a-1-1.azl3.noarch", true), package("longer-1-1.azl3.noarch", false)]
    let answer = RepositoryReport.Resolution(
      asked: ["longer"], packages: packages, size: 4_000_000, download: 2_000_000)
    #expect(
      view.lines(answer).joined(separator: "\n") == """
        ✓ a-1-1.azl3.noarch       base  2.0 MB
        · longer-1-1.azl3.noarch  base  2.0 MB

            Needs     2 RPMs, 4.0 MB; 2.0 MB to download
        """)
  }

  @Test func whatABuildRootHasAnywayIsSaidSo() {
    let answer = RepositoryReport.Resolution(asked: ["gcc"], packages: [], size: 0, download: 0)
    #expect(view.lines(answer) == ["    Needs     nothing: gcc is already in the build root"])
  }

  @Test(arguments: [(0, "0 s"), (119, "119 s"), (7000, "116 min"), (90_000, "25 h"), (900_000, "10 days")])
  func agesAreShort(_ seconds: Int, _ text: String) {
    #expect(RepositoryView.age(seconds) == text)
  }
}
