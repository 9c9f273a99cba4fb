import AzureLinux
import Foundation
import Incremental
import SystemPackage
import TestSupport
import Testing

/// The answer that is put together by directory, against git's answer about everything.
@Suite struct BaselineChangesTests {
  private static let folders = ["SPECS", "SPECS-EXTENDED"]
  private static let others = ["imageconfigs", "lists/core.json"]

  private func repository() async throws -> (TestTree, [String: String], commit: String) {
    var files = [
      ".gitignore": "*.tar\n", ".gitattributes": "*.patch text eol=crlf\n", "imageconfigs/a.json": "{}",
      "lists/core.json": "{}", "lists/other.json": "{}", "SPECS/README": "read me", "README": "me too",
    ]
    for folder in Self.folders {
      for name in ["a", "b", "c"] {
        let lines = (0..<20).map { "line \($0) of \(folder) \(name)" }.joined(separator: "\n")
        files["\(folder)/\(name)/\(name).spec"] = lines
        files["\(folder)/\(name)/fix.patch"] = "a patch\n" + lines
      }
    }
    let tree = try await TestTree.repository(files)
    return (tree, files, try await tree.run("git", "rev-parse", "HEAD"))
  }

  @Test(arguments: 0..<8)
  func afterAnyEditsItIsWhatGitSaysOfEverything(seed: Int) async throws {
    var random = SeededGenerator(state: UInt64(seed) &+ 4711)
    let (tree, files, commit) = try await repository()
    let git = try GitBaseline(tree: tree.path)
    let inventory = try TreeInventory(tree: tree.path, folders: Self.folders, others: Self.others)
    let file = tree.path.appending("kept")
    var kept = BaselineChanges(git: git, folders: Self.folders, others: Self.others, file: file)
    var done: [String] = []
    for round in 0..<24 {
      for _ in 0..<Int.random(in: 1...2, using: &random) { done.append(try await edit(tree, files, &random)) }
      if round % 7 == 6 {  // the next process
        await kept.write()
        kept = BaselineChanges(git: git, folders: Self.folders, others: Self.others, file: file)
      }
      _ = try inventory.scan()
      let found = try await kept.changes(from: commit, seen: inventory.sighting)
      let all = try await git.changes(from: commit, folders: Self.folders, others: Self.others)
      #expect(found == all, "seed \(seed), round \(round), after \(done.suffix(9))")
    }
  }

