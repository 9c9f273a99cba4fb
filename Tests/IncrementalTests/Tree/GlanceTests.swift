import AzureLinux
import Foundation
import Incremental
import Storage
import SystemPackage
import Testing

/// Real files: an answer holds as long as nothing moved that it was made from.
@Suite("glance")
struct GlanceTests {
  private let tree: TestTree
  private var record: FilePath { FilePath(tree.file(".record")) }
  private var outside: String { tree.file("settings") }

  init() async throws {
    tree = try TestTree()
    try await tree.write([
      "SPECS/a/a.spec": "Name: a", "SPECS/a/a.patch": "patch", "SPECS/a/part.inc": "part",
      "SPECS/b/b.spec": "Name: b", "SPECS/b/macros.b": "macro", "SPECS/c/c.spec": "Name: c", "settings": "x",
    ])
  }

  private func inventory() throws -> TreeInventory {
    try TreeInventory(tree: tree.path, folders: ["SPECS", "SPECS-EXTENDED"], record: nil)
  }

  /// Remembers what `answer` was made from, as soon as the files are old enough to be told apart.
  private func remember(_ answer: String = "answer", files: Set<String> = ["SPECS/a/part.inc"]) throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      let glance = Glance(file: record)
      let inventory = try inventory()
      _ = try inventory.scan()
      let isKept = try inventory.remember(
        glance, of: answer, files: files, directories: ["SPECS/b"], outside: [outside, tree.file("absent")])
      if isKept { return }
    }
    Issue.record("never old enough")
  }

  private func holds(_ answer: String = "answer") -> Bool {
    GlanceLook(at: record, in: tree.path).holds(of: answer)
  }

  @Test func whatTheAnswerDoesNotReadMayChange() async throws {
    try remember()
    #expect(holds())
    try await tree.write("SPECS/a/a.patch", "another patch")
    #expect(holds())
    #expect(!holds("another answer"))
  }

  @Test(arguments: [
    "echo x >> SPECS/c/c.spec", "chmod +x SPECS/c/c.spec", "mv SPECS/c/c.spec SPECS/c/d.spec",
    "cp SPECS/c/c.spec .new; mv .new SPECS/c/c.spec", "rm -r SPECS/c", "mkdir SPECS/d",
    "mkdir SPECS-EXTENDED",
    "touch SPECS/a/new.inc", "echo x > SPECS/a/part.inc", "rm SPECS/a/part.inc", "echo x >> SPECS/b/macros.b",
    "echo y > settings", "rm settings", "echo z > absent", "mv SPECS old; mkdir SPECS",
    "mv SPECS old; ln -s old SPECS", "truncate -s 100 .record", "rm .record",
    "printf x | dd of=.record bs=1 seek=200 conv=notrunc status=none",
  ])
  func whatItReadsMayNot(command: String) async throws {
    try remember()
    #expect(holds())
    try await tree.run("sh", "-c", command)
    #expect(!holds(), "\(command)")
  }

  @Test func whatWasAbandonedSaysNothing() async throws {
    try remember()
    let look = GlanceLook(at: record, in: tree.path)
    look.abandon()
    #expect(!look.holds(of: "answer"))
    #expect(holds())
  }

  /// A record of another layout, whose sum is right all the same.
  @Test(arguments: [(UInt32.max, UInt32.max), (1, 0), (0, 1), (40, 0)])
  func whatIsNoRecordSaysNothing(folders: UInt32, files: UInt32) async throws {
    try remember()
    let whole = try Data(contentsOf: URL(filePath: record.string))
    var rest = Data(whole[32..<64])
    for count in [folders, files] { withUnsafeBytes(of: count) { rest.append(contentsOf: $0) } }
    rest += Data(repeating: 0xff, count: 31) + Data([0])
    try (Data(Digest.of(rest).bytes) + rest).write(to: URL(filePath: record.string))
    #expect(!holds())
  }

  @Test func aFileThatNoLookHasSeenIsNotRemembered() throws {
    try remember()
    let inventory = try inventory()
    _ = try inventory.scan()
    let glance = Glance(file: FilePath(tree.file(".other")))
    #expect(
      try !inventory.remember(
        glance, of: "answer", files: ["toolkit/shared.inc"], directories: [], outside: []))
    #expect(!GlanceLook(at: FilePath(tree.file(".other")), in: tree.path).holds(of: "answer"))
  }

  @Test func whatChangedWhileTheAnswerWasMadeIsNotRemembered() async throws {
    try remember()
    let glance = Glance(file: FilePath(tree.file(".other")))
    let inventory = try inventory()
    _ = try inventory.scan()
    try await tree.write("settings", "y")
    #expect(
      try !inventory.remember(glance, of: "answer", files: [], directories: [], outside: [outside]))
  }

  @Test func aChangeSinceTheLookIsSeen() async throws {
    try remember()
    let glance = Glance(file: record)
    let inventory = try inventory()
    _ = try inventory.scan()
    try await tree.write("SPECS/c/c.spec", "Name: later")
    _ = try inventory.remember(glance, of: "answer", files: [], directories: [], outside: [])
    #expect(!holds())
  }
}
