import Foundation
import Incremental
import SystemPackage
import Testing

/// Real writers on a real kernel. `settled` ends a batch where a test wants it; only tests of the timing wait.
@Suite struct TreeWatcherTests {
  let tree: TestTree

  init() async throws {
    tree = try TestTree()
    let names = ["SPECS/zlib/zlib.spec", "SPECS/zlib/deep/er/file", "SPECS/bash/bash.spec", "toolkit/macros"]
    try await tree.write(Dictionary(uniqueKeysWithValues: names.map { ($0, "x\n") }))
  }

  func start(_ roots: [String] = ["SPECS", "toolkit/images", "toolkit/macros"]) async throws -> TreeWatcher {
    try await TreeWatcher.start(tree: tree.path, scope: WatchScope(roots: roots, ignore: ["*.log"]))
  }

  /// What the batch up to now says, sorted; empty when there is none.
  func paths(_ watcher: TreeWatcher) async throws -> [String] {
    guard await watcher.settled() else { return [] }
    guard case .paths(let paths) = try await watcher.next() else { return ["everything"] }
    return paths.sorted()
  }

  func expect(
    _ watcher: TreeWatcher, _ wanted: [String], at place: SourceLocation = #_sourceLocation
  ) async throws {
    let found = try await paths(watcher)
    #expect(found == wanted, sourceLocation: place)
  }

  @Test func aWriteInPlaceIsOneHint() async throws {
    let watcher = try await start()
    #expect(await watcher.folderCount == 7)
    try await tree.write("SPECS/zlib/zlib.spec", "y\n")
    try await tree.write("SPECS/zlib/deep/er/file", "y\n")
    try await tree.write("toolkit/macros", "y\n")
    try await tree.write("toolkit/other", "not asked for\n")
    try await tree.write("README", "not asked for\n")
    try await expect(watcher, ["SPECS/zlib/deep/er/file", "SPECS/zlib/zlib.spec", "toolkit/macros"])
    try await expect(watcher, [])
  }

  @Test func aBatchComesByItselfWhenItIsQuiet() async throws {
    let watcher = try await start()
    try await tree.write("SPECS/zlib/zlib.spec", "y\n")
    #expect(try await watcher.next() == .paths(["SPECS/zlib/zlib.spec"]))
  }

  @Test func editorsThatRenameOverAreSeen() async throws {
    let watcher = try await start()
    try await tree.run("sed", "-i", "s/x/y/", "SPECS/zlib/zlib.spec")
    #expect(try await paths(watcher).contains("SPECS/zlib/zlib.spec"))
    try await tree.write("SPECS/zlib/new~", "aside\n")
    try await tree.run("mv", "SPECS/zlib/new~", "SPECS/zlib/zlib.spec")
    try await expect(watcher, ["SPECS/zlib/zlib.spec"])
    // and the file that now has the name is followed
    try await tree.write("SPECS/zlib/zlib.spec", "z\n")
    try await expect(watcher, ["SPECS/zlib/zlib.spec"])
  }

  @Test(.enabled(if: TestTree.has("vim"), "needs vim"))
  func vimLeavesOnlyTheFileItSaved() async throws {
    let watcher = try await start()
    for options in ["set backup writebackup backupcopy=no", "set nobackup backupcopy=yes"] {
      try await tree.run(
        "vim", "-u", "NONE", "-es", "-c", options, "-c", "normal ihello", "-c", "wq", "SPECS/zlib/zlib.spec")
      try await expect(watcher, ["SPECS/zlib/zlib.spec"])
    }
  }

  @Test func editorAndIgnoredFilesAreNotHeard() async throws {
    let watcher = try await start()
    for name in [".z.swp", ".z.kate-swp", "z~", "4913", ".#z", "#z#", "build.log", ".git/x", ".azldev/x"] {
      try await tree.write("SPECS/zlib/\(name)", "x")
    }
    try await expect(watcher, [])
  }

  @Test func aFolderMadeAndFilledAtOnceIsFollowed() async throws {
    let watcher = try await start()
    try await tree.run(
      "sh", "-c", "mkdir -p SPECS/new/a/b && echo x > SPECS/new/a/b/f && echo x > SPECS/new/new.spec")
    let found = try await paths(watcher)
    #expect(Set(found).isSuperset(of: ["SPECS/new", "SPECS/new/a/b/f", "SPECS/new/new.spec"]))
    try await tree.write("SPECS/new/a/b/f", "y\n")
    try await expect(watcher, ["SPECS/new/a/b/f"])
  }

