import Testing

@testable import Packages

@Suite struct FailureFinderTests {
  private func read(_ text: String) -> FailureFinder {
    var finder = FailureFinder()
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      finder.read(String(line), number: index + 1)
    }
    return finder
  }

  @Test func theFirstCauseWinsOverConsequences() {
    let finder = read(
      """
      checking for error.h... no
      + make
      cc -c a.c
      a.c:42:10: fatal error: zlib.h: No such file or directory
         42 | #include <zlib.h>
      compilation terminated.
      b.c:1:1: error: unknown type name
      make: *** [Makefile:3: a.o] Error 1
      error: Bad exit status from /var/tmp/rpm-tmp.1 (%build)
      """)
    #expect(finder.found?.number == 4)
    #expect(finder.found?.lines.first == "+ make")
    #expect(finder.found?.lines.contains("compilation terminated.") == true)
    #expect(finder.hint == .missingHeader("zlib.h"))
  }

  @Test func aSuspectGivesWayToACause() {
    let finder = read(
      "warning: no errors yet\nsome: No such file or directory\nx.c:7: undefined reference to `f'")
    #expect(finder.found?.number == 3)
  }

  @Test func withNoCauseTheEndAndWhatStandsBeforeItIsShown() {
    let finder = read("step one\nstep two\nerror: Bad exit status from /var/tmp/rpm-tmp.1 (%install)")
    #expect(
      finder.found?.lines == [
        "step one", "step two", "error: Bad exit status from /var/tmp/rpm-tmp.1 (%install)",
      ])
  }

  @Test func aPatchThatFitsInParts() {
    let finder = read(
      """
      Patch #0 (ok.patch):
      + /usr/bin/patch --no-backup-if-mismatch -f -p1 --fuzz=0
      patching file src/a.c
      Patch #1 (CVE-1.patch):
      + /usr/bin/patch --no-backup-if-mismatch -f -p1 --fuzz=0
      patching file src/b.c
      Hunk #2 FAILED at 12.
      1 out of 2 hunks FAILED -- saving rejects to file src/b.c.rej
      """)
    #expect(finder.hint == .patchDoesNotApply(patch: "CVE-1.patch", file: "src/b.c", hunk: 2))
    #expect(finder.found?.telling == "Hunk #2 FAILED at 12.")
  }

  @Test func places() {
    #expect(FailureFinder.place(in: "lib/a.c:42:10: error: no")?.file == "lib/a.c")
    #expect(FailureFinder.place(in: "lib/a.c:42: error: no")?.line == 42)
    #expect(FailureFinder.place(in: "error: line 12: Unknown tag: Lisence: MIT")?.line == 12)
    #expect(FailureFinder.place(in: "this is not an error: really") == nil)
  }

  @Test func stagesAndVerdictsAreRead() {
    #expect(BuildStage.starting(with: "Executing(%build): /bin/sh -e /var/tmp/rpm-tmp.x") == .build)
    #expect(BuildStage.starting(with: "Executing(srpm): rpmbuild -bs x.spec") == .srpm)
    #expect(BuildStage.starting(with: "Processing files: a-1-1.x86_64") == .files)
    #expect(BuildStage.starting(with: "Executing(%nonsense): x") == nil)
    #expect(BuildLog.checkStatus("====== CHECK DONE zlib. EXIT STATUS 0") == 0)
    #expect(BuildLog.checkStatus("====== CHECK DONE zlib. EXIT STATUS 12") == 12)
    #expect(BuildLog.checkStatus("====== CHECK START zlib") == nil)
  }
}
