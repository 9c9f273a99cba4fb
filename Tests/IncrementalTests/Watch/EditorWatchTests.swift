import Foundation
import Incremental
import SystemPackage
import Testing

/// Each editor has its own way to save a file. All of them are one batch, told as soon as the file is whole: quiet
/// never comes in these tests.
@Suite struct EditorWatchTests {
  let tree: TestTree

  init() async throws {
    tree = try TestTree()
    try await tree.write(["SPECS/zlib/zlib.spec": "x\n", "SPECS/zlib/other.patch": "x\n"])
  }

  struct Editor: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var needs = "sh"
    var script: String
  }

  static let editors = [
    Editor(testDescription: "written in place", script: "echo y > $F"),
    Editor(testDescription: "sed -i", needs: "sed", script: "sed -i s/x/y/ $F"),
    Editor(testDescription: "perl -i", needs: "perl", script: "perl -i -pe s/x/y/ $F"),
    Editor(
      testDescription: "vim, the old file moved aside", needs: "vim",
      script: "vim -u NONE -es -c 'set backup writebackup backupcopy=no' -c %s/x/y/ -c wq $F"),
    Editor(
      testDescription: "vim, the old file copied", needs: "vim",
      script: "vim -u NONE -es -c 'set nobackup writebackup backupcopy=yes' -c %s/x/y/ -c wq $F"),
    Editor(
      testDescription: "vim, without a backup", needs: "vim",
      script: "vim -u NONE -es -c 'set nobackup nowritebackup' -c %s/x/y/ -c wq $F"),
    Editor(testDescription: "ed", needs: "ed", script: "printf '%s\\n' s/x/y/ w q | ed -s $F"),
    Editor(
      testDescription: "rsync", needs: "rsync",
      script: "echo y > outside && touch -d 2020-01-01 outside && rsync -a outside $F"),
    Editor(
      testDescription: "gedit: a new file, the old one linked aside, renamed over",
      script: "T=SPECS/zlib/.goutputstream-1; echo y > $T; chmod 644 $T; ln $F $F~; mv $T $F"),
    Editor(
      testDescription: "kate: a new file renamed over",
      script:
        "T=SPECS/zlib/zlib.spec.XyZ123; echo y > $T; chmod 644 $T; mv $T $F; rm -f SPECS/zlib/.zlib.spec.kate-swp"
    ),
    Editor(
      testDescription: "the old file deleted, a new one in its place",
      script: "rm $F; echo y > $F"),
    Editor(
      testDescription: "an IDE: aside, then the new one to the name, then the old one away",
      script: "echo y > $F.tmp___; mv $F $F.old___~; mv $F.tmp___ $F; rm $F.old___~"),
  ]

  @Test(arguments: editors)
  func aSaveIsOneBatchAtOnce(_ editor: Editor) async throws {
    guard TestTree.has(editor.needs) else { return }
    var timing = TreeWatcher.Timing()
    timing.quiet = .seconds(600)
    timing.atMost = .seconds(600)
    let inventory = try TreeInventory(tree: tree.path, folders: ["SPECS"])
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), timing: timing)
    _ = try inventory.scan()
    let next = Task { try await watcher.next() }
    try await tree.run("sh", "-c", "F=SPECS/zlib/zlib.spec; \(editor.script)")
    guard case .paths(let paths) = try await next.value else { return #expect(Bool(false), "not paths") }
    #expect(paths == ["SPECS/zlib/zlib.spec"])
    #expect(try String(contentsOfFile: tree.file("SPECS/zlib/zlib.spec"), encoding: .utf8) == "y\n")
    #expect(inventory.look(at: paths) == ["SPECS/zlib"])
    // what an editor does afterwards changes nothing
    if await watcher.settled(), case .paths(let more) = try await watcher.next() {
      #expect(more == ["SPECS/zlib/zlib.spec"])
      #expect(inventory.look(at: more) == [])
    }
  }

  @Test func aNewFileWaitsForWhatComesOfIt() async throws {
    var timing = TreeWatcher.Timing()
    timing.quiet = .seconds(600)
    timing.atMost = .seconds(600)
    let watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: ["SPECS"]), timing: timing)
    let next = Task { try await watcher.next() }
    // a save beside a file that is not finished is not told alone
    try await tree.write("SPECS/zlib/temporary", "y\n")
    try await tree.write("SPECS/zlib/other.patch", "y\n")
    #expect(await watcher.settled())
    #expect(try await next.value == .paths(["SPECS/zlib/temporary", "SPECS/zlib/other.patch"]))
    // and is nothing at all where it goes again
    try await tree.run("sh", "-c", "echo x > SPECS/zlib/passing && rm SPECS/zlib/passing")
    #expect(await !watcher.settled())
  }
}
