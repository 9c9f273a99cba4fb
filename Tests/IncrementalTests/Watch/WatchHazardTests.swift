import Foundation
import Incremental
import SystemPackage
import TestSupport
import Testing

/// What the kernel does not tell, or tells too late.
@Suite struct WatchHazardTests {
  let followed: FollowedTree
  var tree: TestTree { followed.tree }

  init() async throws {
    let tree = try TestTree()
    try await tree.write(["SPECS/a/a.spec": "x\n", "SPECS/b/d/f": "x\n", "imageconfigs/i.json": "x\n"])
    followed = try await FollowedTree(tree)
  }

  @Test func afterAnOverflowEverythingIsLookedAt() async throws {
    let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
    let count = try #require(Int(limit.trimmingCharacters(in: .whitespacesAndNewlines)))
    try await Self.overflow(followed.watcher, tree, count)
    #expect(try await followed.changed() == ["SPECS/a", "SPECS/b", "SPECS/late"])
    // folders that came among the lost events are followed all the same
    #expect(try await followed.after("echo y > SPECS/late/d/f") == ["SPECS/late"])
  }

  /// Keeps the watcher from reading until the kernel has dropped events, and changes the tree after that.
  private static func overflow(_ watcher: isolated TreeWatcher, _ tree: TestTree, _ limit: Int) throws {
    let names = [tree.file("SPECS/a/a.spec"), tree.file("SPECS/a/moved.spec")]
    for turn in 0...(limit | 1) {
      guard rename(names[turn % 2], names[(turn + 1) % 2]) == 0 else { throw Errno(rawValue: errno) }
    }
    try tree.move("SPECS/a/a.spec", "SPECS/a/renamed.spec")
    try tree.remove("SPECS/b/d")
    try FileManager.default.createDirectory(
      atPath: tree.file("SPECS/late/d"), withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(filePath: tree.file("SPECS/late/d/f")))
  }

  /// The inventory holds the folder open, so that the kernel keeps it and does not tell that it was deleted.
  @Test(.timeLimit(.minutes(10))) func aTreeDeletedUnderTheWatcherIsAnError() async throws {
    try await tree.run("sh", "-c", #"rm -r "$1""#, "sh", tree.path.string)
    await #expect {
      while try await followed.watcher.next() != nil {}
    } throws: {
      guard case WatchError.treeGone(let gone) = $0 else { return false }
      return gone == tree.path.string
    }
  }

  @Test(.timeLimit(.minutes(10))) func aTreeDeletedAndRemadeIsAnError() async throws {
    let script = #"mv "$1" "$1.away"; mkdir -p "$1/SPECS/a"; rm -r "$1.away""#
    try await tree.run("sh", "-c", script, "sh", tree.path.string)
    await #expect(throws: WatchError.self) { while try await followed.watcher.next() != nil {} }
  }

  /// Long strings of whatever writers do, each told in batches of random length.
  @Test(arguments: 1...12) func anyOrderOfWritersIsFollowed(seed: UInt64) async throws {
    var random = SeededGenerator(state: seed)
    for _ in 0..<12 {
      let script = (0..<Int.random(in: 1...8, using: &random)).map { _ in action(&random) }
      // what cannot be done at this moment is left out
      try await tree.run("sh", "-c", script.joined(separator: "\n") + "\ntrue")
      try await followed.changed()
    }
  }

  private func action(_ random: inout SeededGenerator) -> String {
    func pick(_ names: [String]) -> String { names.randomElement(using: &random)! }
    let folders = ["SPECS", "SPECS-EXTENDED"]
    func package() -> String { pick(folders) + "/" + pick(["a", "b", "c"]) }
    func folder() -> String { package() + pick(["", "/d", "/d/e"]) }
    func file() -> String { folder() + "/" + pick(["a.spec", "b.spec", "f", ".f.swp", "f~"]) }
    let number = Int.random(in: 0...9, using: &random)
    return switch Int.random(in: 0..<13, using: &random) {
    case 0...2: "mkdir -p \(folder()) && echo \(number) > \(file())"
    case 3: "echo \(number) >> \(file())"
    case 4: "sed -i s/\(number)/x/ \(file())"
    case 5: "rm -r \(folder())"
    case 6: "mv -T \(folder()) \(folder())"
    case 7: "mv \(file()) \(file())"
    case 8: "ln -sfn \(pick(["f", "../b", "../../SPECS/a/d"])) \(file())"
    case 9: "chmod \(pick(["+x", "-x"])) \(file())"
    case 10: "mv -T \(folder()) away$$; echo \(number) > away$$/f; mv -T away$$ \(folder())"
    case 11: "rm -f \(file())"
    default: "mv -T \(pick(folders)) \(pick(folders + ["hidden"])); mv -T hidden \(pick(folders))"
    }
  }
}
