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
    #expect(finder.hint == .missing(.header("zlib.h")))
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

  @Test func aCompilersOptionsAreNoFailure() {
    let finder = read(
      """
      cc -Wall -Werror -g -o cases/2.p main.c
      gcc -Wno-error=format -c lib.c
      mke2fs 1.47.0 (5-Feb-2023)
      mount: testdir: mount failed: Operation not permitted.
      make[1]: *** [Makefile:60: extracheck] Error 1
      """)
    #expect(finder.found?.telling == "mount: testdir: mount failed: Operation not permitted.")
    #expect(FailureFinder.weight(of: "main.c:3:9: error: unused variable 'i' [-Werror=unused]") == .cause)
    #expect(FailureFinder.weight(of: "cc1: all warnings being treated as errors") == .suspect)
    #expect(FailureFinder.weight(of: "keyctl_join_session_keyring: Function not implemented") == .suspect)
    #expect(FailureFinder.weight(of: "install: cannot create '/x': Permission denied") == .suspect)
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

/// What the tools print, to the letter, and what it proves.
@Suite struct HintTests {
  private func read(_ text: String) -> FailureFinder {
    var finder = FailureFinder()
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      finder.read(String(line), number: index + 1)
    }
    return finder
  }

  @Test(
    arguments: [
      ("a.c:1:10: fatal error: zlib.h: No such file or directory", .header("zlib.h")),
      ("/var/tmp/rpm-tmp.x: line 38: cmake: command not found", .command("cmake")),
      ("env: 'python': No such file or directory", .command("python")),
      ("make[2]: gperf: No such file or directory", .command("gperf")),
      (
        "meson.build:9:0: ERROR: Program 'g-ir-scanner' not found or not executable", .command("g-ir-scanner")
      ),
      ("/bin/ld: cannot find -lcap: No such file or directory", .library("cap")),
      ("/usr/bin/ld: cannot find -lcap", .library("cap")),
      ("ModuleNotFoundError: No module named 'flit_core'", .python("flit_core")),
      (
        "Can't locate Test/More.pm in @INC (you may need to install the Test::More module)",
        .perl("Test::More")
      ),
      ("No package 'libnl-3.0' found", .pkgconfig("libnl-3.0")),
      ("Package glib-2.0 was not found in the pkg-config search path.", .pkgconfig("glib-2.0")),
      ("Package 'foo', required by 'virtual:world', not found", .pkgconfig("foo")),
      ("meson.build:12:0: ERROR: Dependency \"zlib\" not found, tried pkgconfig", .pkgconfig("zlib")),
      ("  Could not find a package configuration file provided by \"GTest\" with any", .cmake("GTest")),
    ] as [(String, BuildHint.Missing)])
  func whatAnotherPackageBrings(line: String, thing: BuildHint.Missing) {
    #expect(read("+ make\n\(line)").hint == .missing(thing))
  }

  @Test(arguments: [
    "checking for zlib.h... no", "make: *** [Makefile:3: all] Error 127", "a.c:1: error: no such thing",
    "make: /usr/bin/x: No such file or directory",
  ])
  func whatProvesNothing(line: String) { #expect(read("+ make\n\(line)").hint == nil) }

  @Test func aMacroThatNobodyDefines() {
    #expect(
      read("+ %cmake_build --x\n/var/tmp/rpm-tmp.x: line 38: fg: no job control").hint
        == .undefinedMacro("cmake_build"))
  }

  @Test func aMacroInBraces() {
    #expect(read("+ '%{meson}' .\nx: line 3: fg: no job control").hint == .undefinedMacro("meson"))
  }

  @Test func aDocumentThatIsNotThere() {
    let line =
      "error: File not found: /usr/src/azl/BUILDROOT/a-1.2-1.azl3.x86_64/usr/share/licenses/a-1.2/COPYING"
    #expect(read(line).hint == .missingDocument(directive: "license", file: "COPYING"))
  }

  @Test func patchesWithoutAFileOrAHunk() {
    #expect(
      read("Patch #2 (a.patch):\ncan't find file to patch at input line 5").hint
        == .patchDoesNotApply(patch: "a.patch", file: nil, hunk: nil))
    #expect(
      read("Patch #2 (a.patch):\n1 out of 1 hunk FAILED -- saving rejects to file src/a.c.rej").hint
        == .patchDoesNotApply(patch: "a.patch", file: "src/a.c", hunk: nil))
  }

  @Test func whatTheScriptAllowedToFailIsNotTheCause() {
    let finder = read(
      """
      + python3 -c 'import optional'
      ModuleNotFoundError: No module named 'optional'
      + true
      + make
      a.c:3: error: unknown type name 'x'
      make: *** [a.o] Error 1
      error: Bad exit status from /var/tmp/rpm-tmp.1 (%build)

      RPM build errors:
          Bad exit status from /var/tmp/rpm-tmp.1 (%build)
      """)
    #expect(finder.found?.telling == "a.c:3: error: unknown type name 'x'")
    #expect(finder.found?.lines == ["+ true", "+ make", "a.c:3: error: unknown type name 'x'"])
    #expect(finder.hint == nil)
  }

  @Test func whatTheScriptDoesAboutAFailureIsNoGoingOn() {
    let finder = read(
      """
      + make
      a.c:3:10: fatal error: x.h: No such file or directory
      + cat a.log
      nothing to see
      + exit 1
      error: Bad exit status from /var/tmp/rpm-tmp.1 (%build)
      """)
    #expect(finder.found?.number == 2)
    #expect(finder.hint == .missing(.header("x.h")))
  }

  @Test func anEarlierFailureServesWhereNothingElseTells() {
    let finder = read("+ make\nx.c:1: error: bad\n+ ls\nx.c\nerror: Bad exit status from x (%build)")
    #expect(finder.found?.telling == "x.c:1: error: bad")
  }
}
