import AzureLinux
import Foundation
import Incremental
import SystemPackage
import Testing

@Suite struct ReferenceTests {
  @Test func branchesTagsAndCommitsResolve() async throws {
    let tree = try await TestTree.repository(["f": "1"])
    let first = try await tree.run("git", "rev-parse", "HEAD")
    try await tree.run("git", "tag", "-a", "-m", "annotated", "v1")
    try await tree.commit(["f": "2"])
    let baseline = try GitBaseline(tree: tree.path)
    for name in ["v1", "main~1", "HEAD~1", first, String(first.prefix(8))] {
      let found = try await baseline.commit(name)
      #expect(found.id == first && found.ref == name)
    }
    let found = try await baseline.commit("v1")
    #expect(found.time == 1_767_323_045)
  }

  @Test func theNearestReleaseBranchIsTheBaseline() async throws {
    let upstream = try await TestTree.repository(["f": "1"])
    try await upstream.run("git", "branch", "3.0")
    let dev = try await upstream.commit(["f": "2"])
    try await upstream.run("git", "branch", "3.0-dev")
    let tree = try TestTree()
    try await tree.run("git", "clone", "-q", upstream.path.string, ".")
    try await tree.run("git", "checkout", "-q", "-b", "topic", "origin/3.0-dev")
    try await tree.commit(["f": "3"])
    let baseline = try GitBaseline(tree: tree.path)
    let found = try await baseline.defaultBaseline(release: "3.0")
    #expect(found.ref == "origin/3.0-dev" && found.id == dev)
    // the same without any remote
    try await tree.run("git", "branch", "3.0-dev", "origin/3.0-dev")
    try await tree.run("git", "remote", "remove", "origin")
    let local = try await baseline.defaultBaseline(release: "3.0")
    #expect(local.ref == "3.0-dev" && local.id == dev)
    // another release's branches say nothing
    let other = try await baseline.defaultBaseline(release: "9.9")
    #expect(other.ref == "HEAD")
  }

  @Test func aTrackedBranchServesWhenThereIsNoReleaseBranch() async throws {
    let upstream = try await TestTree.repository(["f": "1"])
    let tree = try TestTree()
    try await tree.run("git", "clone", "-q", upstream.path.string, ".")
    try await tree.run("git", "remote", "set-head", "origin", "-d")
    try await tree.commit(["f": "2"])
    let found = try await GitBaseline(tree: tree.path).defaultBaseline(release: "3.0")
    #expect(found.ref == "origin/main")
    #expect(found.id == (try await tree.run("git", "rev-parse", "origin/main")))
  }

  @Test func wrongPlacesAndNamesAreNamed() async throws {
    let folder = try TestTree()
    #expect {
      try GitBaseline(tree: folder.path)
    } throws: {
      guard case GitError.notARepository(let tree) = $0 else { return false }
      return tree == folder.path.string
    }
    try await folder.run("git", "init", "-q")
    let empty = try GitBaseline(tree: folder.path)
    await #expect {
      try await empty.defaultBaseline(release: "3.0")
    } throws: {
      if case GitError.noCommits = $0 { true } else { false }
    }
    try await folder.commit(["f": "1"])
    await #expect {
      try await empty.commit("no-such-branch")
    } throws: {
      guard case GitError.unknownRef(let name, _) = $0 else { return false }
      return name == "no-such-branch"
    }
    try await folder.run("git", "init", "-q", "--bare", "bare.git")
    #expect {
      try GitBaseline(tree: folder.path.appending("bare.git"))
    } throws: {
      if case GitError.noWorkTree = $0 { true } else { false }
    }
  }

  @Test func locksAndHalfDoneOperationsAreSeen() async throws {
    let tree = try await TestTree.repository(["f": "1\n"])
    let baseline = try GitBaseline(tree: tree.path)
    #expect(await baseline.state == GitBaseline.State(operation: .none, isIndexLocked: false))
    try await tree.write(".git/index.lock", "")
    #expect(await baseline.state.isIndexLocked)
    try tree.remove(".git/index.lock")
    try await tree.run("git", "checkout", "-q", "-b", "other")
    try await tree.commit(["f": "2\n"])
    try await tree.run("git", "checkout", "-q", "main")
    try await tree.commit(["f": "3\n"])
    await #expect(throws: (any Error).self) { try await tree.run("git", "rebase", "other") }
    #expect(await baseline.state.operation == .rebase)
    let found = try await baseline.changes(from: "main", folders: [""])
    #expect(found == [TreeChange(path: "f", status: "modified")])
  }
}
