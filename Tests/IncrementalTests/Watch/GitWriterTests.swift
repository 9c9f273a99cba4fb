import Foundation
import Incremental
import Testing

/// Git moves many files at once: told as one batch, after which what is known is what a first look finds.
@Suite struct GitWriterTests {
  let followed: FollowedTree
  var tree: TestTree { followed.tree }

  /// `main` and `other`: a file changed, a package gone, one new, one moved, a folder where a file was.
  init() async throws {
    let tree = try await TestTree.repository([
      "SPECS/a/a.spec": "1\n", "SPECS/b/b.spec": "1\n", "SPECS/m/m.spec": "1\n", "SPECS/m/kind": "1\n",
      "imageconfigs/i.json": "1\n",
    ])
    try await tree.run("git", "checkout", "-q", "-b", "other")
    try await tree.run("git", "rm", "-q", "-r", "SPECS/b")
    try await tree.run("git", "mv", "SPECS/m", "SPECS/moved")
    try await tree.run("git", "rm", "-q", "-f", "SPECS/moved/kind")
    try await tree.commit(["SPECS/a/a.spec": "2\n", "SPECS/c/c.spec": "2\n", "SPECS/moved/kind/f": "2\n"])
    try await tree.run("git", "checkout", "-q", "main")
    followed = try await FollowedTree(tree, git: true)
  }

  private let all: Set = ["SPECS/a", "SPECS/b", "SPECS/c", "SPECS/m", "SPECS/moved"]

  @Test func checkoutOfAnotherBranchAndBack() async throws {
    for branch in ["other", "main", "other"] {
      try await tree.run("git", "checkout", "-q", branch)
      #expect(try await followed.batch() == all)
      #expect(try await followed.changed() == [])
    }
    // what came with a branch is followed
    #expect(try await followed.after("echo 3 > SPECS/moved/kind/f; echo 3 > SPECS/c/c.spec").count == 2)
  }

  @Test func stashAndItsReturn() async throws {
    try await tree.write(["SPECS/a/a.spec": "3\n", "SPECS/n/n.spec": "3\n", "imageconfigs/i.json": "3\n"])
    let edited: Set = ["SPECS/a", "SPECS/n", "imageconfigs"]
    #expect(try await followed.changed() == edited)
    try await tree.run("git", "stash", "-q", "--include-untracked")
    #expect(try await followed.changed() == edited)
    try await tree.run("git", "stash", "pop", "-q")
    #expect(try await followed.changed() == edited)
    #expect(try await followed.after("echo 4 > SPECS/n/n.spec") == ["SPECS/n"])
  }

  @Test func rebase() async throws {
    try await tree.run("git", "checkout", "-q", "-b", "work")
    for name in ["x", "y", "z"] { try await tree.commit(["SPECS/\(name)/\(name).spec": "1\n"]) }
    #expect(try await followed.changed() == ["SPECS/x", "SPECS/y", "SPECS/z"])
    try await tree.run("git", "rebase", "-q", "other")
    // the three that are replayed end as they were
    #expect(try await followed.batch() == all)
    #expect(try await followed.changed() == [])
  }

  @Test func rebaseThatStopsAtAConflict() async throws {
    try await tree.run("git", "checkout", "-q", "-b", "work")
    try await tree.commit(["SPECS/a/a.spec": "conflict\n"])
    try await followed.changed()
    _ = try await followed.after("git rebase -q other || true")
    let text = try String(contentsOfFile: tree.file("SPECS/a/a.spec"), encoding: .utf8)
    #expect(text.contains("<<<<<<<"))
    #expect(try await followed.after("git rebase --abort") == all)
  }

  @Test func resetCleanAndWorktreeOfAnotherBranch() async throws {
    #expect(try await followed.after("git reset -q --hard other") == all)
    #expect(try await followed.after("git revert --no-edit HEAD >/dev/null") == all)
    #expect(try await followed.after("mkdir SPECS/u; echo 1 > SPECS/u/u.spec") == ["SPECS/u"])
    #expect(try await followed.after("git clean -q -f -d") == ["SPECS/u"])
    #expect(try await followed.after("git worktree add -q linked other 2>/dev/null") == [])
    #expect(try await followed.after("git -c core.autocrlf=true checkout -q other -- SPECS 2>&1").count > 1)
  }
}
