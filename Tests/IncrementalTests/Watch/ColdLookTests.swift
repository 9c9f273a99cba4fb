import Foundation
import Incremental
import SystemPackage
import Testing

/// Whatever real programs do to a tree: what the watcher tells leads to what a first look at the tree finds.
@Suite struct ColdLookTests {
  struct Hazard: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var needs = "sh"
    /// Each is followed by a comparison.
    var scripts: [String]
  }

  static let hazards = [
    Hazard(testDescription: "sed -i", scripts: ["sed -i s/1/2/ SPECS/*/*.spec"]),
    Hazard(
      testDescription: "vim", needs: "vim",
      scripts: ["vim -u NONE -es -c 'set backup' -c 'normal ihello' -c wq SPECS/a/a.spec"]),
    Hazard(
      testDescription: "rsync of a whole folder", needs: "rsync",
      scripts: [
        "cp -a SPECS aside && sed -i s/1/3/ aside/*/*.spec && mkdir aside/new && echo x > aside/new/new.spec",
        "rsync -a --delete aside/ SPECS/", "rm -r aside/b && rsync -a --delete aside/ SPECS/",
        "rsync -a --inplace --existing aside/ SPECS/",
      ]),
    Hazard(
      testDescription: "permissions",
      scripts: [
        "chmod +x SPECS/a/a.patch", "chmod 600 SPECS/a/a.patch", "chmod 700 SPECS/a", "chmod 755 SPECS/a",
      ]),
    Hazard(
      testDescription: "the same content again",
      scripts: ["cp SPECS/a/a.spec saved && cat saved > SPECS/a/a.spec", "touch SPECS/a/a.spec"]),
    Hazard(
      testDescription: "a file that comes and goes",
      scripts: [
        "touch SPECS/a/t && rm SPECS/a/t", "ln -s x SPECS/a/l && rm SPECS/a/l",
        "mkdir SPECS/t && rmdir SPECS/t",
      ]),
    Hazard(
      testDescription: "a folder moved over, out and back, deleted and made again",
      scripts: [
        "mkdir SPECS/e && mv -T SPECS/a SPECS/e", "echo 4 > SPECS/e/deep/f", "mv SPECS/e gone",
        "echo 5 > gone/deep/f",
        "mv gone SPECS/a", "echo 6 > SPECS/a/deep/f",
        "rm -r SPECS/a && mkdir -p SPECS/a/deep && echo 7 > SPECS/a/deep/f",
        "echo 8 > SPECS/a/deep/f", "mv SPECS away && mkdir SPECS", "rmdir SPECS && mv away SPECS",
        "echo 9 > SPECS/b/b.spec",
      ]),
    // of two names of one file in two folders, the kernel tells only of the one that was written to
    Hazard(
      testDescription: "links",
      scripts: [
        "ln -s a.spec SPECS/a/link", "ln -sfn a.patch SPECS/a/link", "ln SPECS/a/a.spec SPECS/a/hard",
        "echo 5 > SPECS/a/hard", "mv SPECS/a/deep elsewhere && ln -s ../../elsewhere SPECS/a/deep",
        "rm SPECS/a/deep && mv elsewhere SPECS/a/deep", "echo 6 > SPECS/a/deep/f",
      ]),
    Hazard(
      testDescription: "hundreds of files at once",
      scripts: [
        "for n in $(seq 400); do mkdir SPECS/p$n; echo $n > SPECS/p$n/p.spec; done",
        "for n in $(seq 400); do echo again > SPECS/p$n/p.spec; done", "rm -r SPECS/p*",
        "mkdir SPECS/w && cd SPECS/w && seq 700 | split -l 1 -a 4",
        "cd SPECS/w && for f in x*; do mv $f $f.new; done",
      ]),
    Hazard(
      testDescription: "files that are not files any more",
      scripts: [
        "rm -r SPECS/a/deep && echo x > SPECS/a/deep",
        "rm SPECS/a/deep && mkdir SPECS/a/deep && echo x > SPECS/a/deep/f",
        "rm SPECS/a/a.patch && mkfifo SPECS/a/a.patch", "rm SPECS/a/a.patch && echo x > SPECS/a/a.patch",
        "rm -r SPECS/b && echo x > SPECS/b", "rm SPECS/b && mkdir SPECS/b && echo x > SPECS/b/b.spec",
      ]),
    Hazard(
      testDescription: "git", needs: "git",
      scripts: [
        "git checkout -q other", "git checkout -q main && git checkout -q -", "git checkout -q main",
        "echo 9 > SPECS/a/a.spec && git stash -q", "git stash pop -q", "git commit -q -a -m 9",
        "git rebase -q other || git rebase --abort", "git clean -qfdx && git reset -q --hard HEAD~1",
        "git mv SPECS/a SPECS/z && git commit -q -m moved", "git revert --no-edit HEAD",
      ]),
  ]

  @Test(arguments: hazards)
  func whatIsToldLeadsToWhatIsThere(_ hazard: Hazard) async throws {
    guard TestTree.has(hazard.needs) else { return }
    let tree = try await repository()
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), indexLock: tree.path.appending(".git/index.lock"))
    let inventory = try TreeInventory(tree: tree.path, folders: ["SPECS"])
    _ = try inventory.scan()
    for script in hazard.scripts {
      try await tree.run("sh", "-e", "-c", script)
      while await watcher.settled(), let batch = try await watcher.next() {
        if case .paths(let paths) = batch { _ = inventory.look(at: paths) } else { _ = try inventory.scan() }
      }
      let cold = try TreeInventory(tree: tree.path, folders: ["SPECS"])
      _ = try cold.scan()
      #expect(inventory.known == cold.known, "after \(script)")
    }
  }

  private func repository() async throws -> TestTree {
    let tree = try await TestTree.repository([
      "SPECS/a/a.spec": "1\n", "SPECS/a/a.patch": "1\n", "SPECS/a/deep/f": "1\n", "SPECS/b/b.spec": "1\n",
    ])
    try await tree.run("git", "checkout", "-q", "-b", "other")
    try await tree.run("git", "rm", "-q", "-r", "SPECS/b")
    try await tree.commit(["SPECS/a/a.spec": "2\n", "SPECS/c/c.spec": "2\n"])
    try await tree.run("git", "checkout", "-q", "main")
    return tree
  }
}
