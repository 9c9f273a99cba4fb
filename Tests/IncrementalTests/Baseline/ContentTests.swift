import Foundation
import Incremental
import SystemPackage
import Testing

@Suite struct ContentTests {
  @Test func aPackageDirectoryOfTheBaselineIsWrittenOut() async throws {
    let tree = try await TestTree.repository([
      "SPECS/x/x.spec": "old\n", "SPECS/x/d/run": "sh\n", "SPECS/y/y": "y",
    ])
    try await tree.run("chmod", "+x", "SPECS/x/d/run")
    try await tree.run("ln", "-s", "x.spec", "SPECS/x/link")
    try await tree.commit()
    try await tree.write("SPECS/x/x.spec", "new\n")
    let before = try await tree.run("git", "status", "--porcelain")
    let out = try TestTree()
    let baseline = try GitBaseline(tree: tree.path)
    let folder = try await baseline.materialise("SPECS/x", at: "HEAD", into: out.path)
    #expect(folder == out.path.appending("SPECS/x"))
    let written = try await out.run("find", ".", "-type", "d", "-o", "-printf", "%P %M %l;")
    #expect(
      written.split(separator: ";").sorted() == [
        "SPECS/x/d/run -rwxr-xr-x ", "SPECS/x/link lrwxrwxrwx x.spec", "SPECS/x/x.spec -rw-r--r-- ",
      ])
    #expect(try String(contentsOfFile: out.file("SPECS/x/x.spec"), encoding: .utf8) == "old\n")
    #expect(try await tree.run("git", "status", "--porcelain") == before)
    #expect(try String(contentsOfFile: tree.file("SPECS/x/x.spec"), encoding: .utf8) == "new\n")
    await #expect {
      try await baseline.materialise("SPECS/x/x.spec", at: "HEAD", into: out.path)
    } throws: {
      if case GitError.notADirectory = $0 { true } else { false }
    }
  }

  @Test func contentOfWhatIsNotThereIsNil() async throws {
    let tree = try await TestTree.repository(["SPECS/x/x.spec": "old\n"])
    let baseline = try GitBaseline(tree: tree.path)
    #expect(try await baseline.content(of: "SPECS/x/none", at: "HEAD") == nil)
    #expect(try await baseline.content(of: "SPECS/x", at: "HEAD") == nil)
  }

  @Test func changedTagsArePairedAndCarryTheirLines() {
    let old = "Name: zlib\nVersion: 1.3\nRelease: 1%{?dist}\nVendor: x\n\n%prep\nmake\n"
    let new = "Name: zlib\nVersion: 1.3\nPatch0: CVE.patch\nRelease: 2%{?dist}\n\n%prep\nmake -j\n"
    #expect(
      LineChange.between(Data(old.utf8), Data(new.utf8)) == [
        LineChange(line: 3, old: nil, new: "Patch0: CVE.patch"),
        LineChange(line: 4, old: "Release: 1%{?dist}", new: "Release: 2%{?dist}"),
        LineChange(line: 7, old: "make", new: "make -j"),
        LineChange(line: 0, old: "Vendor: x", new: nil),
      ])
  }

  @Test func goneLinesAndMissingLineEndsAreSeen() {
    func between(_ old: String, _ new: String) -> [LineChange] {
      LineChange.between(Data(old.utf8), Data(new.utf8))
    }
    #expect(between("a\nb\nc\n", "a\nc\n") == [LineChange(line: 0, old: "b", new: nil)])
    #expect(between("a\nc\n", "a\nc") == [LineChange(line: 2, old: "c", new: "c")])
    #expect(between("", "a\r\n") == [LineChange(line: 1, old: nil, new: "a")])
    #expect(between("a\0\u{1}", "a\0\u{2}") == [])
  }
}
