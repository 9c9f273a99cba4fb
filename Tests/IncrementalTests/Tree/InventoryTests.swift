import AzureLinux
import Foundation
import Glibc
import Incremental
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite("tree inventory")
struct InventoryTests {
  private func with(_ body: (FilePath, TreeInventory) throws -> Void) throws {
    let tree = FilePath(NSTemporaryDirectory()).appending("inventory-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: tree.appending("SPECS").string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: tree.string) }
    try body(tree, try fresh(tree))
  }

  private func fresh(_ tree: FilePath, record: String = "record") throws -> TreeInventory {
    try TreeInventory(
      tree: tree, folders: ["SPECS", "SPECS-EXTENDED"], others: ["imageconfigs"],
      record: tree.appending(record))
  }

  private func write(_ text: String, _ path: FilePath) throws {
    try FileManager.default.createDirectory(
      atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path.string))
  }

  @Test func editorFilesAndFoldersWithoutSpecsAreNoSpecs() throws {
    try with { tree, inventory in
      try write("Name: a", tree.appending("SPECS/a/a.spec"))
      try write("x", tree.appending("SPECS/a/.a.spec.swp"))
      try write("Name: a", tree.appending("SPECS-EXTENDED/a/a.spec"))
      try write("deep", tree.appending("SPECS/b/deep/b.spec"))
      #expect(try inventory.scan() == ["SPECS/a", "SPECS-EXTENDED/a", "SPECS/b"])
      #expect(inventory.specs.map(\.path) == ["SPECS/a/a.spec"])
      #expect(inventory.hidden == [SpecLocation(id: "a@SPECS-EXTENDED", path: "SPECS-EXTENDED/a/a.spec")])
      let before = inventory.digest(of: "SPECS/a")
      try write("y", tree.appending("SPECS/a/a.spec~"))
      #expect(try inventory.scan() == [])
      #expect(inventory.digest(of: "SPECS/a") == before)
    }
  }

