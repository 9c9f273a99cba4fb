import Incremental
import Testing

/// Whatever wrote, and however: looking where the watcher says ends with what a first look at everything finds.
@Suite struct WriterTests {
  let followed: FollowedTree
  var tree: TestTree { followed.tree }

  init() async throws {
    let tree = try TestTree()
    let names = [
      "SPECS/zlib/zlib.spec", "SPECS/zlib/deep/er/file", "SPECS/bash/bash.spec",
      "SPECS-EXTENDED/zsh/zsh.spec",
      "imageconfigs/core.json",
    ]
    try await tree.write(Dictionary(uniqueKeysWithValues: names.map { ($0, "x\n") }))
    followed = try await FollowedTree(tree)
  }

  @Test func writesInPlace() async throws {
    #expect(try await followed.after("echo y > SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
    #expect(try await followed.after("echo y >> SPECS/zlib/deep/er/file") == ["SPECS/zlib"])
    #expect(try await followed.after("dd if=/dev/null of=SPECS/bash/bash.spec status=none") == ["SPECS/bash"])
    #expect(try await followed.after("echo '{}' > imageconfigs/core.json") == ["imageconfigs"])
  }

  @Test func sedAndMoveRenameOver() async throws {
    #expect(try await followed.after("sed -i s/x/y/ SPECS/zlib/zlib.spec SPECS/bash/bash.spec").count == 2)
    #expect(try await followed.after("echo z > aside; mv aside SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
    // the file that now has the name is followed
    #expect(try await followed.after("echo 1 > SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
  }

  @Test(
    .enabled(if: TestTree.has("vim"), "needs vim"),
    arguments: [
      "set backup writebackup backupcopy=no", "set nobackup backupcopy=yes", "set nobackup nowritebackup",
    ])
  func vimSaves(options: String) async throws {
    for text in ["one", "two"] {
      try await tree.run(
        "vim", "-u", "NONE", "-es", "-c", options, "-c", "normal i\(text)", "-c", "wq", "SPECS/zlib/zlib.spec"
      )
      #expect(try await followed.changed() == ["SPECS/zlib"])
    }
  }

  @Test func editorFilesChangeNothing() async throws {
    for name in [".z.swp", ".z.swo", "z.spec~", "4913", ".#z", "#z#"] {
      #expect(try await followed.after("echo x > 'SPECS/zlib/\(name)'") == [])
    }
    // nor does another's repository inside a package directory
    #expect(try await followed.after("mkdir -p SPECS/zlib/.git; echo x > SPECS/zlib/.git/HEAD") == [])
  }

  @Test func identicalContentChangesNothing() async throws {
    #expect(try await followed.after("echo x > SPECS/zlib/zlib.spec") == [])
    #expect(try await followed.after("cp SPECS/zlib/zlib.spec new~; mv new~ SPECS/zlib/zlib.spec") == [])
    #expect(try await followed.after("touch SPECS/zlib/zlib.spec SPECS/bash") == [])
  }

  @Test func onlyTheExecutableBitCounts() async throws {
    #expect(try await followed.after("chmod 600 SPECS/zlib/zlib.spec; chmod 700 SPECS/zlib") == [])
    #expect(try await followed.after("chmod +x SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
    #expect(try await followed.after("chmod -x SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
  }

  @Test func whatAppearsAndVanishesLeavesNothing() async throws {
    #expect(try await followed.after("echo x > SPECS/zlib/t; rm SPECS/zlib/t") == [])
    #expect(try await followed.after("mkdir -p SPECS/t/a; echo x > SPECS/t/t.spec; rm -r SPECS/t") == [])
    #expect(try await followed.after("mv SPECS/zlib away; mv away SPECS/zlib") == [])
    // there in one batch, gone in the next
    #expect(try await followed.after("echo x > SPECS/zlib/t") == ["SPECS/zlib"])
    #expect(try await followed.after("rm SPECS/zlib/t") == ["SPECS/zlib"])
  }

