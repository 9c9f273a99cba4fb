import AzureLinux
import Dispatch
import Foundation
import Incremental
import SystemPackage
import Testing

/// The watcher beside git, and its errors.
@Suite struct GitWatchTests {
  @Test func aCheckoutOfAnotherBranchIsOneBatch() async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n", "SPECS/b/b.spec": "1\n"])
    try await tree.run("git", "checkout", "-q", "-b", "other")
    try await tree.run("git", "rm", "-q", "-r", "SPECS/b")
    try await tree.commit(["SPECS/a/a.spec": "2\n", "SPECS/c/c.spec": "2\n"])
    let baseline = try GitBaseline(tree: tree.path)
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), indexLock: baseline.indexLock)
    try await tree.run("git", "checkout", "-q", "main")
    guard case .paths(let paths) = try await watcher.next() else {
      Issue.record("not paths")
      return
    }
    #expect(paths.isSuperset(of: ["SPECS/a/a.spec", "SPECS/b/b.spec", "SPECS/c"]))
    #expect(await !watcher.settled())
    try await tree.write("SPECS/b/b.spec", "3\n")
    #expect(try await watcher.next() == .paths(["SPECS/b/b.spec"]))
  }

  @Test func noBatchEndsWhileGitHoldsItsIndex() async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n", "SPECS/b/b.spec": "1\n"])
    let lock = tree.path.appending(".git/index.lock")
    var timing = TreeWatcher.Timing()
    timing.quiet = .milliseconds(5)
    timing.lock = .seconds(600)
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), indexLock: lock, timing: timing)
    try await tree.write(".git/index.lock", "")
    try await tree.write("SPECS/a/a.spec", "2\n")
    // many times the quiet time; a batch in it would be a failure, none is what must come
    let early = Task { try await watcher.next() }
    try await Task.sleep(for: .milliseconds(200))
    try await tree.write("SPECS/b/b.spec", "2\n")
    try tree.remove(".git/index.lock")
    #expect(try await early.value == .paths(["SPECS/a/a.spec", "SPECS/b/b.spec"]))
  }

  @Test func aLockLeftBehindHoldsNothingForEver() async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n"])
    try await tree.write(".git/index.lock", "")
    var timing = TreeWatcher.Timing()
    timing.lock = .milliseconds(100)
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), indexLock: tree.path.appending(".git/index.lock"),
      timing: timing)
    try await tree.write("SPECS/a/a.spec", "2\n")
    #expect(try await watcher.next() == .paths(["SPECS/a/a.spec"]))
  }

  @Test func aFileThatIsStillBeingWrittenWaitsForItsEnd() async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n"])
    var timing = TreeWatcher.Timing()
    timing.quiet = .milliseconds(5)
    timing.atMost = .seconds(600)
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), timing: timing)
    let file = try FileDescriptor.open(
      tree.path.appending("SPECS/a/a.tar"), .writeOnly, options: [.create], permissions: .ownerReadWrite)
    try file.writeAll(Data("half".utf8))
    try await tree.write("SPECS/a/a.spec", "2\n")
    #expect(try await watcher.next() == .paths(["SPECS/a/a.spec"]))
    try file.close()
    #expect(try await watcher.next() == .paths(["SPECS/a/a.tar"]))
  }

  @Test func aRebaseIsOneBatch() async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n"])
    try await tree.run("git", "checkout", "-q", "-b", "work")
    for name in ["b", "c", "d"] { try await tree.commit(["SPECS/\(name)/\(name).spec": "1\n"]) }
    try await tree.run("git", "checkout", "-q", "main")
    try await tree.commit(["SPECS/a/a.spec": "2\n"])
    try await tree.run("git", "checkout", "-q", "work")
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]),
      indexLock: tree.path.appending(".git/index.lock"))
    let first = Task { try await watcher.next() }
    try await tree.run("git", "rebase", "-q", "main")
    guard case .paths(let paths) = try await first.value else { return #expect(Bool(false), "not paths") }
    #expect(
      paths.isSuperset(of: ["SPECS/a/a.spec", "SPECS/b/b.spec", "SPECS/c/c.spec", "SPECS/d/d.spec"]))
    #expect(await !watcher.settled())
  }

  @Test func aStashAndItsReturnAreOneBatchEach() async throws {
    let names = (0..<60).map { "SPECS/p\($0)/p.spec" }
    let tree = try await TestTree.repository(Dictionary(uniqueKeysWithValues: names.map { ($0, "1\n") }))
    try await tree.write(Dictionary(uniqueKeysWithValues: names.map { ($0, "2\n") }))
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]),
      indexLock: tree.path.appending(".git/index.lock"))
    for verb in ["push", "pop"] {
      let next = Task { try await watcher.next() }
      try await tree.run("git", "stash", verb, "-q")
      #expect(try await next.value == .paths(Set(names)))
      #expect(await !watcher.settled())
    }
  }

  /// A rebase that has stopped waits for a person, who mends the file and saves it. Quiet never comes here.
  @Test func aSaveWhileARebaseHasStoppedIsToldAtOnce() async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n"])
    try await tree.run("git", "checkout", "-q", "-b", "work")
    try await tree.commit(["SPECS/a/a.spec": "mine\n"])
    try await tree.run("git", "checkout", "-q", "main")
    try await tree.commit(["SPECS/a/a.spec": "theirs\n"])
    try await tree.run("git", "checkout", "-q", "work")
    try await tree.run("sh", "-c", "! git rebase -q main 2>/dev/null")
    #expect(try await GitBaseline(tree: tree.path).state.operation == .rebase)
    var timing = TreeWatcher.Timing()
    timing.quiet = .seconds(600)
    timing.atMost = .seconds(600)
    timing.rebase = .seconds(600)
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]),
      indexLock: tree.path.appending(".git/index.lock"), timing: timing)
    try await tree.write("SPECS/a/a.spec", "both\n")
    #expect(try await watcher.next() == .paths(["SPECS/a/a.spec"]))
  }

  /// What was saved is there when the batch is; the time between the two is what a save costs before any work.
  @Test func aLoneSaveIsToldAtOnceAndABurstGathered() async throws {
    let tree = try await TestTree.repository(["SPECS/a/a.spec": "1\n", "SPECS/b/b.spec": "1\n"])
    var timing = TreeWatcher.Timing()
    timing.quiet = .seconds(600)
    timing.atMost = .seconds(600)
    timing.burst = .seconds(600)
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), timing: timing)
    // none of these waits for quiet, which never comes
    try await tree.write("SPECS/a/a.spec", "2\n")
    #expect(try await watcher.next() == .paths(["SPECS/a/a.spec"]))
    try await tree.run("sh", "-c", "echo 3 > SPECS/a/other~ && mv SPECS/a/other~ SPECS/a/a.spec")
    #expect(try await watcher.next() == .paths(["SPECS/a/a.spec"]))
    // away, and back as another file
    try await tree.run("sh", "-c", "mv SPECS/b/b.spec SPECS/b/b.spec~ && echo 2 > SPECS/b/b.spec")
    #expect(try await watcher.next() == .paths(["SPECS/b/b.spec"]))
    // the fourth within one burst is gathered
    try await tree.write("SPECS/a/a.spec", "4\n")
    try await tree.write("SPECS/b/b.spec", "4\n")
    #expect(await watcher.settled())
    #expect(try await watcher.next() == .paths(["SPECS/a/a.spec", "SPECS/b/b.spec"]))
  }

  @Test func limitsNameTheSettingAndTheCommand() {
    let watches = WatchError.watchLimit(path: "SPECS/a", limit: 8192)
    #expect(
      watches.description == """
        cannot watch "SPECS/a": this user's 8192 watches (fs.inotify.max_user_watches) are used up
        sudo sysctl fs.inotify.max_user_watches=524288
        """)
    #expect(WatchError.instanceLimit(limit: 128).nextStep == "sudo sysctl fs.inotify.max_user_instances=1024")
    #expect(watches.exitCode == .environment)
  }

  @Test func aTreeThatIsNotThereIsAnError() async throws {
    await #expect {
      _ = try await TreeWatcher.start(tree: "/no/such/tree", scope: WatchScope(roots: ["SPECS"]))
    } throws: {
      if case WatchError.treeGone = $0 { true } else { false }
    }
  }
}
