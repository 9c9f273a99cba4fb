import AzureLinux
import Foundation
import Incremental
import SystemPackage
import Testing

/// The answer that is put together by directory, against git's answer about everything.
@Suite struct BaselineChangesTests {
  @Test(arguments: 0..<6)
  func afterAnyEditsItIsWhatGitSaysOfEverything(seed: Int) async throws {
    var random = SeededGenerator(state: UInt64(seed) &+ 4711)
    let folders = ["SPECS", "SPECS-EXTENDED"]
    var files = [".gitignore": "*.tar\n", "imageconfigs/a.json": "{}"]
    for folder in folders {
      for name in ["a", "b", "c"] {
        let lines = (0..<20).map { "line \($0) of \(folder) \(name)" }.joined(separator: "\n")
        files["\(folder)/\(name)/\(name).spec"] = lines
        files["\(folder)/\(name)/fix.patch"] = "a patch\n" + lines
      }
    }
    let tree = try await TestTree.repository(files)
    let commit = try await tree.run("git", "rev-parse", "HEAD")
    let git = try GitBaseline(tree: tree.path)
    let inventory = try TreeInventory(tree: tree.path, folders: folders, others: ["imageconfigs"])
    let file = tree.path.appending("kept")
    var kept = BaselineChanges(git: git, folders: folders, others: ["imageconfigs"], file: file)
    for round in 0..<24 {
      for _ in 0..<Int.random(in: 1...2, using: &random) { try await edit(tree, files, &random) }
      if round % 7 == 6 {  // the next process
        kept = BaselineChanges(git: git, folders: folders, others: ["imageconfigs"], file: file)
      }
      _ = try inventory.scan()
      let found = try await kept.changes(from: commit, seen: inventory.sighting)
      let all = try await git.changes(from: commit, folders: folders, others: ["imageconfigs"])
      #expect(found == all, "round \(round)")
    }
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
    if inTheNextProcess { kept = changes() }
    #expect(try inventory.scan() == [])
    #expect(try await kept.changes(from: commit, seen: inventory.sighting) == [])
  }

  private func edit(
    _ tree: TestTree, _ files: [String: String], _ random: inout SeededGenerator
  ) async throws {
    let manager = FileManager.default
    let path = files.keys.filter { $0 != ".gitignore" }.sorted().randomElement(using: &random)!
    let folder = FilePath(path).removingLastComponent().string
    switch Int.random(in: 0..<8, using: &random) {
    case 0: try await tree.write(path, "\(files[path]!)\nmore")
    case 1: try await tree.write(path, files[path]!)
    case 2: if manager.fileExists(atPath: tree.file(path)) { try tree.remove(path) }
    case 3: try await tree.write(folder + "/new\(Int.random(in: 0..<2, using: &random)).tar", "x")
    case 4:
      // a package directory under another name
      let to = "SPECS-EXTENDED/moved\(Int.random(in: 0..<2, using: &random))"
      if manager.fileExists(atPath: tree.file(folder)), !manager.fileExists(atPath: tree.file(to)) {
        try tree.move(folder, to)
      }
    case 5: try await tree.run("git", "checkout", "-q", "--", ".")
    case 6: try await tree.run("git", "add", "-A", "SPECS")
    default: try await tree.run("git", "stash", "-q", "--include-untracked")
    }
  }
}