  @Test func foldersComeAndGo() async throws {
    #expect(try await followed.after("mkdir -p SPECS/new/a/b; echo 1 > SPECS/new/a/b/f") == ["SPECS/new"])
    #expect(try await followed.after("echo 2 > SPECS/new/a/b/f") == ["SPECS/new"])
    #expect(try await followed.after("mv SPECS/new away") == ["SPECS/new"])
    #expect(try await followed.after("echo 3 > away/a/b/f") == [])
    #expect(try await followed.after("mv away SPECS-EXTENDED/new") == ["SPECS-EXTENDED/new"])
    #expect(try await followed.after("echo 4 > SPECS-EXTENDED/new/a/b/f") == ["SPECS-EXTENDED/new"])
    #expect(
      try await followed.after("mv SPECS-EXTENDED/new SPECS/other") == ["SPECS-EXTENDED/new", "SPECS/other"])
    #expect(try await followed.after("mv SPECS/other/a SPECS/zlib/a") == ["SPECS/other", "SPECS/zlib"])
    #expect(try await followed.after("echo 5 > SPECS/zlib/a/b/f") == ["SPECS/zlib"])
  }

  @Test func foldersMovedOverOthersAreFollowed() async throws {
    #expect(
      try await followed.after("mkdir SPECS/empty; mv -T SPECS/zlib SPECS/empty") == [
        "SPECS/empty", "SPECS/zlib",
      ])
    #expect(try await followed.after("echo y > SPECS/empty/deep/er/file") == ["SPECS/empty"])
    #expect(
      try await followed.after("rm -r SPECS/bash; mv SPECS/empty SPECS/bash") == [
        "SPECS/bash", "SPECS/empty",
      ])
    #expect(try await followed.after("echo z > SPECS/bash/deep/er/file") == ["SPECS/bash"])
  }

  @Test func deletedAndRemadeIsFollowed() async throws {
    let remake = "rm -r SPECS/zlib; mkdir -p SPECS/zlib/deep/er; echo x > SPECS/zlib/deep/er/file; "
    #expect(try await followed.after(remake + "echo x > SPECS/zlib/zlib.spec") == [])
    #expect(try await followed.after("echo y > SPECS/zlib/deep/er/file") == ["SPECS/zlib"])
    // the whole folder of package directories
    #expect(try await followed.after("rm -r SPECS") == ["SPECS/bash", "SPECS/zlib"])
    #expect(try await followed.after("mkdir -p SPECS/zlib; echo 1 > SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
    #expect(try await followed.after("echo 2 > SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
    #expect(try await followed.after("mv imageconfigs away; mkdir imageconfigs") == ["imageconfigs"])
    #expect(try await followed.after("echo x > imageconfigs/a.json") == ["imageconfigs"])
  }

  @Test func linksCountByTheirTarget() async throws {
    #expect(try await followed.after("ln -s zlib.spec SPECS/zlib/soft") == ["SPECS/zlib"])
    #expect(try await followed.after("ln -sfn ../bash/bash.spec SPECS/zlib/soft") == ["SPECS/zlib"])
    #expect(try await followed.after("rm SPECS/zlib/soft; echo x > SPECS/zlib/soft") == ["SPECS/zlib"])
    #expect(try await followed.after("echo x > aside; ln aside SPECS/zlib/hard") == ["SPECS/zlib"])
    #expect(try await followed.after("ln -s ../zlib/deep SPECS/bash/deep") == ["SPECS/bash"])
    // a folder that becomes a link to itself elsewhere, and a folder again
    #expect(try await followed.after("mv SPECS/zlib kept; ln -s ../kept SPECS/zlib") == ["SPECS/zlib"])
    #expect(try await followed.after("echo y > kept/zlib.spec") == [])
    #expect(try await followed.after("rm SPECS/zlib; mv kept SPECS/zlib") == ["SPECS/zlib"])
    #expect(try await followed.after("echo z > SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
  }

  /// A folder of package directories may be a link; what it points to is followed as if it were there.
  @Test func aFolderOfPackagesMayBeALink() async throws {
    #expect(try await followed.after("mv SPECS real; ln -s real SPECS") == [])
    #expect(try await followed.after("echo y > real/zlib/zlib.spec") == ["SPECS/zlib"])
    let other = "mkdir -p other/zlib; echo z > other/zlib/zlib.spec; "
    #expect(try await followed.after(other + "ln -sfn other SPECS") == ["SPECS/zlib", "SPECS/bash"])
    #expect(try await followed.after("echo 1 > SPECS/zlib/zlib.spec") == ["SPECS/zlib"])
  }

  @Test(.enabled(if: TestTree.has("rsync"), "needs rsync"))
  func rsyncBringsAndTakes() async throws {
    let made = "mkdir -p from/new/patches; echo 1 > from/new/new.spec; echo 1 > from/new/patches/a.patch; "
    #expect(try await followed.after(made + "rsync -a from/new SPECS/") == ["SPECS/new"])
    #expect(try await followed.after("rsync -a from/new SPECS/") == [])
    #expect(
      try await followed.after("echo 22 > from/new/patches/a.patch; rsync -a from/new SPECS/") == [
        "SPECS/new"
      ])
    #expect(
      try await followed.after("echo 333 > from/new/new.spec; rsync -a --inplace from/new SPECS/") == [
        "SPECS/new"
      ])
    let less = "rm from/new/patches/a.patch; echo 4444 > from/new/b.patch; "
    #expect(try await followed.after(less + "rsync -a --delete from/new/ SPECS/new/") == ["SPECS/new"])
    #expect(try await followed.after("rsync -a --delete from/new/ SPECS/zlib/") == ["SPECS/zlib"])
    #expect(try await followed.after("echo 5 > SPECS/zlib/b.patch") == ["SPECS/zlib"])
  }

  @Test func hundredsOfFilesAtOnce() async throws {
    let many = """
      i=0; while [ $i -lt 400 ]; do
        mkdir -p from/p$i/d; echo $i > from/p$i/p$i.spec; echo $i > from/p$i/d/f; i=$((i + 1))
      done
      """
    try await tree.run("sh", "-e", "-c", many)
    #expect(try await followed.after("cp -r from/. SPECS/").count == 400)
    #expect(try await followed.after("sed -i s/1/2/ SPECS/p*/d/f").count > 100)
    #expect(try await followed.after("rm -r SPECS/p*").count == 400)
  }
}