  @Test func aDigestIsOfKindsNamesAndContents() throws {
    try with { tree, inventory in
      try write("one", tree.appending("SPECS/a/b.spec"))
      try write("two", tree.appending("SPECS/a/deep/run.sh"))
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: tree.appending("SPECS/a/deep/run.sh").string)
      try FileManager.default.createSymbolicLink(
        atPath: tree.appending("SPECS/a/alias").string, withDestinationPath: "b.spec")
      _ = try inventory.scan()
      // keys of builds are made of it: another form would build everything again
      let text = """
        l alias \(Digest.of("b.spec").hex)
        f b.spec \(Digest.of("one").hex)
        x deep/run.sh \(Digest.of("two").hex)

        """
      #expect(inventory.digest(of: "SPECS/a") == Digest.of(text))
      #expect(inventory.files(in: "SPECS/a") == ["SPECS/a/alias", "SPECS/a/b.spec", "SPECS/a/deep/run.sh"])
      #expect(inventory.contents(of: "SPECS/a").map(\.digest)[1] == Digest.of("one"))
    }
  }

  @Test func aSingleFileCountsAsOne() throws {
    try with { tree, _ in
      let inventory = try TreeInventory(tree: tree, folders: ["SPECS"], others: ["lists/core.json"])
      #expect(try inventory.scan() == [])
      try write("{}", tree.appending("lists/core.json"))
      #expect(inventory.look(at: ["lists/core.json"]) == ["lists/core.json"])
      try write("{ }", tree.appending("lists/core.json"))
      #expect(try inventory.scan() == ["lists/core.json"])
      try FileManager.default.removeItem(atPath: tree.appending("lists").string)
      #expect(inventory.look(at: ["lists"]) == ["lists/core.json"])
      #expect(inventory.known.isEmpty)
    }
  }

  /// The kernel knows bytes. Two names that are no text stay two, and what is in them is seen.
  @Test func namesThatAreNoTextAreKnown() throws {
    try with { tree, inventory in
      try write("x", tree.appending("SPECS/a/a.spec"))
      for byte: UInt8 in [0xfe, 0xff] {
        let folder = Array(tree.appending("SPECS").string.utf8) + Array("/n".utf8) + [byte]
        try make(folder)
        try put("one", folder + Array("/f".utf8) + [byte])
      }
      #expect(try inventory.scan() == ["SPECS/a", "SPECS/n\\xfe", "SPECS/n\\xff"])
      #expect(try inventory.scan() == [])
      let folder = Array(tree.appending("SPECS/n").string.utf8) + [0xff]
      try put("two", folder + Array("/f".utf8) + [0xff])
      // so the watcher has it
      #expect(inventory.look(at: ["SPECS/n\u{FFFD}/f\u{FFFD}"]) == ["SPECS/n\\xff"])
      #expect(try fresh(tree, record: "none").scan() == ["SPECS/a", "SPECS/n\\xfe", "SPECS/n\\xff"])
      // found by name only where Foundation could not
      for byte: UInt8 in [0xfe, 0xff] {
        let folder = Array(tree.appending("SPECS/n").string.utf8) + [byte]
        #expect((folder + Array("/f".utf8) + [byte, 0]).withUnsafeBytes { unlink(name($0)) } == 0)
        #expect((folder + [0]).withUnsafeBytes { rmdir(name($0)) } == 0)
      }
      #expect(try inventory.scan() == ["SPECS/n\\xfe", "SPECS/n\\xff"])
    }
  }

  private func name(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar> {
    bytes.assumingMemoryBound(to: CChar.self).baseAddress!
  }
  private func make(_ path: [UInt8]) throws {
    #expect((path + [0]).withUnsafeBytes { mkdir(name($0), 0o755) } == 0)
  }
  private func put(_ text: String, _ path: [UInt8]) throws {
    let file = (path + [0]).withUnsafeBytes { open(name($0), O_WRONLY | O_CREAT | O_TRUNC, 0o644) }
    #expect(file >= 0)
    #expect(Glibc.write(file, text, text.utf8.count) == text.utf8.count)
    close(file)
  }

  /// A pipe is no file, and looking at it waits for nobody; a folder in a file's place is a folder.
  @Test func whatIsNoFileIsNotRead() throws {
    try with { tree, inventory in
      try write("x", tree.appending("SPECS/a/a.spec"))
      _ = try inventory.scan()
      #expect(mkfifo(tree.appending("SPECS/a/pipe").string, 0o644) == 0)
      #expect(try inventory.scan() == [])
      try FileManager.default.removeItem(atPath: tree.appending("SPECS/a").string)
      try write("now a file", tree.appending("SPECS/a"))
      #expect(inventory.look(at: ["SPECS/a"]) == ["SPECS/a"])
      #expect(inventory.specs.isEmpty)
      #expect(inventory.files(in: "SPECS/a") == ["SPECS/a"])
      #expect(try inventory.scan() == [])
    }
  }

  @Test func whatADeadWriterLeftBesideTheRecordIsNotRead() throws {
    try with { tree, inventory in
      for number in 0..<200 { try write("x", tree.appending("SPECS/p\(number)/p.spec")) }
      _ = try inventory.scan()
      let known = inventory.known
      let record = tree.appending("record").string
      for _ in 0..<20 {
        let whole = try Data(contentsOf: URL(filePath: record))
        try whole.prefix(Int.random(in: 0..<whole.count)).write(to: URL(filePath: record + ".new-1"))
        let next = try fresh(tree)
        #expect(next.look(at: ["SPECS/p0"]) == [])
        #expect(next.known == known)
      }
    }
  }

  @Test func aRecordOfOtherFoldersIsNone() throws {
    try with { tree, inventory in
      try write("x", tree.appending("SPECS/a/a.spec"))
      try write("x", tree.appending("SPECS-EXTENDED/b/b.spec"))
      _ = try inventory.scan()
      let other = try TreeInventory(tree: tree, folders: ["SPECS-EXTENDED"], record: tree.appending("record"))
      #expect(try other.scan() == ["SPECS-EXTENDED/b"])
      #expect(other.known.count == 1)
    }
  }

  /// Same size, same times, other content: the change time of the kernel tells, and no program can set that.
  @Test func aRewriteWithOldTimesIsSeen() throws {
    try with { tree, inventory in
      let path = tree.appending("SPECS/a/a.spec")
      try write("one", path)
      var times = [timespec](repeating: timespec(tv_sec: 1_000_000, tv_nsec: 0), count: 2)
      utimensat(AT_FDCWD, path.string, &times, 0)
      _ = try inventory.scan()
      try write("two", path)
      utimensat(AT_FDCWD, path.string, &times, 0)
      #expect(try inventory.scan() == ["SPECS/a"])
    }
  }

  @Test func aDamagedRecordCostsTimeOnly() throws {
    try with { tree, inventory in
      try write("one", tree.appending("SPECS/a/a.spec"))
      _ = try inventory.scan()
      let record = tree.appending("record").string
      let good = try Data(contentsOf: URL(filePath: record))
      for length in stride(from: 0, to: good.count, by: 7) {
        try good.prefix(length).write(to: URL(filePath: record))
        let next = try fresh(tree)
        _ = try next.scan()
        #expect(next.known == inventory.known)
        var bad = good
        bad[length] ^= 1
        try bad.write(to: URL(filePath: record))
        let after = try fresh(tree)
        _ = try after.scan()
        #expect(after.known == inventory.known)
      }
    }
  }

  @Test(arguments: 0..<20)
  func afterAnyEditsItKnowsWhatANewOneSees(seed: Int) throws {
    try with { tree, first in
      var inventory = first
      var random = SeededGenerator(state: UInt64(seed) &+ 77)
      let folders = ["SPECS/a", "SPECS/b", "SPECS-EXTENDED/c", "imageconfigs/lists", "SPECS/a/deep"]
      for round in 0..<30 {
        var touched: Set<String> = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          touched.formUnion(try edit(tree, folders, &random))
        }
        if round % 5 == 4 { inventory = try fresh(tree) }
        let old = inventory.known
        let changed =
          round % 5 == 4 || Bool.random(using: &random)
          ? try inventory.scan() : inventory.look(at: touched)
        let new = try fresh(tree, record: "none")
        _ = try new.scan()
        #expect(inventory.known == new.known)
        #expect(inventory.specs == new.specs)
        if round % 5 != 4 {
          let different = Set(old.keys).union(new.known.keys).filter { old[$0] != new.known[$0] }
          #expect(changed == different)
        }
      }
    }
  }

  /// One edit; what a watcher would say of it.
  private func edit(_ tree: FilePath, _ folders: [String], _ random: inout SeededGenerator) throws -> [String]
  {
    let manager = FileManager.default
    let folder = folders.randomElement(using: &random)!
    let name = folder + "/" + ["a.spec", "b.spec", "one.patch", ".x.swp"].randomElement(using: &random)!
    let path = tree.appending(name)
    let text = "text \(Int.random(in: 0..<3, using: &random))"
    var isFolder: ObjCBool = false
    if manager.fileExists(atPath: path.string, isDirectory: &isFolder), isFolder.boolValue {
      try manager.removeItem(atPath: path.string)
    }
    switch Int.random(in: 0..<9, using: &random) {
    case 0, 1, 2: try write(text, path)
    case 3: try? manager.removeItem(atPath: path.string)
    case 4:
      try write(text, path)
      try manager.setAttributes(
        [.posixPermissions: Bool.random(using: &random) ? 0o755 : 0o644], ofItemAtPath: path.string)
    case 5:
      try? manager.removeItem(atPath: path.string)
      try manager.createDirectory(
        atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
      try manager.createSymbolicLink(atPath: path.string, withDestinationPath: text)
    case 6:
      // as long, and as old
      guard let size = try? manager.attributesOfItem(atPath: path.string)[.size] as? Int else { return [] }
      try write(String(repeating: "z", count: size), path)
      var times = [timespec](repeating: timespec(tv_sec: 1_000_000, tv_nsec: 0), count: 2)
      utimensat(AT_FDCWD, path.string, &times, 0)
    case 7:
      // a folder where there was a file
      try? manager.removeItem(atPath: path.string)
      try manager.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    default:
      let other = folders.randomElement(using: &random)!
      guard !other.hasPrefix(folder), !folder.hasPrefix(other),
        manager.fileExists(atPath: tree.appending(folder).string)
      else { return [] }
      try? manager.removeItem(atPath: tree.appending(other).string)
      try manager.createDirectory(
        atPath: tree.appending(other).removingLastComponent().string, withIntermediateDirectories: true)
      try manager.moveItem(atPath: tree.appending(folder).string, toPath: tree.appending(other).string)
      return [folder, other]
    }
    return [name]
  }
}