  @Test func movedFoldersKeepBeingFollowed() async throws {
    let watcher = try await start()
    try tree.move("SPECS/zlib", "SPECS/zlib2")
    #expect(
      Set(try await paths(watcher)).isSuperset(of: ["SPECS/zlib", "SPECS/zlib2", "SPECS/zlib2/deep/er/file"]))
    try await tree.write("SPECS/zlib2/deep/er/file", "y\n")
    try await expect(watcher, ["SPECS/zlib2/deep/er/file"])
    // out of what is watched, and back
    let before = await watcher.folderCount
    try tree.move("SPECS/zlib2", "elsewhere")
    try await expect(watcher, ["SPECS/zlib2"])
    #expect(await watcher.folderCount == before - 3)
    try await tree.write("elsewhere/deep/er/file", "z\n")
    try await expect(watcher, [])
    try tree.move("elsewhere", "SPECS/zlib")
    #expect(
      Set(try await paths(watcher)).isSuperset(of: ["SPECS/zlib/deep/er/file", "SPECS/zlib/zlib.spec"]))
    try await tree.write("SPECS/zlib/zlib.spec", "y\n")
    try await expect(watcher, ["SPECS/zlib/zlib.spec"])
    #expect(await watcher.folderCount == before)
  }

  @Test(.enabled(if: TestTree.has("perl"), "needs perl"))
  func aFolderMovedOverAnotherOrExchangedWithItIsFollowed() async throws {
    let watcher = try await start()
    try await tree.run("sh", "-c", "mkdir SPECS/empty && mv -T SPECS/zlib SPECS/empty")
    #expect(try await paths(watcher).contains("SPECS/empty/zlib.spec"))
    try await tree.write("SPECS/empty/deep/er/file", "y\n")
    try await expect(watcher, ["SPECS/empty/deep/er/file"])
    // renameat2 with RENAME_EXCHANGE, which neither Glibc's module nor an older mv offers
    #if arch(x86_64)
      let number = 316
    #else
      let number = 276
    #endif
    let exchange = "syscall(\(number), -100, $ARGV[0], -100, $ARGV[1], 2) == 0 or die $!"
    try await tree.run("perl", "-e", exchange, "SPECS/empty", "SPECS/bash")
    #expect(Set(try await paths(watcher)).isSuperset(of: ["SPECS/bash/zlib.spec", "SPECS/empty/bash.spec"]))
    try await tree.write("SPECS/bash/deep/er/file", "z\n")
    try await tree.write("SPECS/empty/bash.spec", "z\n")
    try await expect(watcher, ["SPECS/bash/deep/er/file", "SPECS/empty/bash.spec"])
  }

  @Test func deletedAndRemadeFoldersAndRootsAreFollowed() async throws {
    let watcher = try await start()
    try tree.remove("SPECS/zlib")
    try await tree.write("SPECS/zlib/zlib.spec", "again\n")
    #expect(Set(try await paths(watcher)).isSuperset(of: ["SPECS/zlib", "SPECS/zlib/zlib.spec"]))
    try await tree.write("SPECS/zlib/zlib.spec", "once more\n")
    try await expect(watcher, ["SPECS/zlib/zlib.spec"])
    // a root that was not there, and one that goes with the folder above it
    try await tree.write("toolkit/images/core.json", "{}\n")
    #expect(Set(try await paths(watcher)).isSuperset(of: ["toolkit/images", "toolkit/images/core.json"]))
    try tree.move("toolkit", "gone")
    try await expect(watcher, ["toolkit/images", "toolkit/macros"])
    try tree.move("gone", "toolkit")
    #expect(Set(try await paths(watcher)).isSuperset(of: ["toolkit/images/core.json", "toolkit/macros"]))
    try await tree.write("toolkit/images/core.json", "{ }\n")
    try await expect(watcher, ["toolkit/images/core.json"])
  }

  @Test func linksAndModesAreSeen() async throws {
    let watcher = try await start()
    try await tree.write("aside", "x\n")
    try await tree.run("ln", "aside", "SPECS/zlib/hard")
    try await tree.run("ln", "-s", "zlib.spec", "SPECS/zlib/soft")
    try await tree.run("chmod", "+x", "SPECS/bash/bash.spec")
    try await expect(watcher, ["SPECS/bash/bash.spec", "SPECS/zlib/hard", "SPECS/zlib/soft"])
  }

  @Test func whatHappensWhileNobodyAsksIsOneBatch() async throws {
    let watcher = try await start()
    try await tree.write("SPECS/zlib/zlib.spec", "y\n")
    await watcher.settled()
    try await tree.write("SPECS/bash/bash.spec", "y\n")
    await watcher.settled()
    let batch = try await watcher.next()
    #expect(batch == .paths(["SPECS/zlib/zlib.spec", "SPECS/bash/bash.spec"]))
  }

  @Test func aFullQueueMeansEverything() async throws {
    let watcher = try await start()
    let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
    let count = Int(limit.trimmingCharacters(in: .whitespacesAndNewlines))! + 100
    try await flood(watcher, count)
    try await expect(watcher, ["everything"])
    // a folder whose making was among the lost events is followed all the same
    try await tree.write("SPECS/late/late.spec", "y\n")
    try await expect(watcher, ["SPECS/late/late.spec"])
  }

  /// Keeps the watcher from reading while more happens than the kernel queues.
  private func flood(_ watcher: isolated TreeWatcher, _ count: Int) throws {
    let names = [tree.file("SPECS/zlib/zlib.spec"), tree.file("SPECS/zlib/b")]
    for turn in 0..<count / 2 + 1 {
      guard rename(names[turn % 2], names[(turn + 1) % 2]) == 0 else { throw Errno(rawValue: errno) }
    }
    guard mkdir(tree.file("SPECS/late"), 0o755) == 0 else { throw Errno(rawValue: errno) }
  }

  @Test func aTreeThatGoesAwayIsAnError() async throws {
    let watcher = try await start()
    let place = tree.path.string
    try FileManager.default.moveItem(atPath: place, toPath: place + ".away")
    defer { try? FileManager.default.removeItem(atPath: place + ".away") }
    await #expect {
      try await watcher.next()
    } throws: {
      guard case WatchError.treeGone(let tree) = $0 else { return false }
      return tree == place
    }
  }

  @Test func askingEndsWithTheWatcherOrTheTask() async throws {
    let watcher = try await start()
    let asking = Task { try await watcher.next() }
    asking.cancel()
    #expect(try await asking.value == nil)
    let other = Task { try await watcher.next() }
    await watcher.stop()
    #expect(try await other.value == nil)
  }
}
