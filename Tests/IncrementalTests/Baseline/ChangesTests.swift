import AzureLinux
import Foundation
import Incremental
import SystemPackage
import Testing

@Suite struct ChangesTests {
  static let zlib = [
    "SPECS/zlib/zlib.spec": "Name: zlib\nVersion: 1\nRelease: 1\n", "SPECS/zlib/a.patch": "a\n",
  ]

  func changes(_ tree: TestTree, since base: String = "HEAD", head: String? = nil) async throws -> [String] {
    let baseline = try GitBaseline(tree: tree.path)
    return try await baseline.changes(
      from: base, to: head, folders: ["SPECS"], others: ["toolkit"]
    ).map { "\($0.status) \($0.oldPath.map { $0 + " > " } ?? "")\($0.path)" }
  }

  func expectNone(_ tree: TestTree, at place: SourceLocation = #_sourceLocation) async throws {
    let found = try await changes(tree)
    #expect(found == [], sourceLocation: place)
  }

  @Test func aCleanTreeHasNoChanges() async throws {
    let tree = try await TestTree.repository(Self.zlib)
    try await expectNone(tree)
  }

  @Test func everyKindOfChangeIsFound() async throws {
    var files = Self.zlib
    files["SPECS/zlib/run.sh"] = "true\n"
    files["SPECS/zlib/link"] = "plain\n"
    files["toolkit/x.json"] = "{}\n"
    files["README"] = "outside\n"
    let tree = try await TestTree.repository(files)
    try await tree.write("SPECS/zlib/zlib.spec", "Name: zlib\nVersion: 1\nRelease: 2\n")
    try tree.remove("SPECS/zlib/a.patch")
    try await tree.run("chmod", "+x", "SPECS/zlib/run.sh")
    try tree.remove("SPECS/zlib/link")
    try await tree.run("ln", "-s", "run.sh", "SPECS/zlib/link")
    try await tree.write("SPECS/new/new.spec", "a wholly different text\n")
    try await tree.write("SPECS/staged/staged.spec", "one more text that nothing resembles\n")
    try await tree.run("git", "add", "SPECS/staged")
    try await tree.write("toolkit/x.json", "{ }\n")
    try await tree.write("README", "changed\n")
    #expect(
      try await changes(tree) == [
        "untracked SPECS/new/new.spec", "added SPECS/staged/staged.spec", "deleted SPECS/zlib/a.patch",
        "typechange SPECS/zlib/link", "modified SPECS/zlib/run.sh", "modified SPECS/zlib/zlib.spec",
        "modified toolkit/x.json",
      ])
  }

  @Test func ignoredFilesCountInPackageDirectoriesOnly() async throws {
    var files = Self.zlib
    files[".gitignore"] = "SPECS*/**/*.gz\nout/\n"
    files["toolkit/x"] = "x\n"
    let tree = try await TestTree.repository(files)
    try await tree.write("SPECS/zlib/zlib-1.tar.gz", "archive\n")
    try await tree.write("SPECS/zlib/out/deep/file", "x\n")
    try await tree.write("toolkit/out/big", "x\n")
    #expect(
      try await changes(tree) == ["untracked SPECS/zlib/out/deep/file", "untracked SPECS/zlib/zlib-1.tar.gz"])
  }

  @Test func editorFilesAreLeftOutUnlessTracked() async throws {
    var files = Self.zlib
    files["SPECS/zlib/kept~"] = "tracked\n"
    let tree = try await TestTree.repository(files)
    for name in [".zlib.spec.swp", ".zlib.spec.swo", "zlib.spec~", "4913", ".#zlib.spec", "#zlib.spec#"] {
      try await tree.write("SPECS/zlib/\(name)", "x")
    }
    try await tree.write("SPECS/.azldev/store/x", "x")
    try await tree.write("SPECS/zlib/kept~", "changed\n")
    #expect(try await changes(tree) == ["modified SPECS/zlib/kept~"])
  }

  @Test func aMovedPackageDirectoryIsRenamed() async throws {
    var files = Self.zlib
    files["SPECS/zlib/zlib.spec"] = (1...40).map { "line \($0)\n" }.joined()
    files["SPECS/zlib/a.patch"] = (1...40).map { "patched \($0)\n" }.joined()
    let tree = try await TestTree.repository(files)
    try tree.move("SPECS/zlib", "SPECS/zlib2")
    try await tree.write("SPECS/zlib2/zlib.spec", (1...41).map { "line \($0)\n" }.joined())
    #expect(
      try await changes(tree) == [
        "renamed SPECS/zlib/a.patch > SPECS/zlib2/a.patch",
        "renamed SPECS/zlib/zlib.spec > SPECS/zlib2/zlib.spec",
      ])
  }

  @Test func onlyContentCounts() async throws {
    let tree = try await TestTree.repository(Self.zlib)
    let spec = "SPECS/zlib/zlib.spec"
    try await tree.run("touch", "-d", "2020-01-01", tree.file(spec))
    try await expectNone(tree)
    // staged, then undone in the working tree
    try await tree.write(spec, "other\n")
    try await tree.run("git", "add", "-A")
    try await tree.write(spec, Self.zlib[spec]!)
    try await expectNone(tree)
    // no longer tracked, and still there as it was
    try await tree.run("git", "rm", "-q", "-f", "--cached", spec)
    try await expectNone(tree)
    // staged as new, then gone
    try await tree.write("SPECS/zlib/b.patch", "b\n")
    try await tree.run("git", "add", "SPECS/zlib/b.patch")
    try tree.remove("SPECS/zlib/b.patch")
    try await expectNone(tree)
  }

  @Test func lineEndingsOfACheckoutAreNoChange() async throws {
    let tree = try await TestTree.repository(Self.zlib)
    try await tree.run("git", "config", "core.autocrlf", "true")
    let spec = "SPECS/zlib/zlib.spec"
    try await tree.write(spec, Self.zlib[spec]!.replacing("\n", with: "\r\n"))
    try await expectNone(tree)
    let baseline = try GitBaseline(tree: tree.path)
    let content = try await baseline.content(of: spec, at: "HEAD")
    #expect(content == FileManager.default.contents(atPath: tree.file(spec)))
    try await tree.write(spec, "Name: zlib\r\nVersion: 2\r\nRelease: 1\r\n")
    #expect(try await changes(tree) == ["modified SPECS/zlib/zlib.spec"])
  }

  @Test func twoCommitsAreComparedWithoutTheWorkingTree() async throws {
    let tree = try await TestTree.repository(Self.zlib)
    try await tree.commit([
      "SPECS/zlib/zlib.spec": "changed\n", "SPECS/bash/bash.spec": "new and unlike it\n",
    ])
    try await tree.write("SPECS/zlib/untracked", "x")
    #expect(
      try await changes(tree, since: "HEAD~1", head: "HEAD") == [
        "added SPECS/bash/bash.spec", "modified SPECS/zlib/zlib.spec",
      ])
  }

  @Test func theTreeMayBeAFolderOfTheRepository() async throws {
    let top = try await TestTree.repository(["a/b/SPECS/x/x.spec": "x\n", "SPECS/y/y.spec": "y\n"])
    try await top.write("a/b/SPECS/x/x.spec", "changed\n")
    try await top.write("SPECS/y/y.spec", "changed\n")
    let baseline = try GitBaseline(tree: top.path.appending("a/b"))
    let found = try await baseline.changes(from: "HEAD", folders: ["SPECS"])
    #expect(found == [TreeChange(path: "SPECS/x/x.spec", status: "modified")])
    #expect(try await baseline.content(of: "SPECS/x/x.spec", at: "HEAD") == Data("x\n".utf8))
    let whole = try await baseline.changes(from: "HEAD", folders: [""])
    #expect(whole == found)
  }

  @Test func sparseLinkedAndShallowTreesWork() async throws {
    let tree = try await TestTree.repository(["SPECS/x/x.spec": "x\n", "SPECS/y/y.spec": "y\n"])
    try await tree.commit(["SPECS/x/x.spec": "x2\n"])
    try await tree.run("git", "worktree", "add", "-q", "linked")
    try await tree.run("git", "sparse-checkout", "set", "SPECS/x", in: "linked")
    #expect(!FileManager.default.fileExists(atPath: tree.file("linked/SPECS/y/y.spec")))
    let linked = try GitBaseline(tree: tree.path.appending("linked"))
    #expect(try await linked.changes(from: "HEAD", folders: ["SPECS"]) == [])
    try await tree.write("linked/SPECS/x/x.spec", "x3\n")
    let changed = [TreeChange(path: "SPECS/x/x.spec", status: "modified")]
    #expect(try await linked.changes(from: "HEAD", folders: ["SPECS"]) == changed)

    try await tree.run("git", "clone", "-q", "--depth=1", "file://" + tree.path.string, "shallow")
    let shallow = try GitBaseline(tree: tree.path.appending("shallow"))
    #expect(try await shallow.changes(from: "HEAD", folders: ["SPECS"]) == [])
    #expect(try await shallow.defaultBaseline(release: "3.0").ref == "origin/HEAD")
  }

  /// What a sparse checkout leaves out is no source of a rename, and its content need not be there.
  @Test func renamesAreFoundBesideWhatIsLeftOut() async throws {
    let text = (0..<30).map { "line \($0)\n" }.joined()
    let tree = try await TestTree.repository(["SPECS/x/x.spec": text, "SPECS/y/y.spec": "y\n"])
    let blob = try await tree.run("git", "rev-parse", "HEAD:SPECS/y/y.spec")
    try await tree.run("git", "sparse-checkout", "set", "--no-cone", "/*", "!SPECS/y")
    try tree.remove(".git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))")
    try tree.move("SPECS/x", "SPECS/z")
    let changes = try await GitBaseline(tree: tree.path).changes(from: "HEAD", folders: ["SPECS"])
    #expect(changes == [TreeChange(path: "SPECS/z/x.spec", oldPath: "SPECS/x/x.spec", status: "renamed")])
  }

  /// `-` sorts before `/`: the folders overlap in git's order.
  @Test func foldersWithACommonBeginningAreKeptApart() async throws {
    var files: [String: String] = [:]
    for folder in ["SPECS", "SPECS-EXTENDED", "SPECS-SIGNED"] {
      for name in ["Alpha", "beta", "zeta"] { files["\(folder)/\(name)/\(name).spec"] = "Name: \(name)\n" }
    }
    let tree = try await TestTree.repository(files)
    let baseline = try GitBaseline(tree: tree.path)
    let folders = ["SPECS", "SPECS-EXTENDED", "SPECS-SIGNED"]
    #expect(try await baseline.changes(from: "HEAD", folders: folders).isEmpty)
    try await tree.write("SPECS/beta/beta.spec", "Name: other\n")
    try tree.move("SPECS/zeta", "SPECS-EXTENDED/zeta2")
    let changes = try await baseline.changes(from: "HEAD", folders: folders)
    #expect(changes.map(\.path) == ["SPECS-EXTENDED/zeta2/zeta.spec", "SPECS/beta/beta.spec"])
    #expect(changes.first?.oldPath == "SPECS/zeta/zeta.spec")
  }

  /// The index has lost the old file, the working tree has not: a copy, and nothing went.
  @Test func aFileThatOnlyTheIndexHasLostIsNotRenamed() async throws {
    let text = (0..<20).map { "line \($0)\n" }.joined()
    let tree = try await TestTree.repository(["SPECS/a/fix.patch": text, "SPECS/b/b.spec": "b"])
    try await tree.run("git", "rm", "-q", "--cached", "SPECS/a/fix.patch")
    try await tree.write("SPECS/b/fix.patch", text)
    let git = try GitBaseline(tree: tree.path)
    #expect(
      try await git.changes(from: "HEAD", folders: ["SPECS"])
        == [TreeChange(path: "SPECS/b/fix.patch", status: "untracked")])
  }

  /// In one folder a move that git does not know of yet, in the other only what is staged.
  @Test func aMoveIsFoundWhereAnotherFolderIsStaged() async throws {
    let text = (0..<20).map { "line \($0)\n" }.joined()
    let tree = try await TestTree.repository(["SPECS-EXTENDED/a/a.patch": text, "SPECS/b/b.spec": "b"])
    try await tree.run("git", "mv", "SPECS/b/b.spec", "SPECS/b/c.spec")
    try tree.move("SPECS-EXTENDED/a/a.patch", "SPECS-EXTENDED/a/b.patch")
    let git = try GitBaseline(tree: tree.path)
    let changes = try await git.changes(from: "HEAD", folders: ["SPECS-EXTENDED", "SPECS"])
    #expect(
      changes == [
        TreeChange(path: "SPECS-EXTENDED/a/b.patch", oldPath: "SPECS-EXTENDED/a/a.patch", status: "renamed"),
        TreeChange(path: "SPECS/b/c.spec", oldPath: "SPECS/b/b.spec", status: "renamed"),
      ])
  }
}