  /// Git is asked about everything once, then about what was edited, and not at all where nothing was.
  @Test func theCostFollowsTheChange() async throws {
    let (tree, files, commit) = try await repository()
    let git = try GitBaseline(tree: tree.path)
    let inventory = try TreeInventory(tree: tree.path, folders: Self.folders, others: Self.others)
    let file = tree.path.appending("kept")
    func next() -> BaselineChanges {
      BaselineChanges(git: git, folders: Self.folders, others: Self.others, file: file)
    }
    try await settle(tree, git)
    _ = try inventory.scan()
    let first = next()
    #expect(try await first.changes(from: commit, seen: inventory.sighting) == [])
    #expect(await first.asked == (1, 0))
    await first.write()

    let second = next()
    #expect(try await second.changes(from: commit, seen: inventory.sighting) == [])
    #expect(await second.asked == (0, 0))
    try await tree.write("SPECS/a/a.spec", files["SPECS/a/a.spec"]! + "\nmore")
    try await tree.write("SPECS/b/new.tar", "ignored by git, and a source all the same")
    _ = inventory.look(at: ["SPECS/a/a.spec", "SPECS/b/new.tar"])
    let changes = try await second.changes(from: commit, seen: inventory.sighting)
    #expect(changes.map(\.path) == ["SPECS/a/a.spec", "SPECS/b/new.tar"])
    #expect(await second.asked == (0, 1))
    await second.write()

    // the answer after the save, not only the first one, serves the next process
    let third = next()
    #expect(try await third.changes(from: commit, seen: inventory.sighting) == changes)
    #expect(await third.asked == (0, 0))
    // the index is written anew by many a git command that changes nothing
    try await tree.run("git", "update-index", "--index-version", "4")
    #expect(try await third.changes(from: commit, seen: inventory.sighting) == changes)
    #expect(await third.asked == (0, 0))
    try await tree.run("git", "add", "-f", "SPECS/b/new.tar")
    #expect(
      try await third.changes(from: commit, seen: inventory.sighting).map(\.status) == ["modified", "added"])
    #expect(await third.asked == (0, 1))
  }

  /// Git reads the tree later than it was looked at; what changed in between and back is not remembered as changed.
  @Test(arguments: [false, true]) func whatChangesUnderGitIsAskedAgain(inTheNextProcess: Bool) async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n", "SPECS/b/b.spec": "1\n"])
    let commit = try await tree.run("git", "rev-parse", "HEAD")
    let git = try GitBaseline(tree: tree.path)
    let inventory = try TreeInventory(tree: tree.path, folders: ["SPECS"])
    func changes() -> BaselineChanges {
      BaselineChanges(git: git, folders: ["SPECS"], others: [], file: tree.path.appending("kept"))
    }
    var kept = changes()
    _ = try inventory.scan()
    try await tree.write(["SPECS/a/a.spec": "2\n", "SPECS/c/c.spec": "2\n"])
    let between = try await kept.changes(from: commit, seen: inventory.sighting)
    #expect(between.map(\.path) == ["SPECS/a/a.spec", "SPECS/c/c.spec"])
    try await tree.write("SPECS/a/a.spec", "1\n")
    try tree.remove("SPECS/c")
    if inTheNextProcess {
      await kept.write()
      kept = changes()
    }
    #expect(try inventory.scan() == [])
    #expect(try await kept.changes(from: commit, seen: inventory.sighting) == [])
  }

  @Test func aDamagedAnswerIsAskedAgain() async throws {
    let (tree, _, commit) = try await repository()
    let git = try GitBaseline(tree: tree.path)
    let inventory = try TreeInventory(tree: tree.path, folders: Self.folders, others: Self.others)
    let file = tree.path.appending("kept")
    try await tree.write("SPECS/a/a.spec", "other")
    try await settle(tree, git)
    _ = try inventory.scan()
    let first = BaselineChanges(git: git, folders: Self.folders, others: Self.others, file: file)
    let changes = try await first.changes(from: commit, seen: inventory.sighting)
    await first.write()
    let good = try Data(contentsOf: URL(filePath: file.string))
    for length in stride(from: 0, to: good.count, by: 41) {
      try good.prefix(length).write(to: URL(filePath: file.string))
      let next = BaselineChanges(git: git, folders: Self.folders, others: Self.others, file: file)
      #expect(try await next.changes(from: commit, seen: inventory.sighting) == changes)
      #expect(await next.asked == (1, 0))
    }
  }

  /// Until the answer is one that is trusted: the clock by which files are dated has moved on since the last write.
  private func settle(_ tree: TestTree, _ git: GitBaseline) async throws {
    let probe = BaselineChanges(git: git, folders: ["SPECS"], others: [], file: nil)
    let nothing = try TreeInventory(tree: tree.path, folders: []).sighting
    var last = 0
    repeat {
      last = await probe.asked.full
      try await Task.sleep(for: .milliseconds(5))
      _ = try await probe.changes(from: "HEAD", seen: nothing)
    } while await probe.asked.full != last
  }

  private func edit(
    _ tree: TestTree, _ files: [String: String], _ random: inout SeededGenerator
  ) async throws -> String {
    let manager = FileManager.default
    let path = files.keys.filter { $0 != ".gitignore" }.sorted().randomElement(using: &random)!
    let folder = FilePath(path).removingLastComponent().string
    // which refuses much of this where files are gone
    func git(_ arguments: String) async throws { try await tree.run("sh", "-c", "git \(arguments) || true") }
    let isThere = manager.fileExists(atPath: tree.file(path))
    let kind = Int.random(in: 0..<18, using: &random)
    switch kind {
    case 0, 1: try await tree.write(path, "\(files[path]!)\nmore")
    case 2: try await tree.write(path, files[path]!)
    case 3: if isThere { try tree.remove(path) }
    case 4: try await tree.write(folder + "/new\(Int.random(in: 0..<2, using: &random)).tar", "x")
    case 5, 6:
      // a package directory under another name
      let to = "SPECS-EXTENDED/moved\(Int.random(in: 0..<2, using: &random))"
      if folder.contains("/"), manager.fileExists(atPath: tree.file(folder)),
        !manager.fileExists(atPath: tree.file(to))
      {
        try tree.move(folder, to)
      }
    case 7:
      // one file to another package
      let to = "SPECS/b/taken\(Int.random(in: 0..<2, using: &random)).patch"
      if isThere, manager.fileExists(atPath: tree.file("SPECS/b")), !manager.fileExists(atPath: tree.file(to))
      {
        try tree.move(path, to)
      }
    case 8: try await git("checkout -q -- .")
    case 9: try await git("add -A SPECS")
    case 10: try await git("add -A -N .")
    case 11: try await git("rm -q -r --cached --ignore-unmatch '\(folder)'")
    case 12: try await git("reset -q")
    case 13:
      let flag = Bool.random(using: &random) ? "--skip-worktree" : "--no-skip-worktree"
      try await git(
        "--version >/dev/null; git ls-files -z -- '\(folder)' | xargs -0r git update-index \(flag)")
    case 14: try await tree.write(".gitignore", ["", "*.tar\n", "*.json\n"].randomElement(using: &random)!)
    case 15:
      try await tree.write(
        ".gitattributes", ["", "*.patch text eol=crlf\n", "*.spec text\n"].randomElement(using: &random)!)
    case 16: if isThere { try await tree.write(path, files[path]!.replacing("\n", with: "\r\n")) }
    default: try await git("stash -q --include-untracked")
    }
    return "\(kind) \(path)"
  }
}
