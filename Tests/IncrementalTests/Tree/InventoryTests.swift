import AzureLinux
import Foundation
import Incremental
import SystemPackage
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
      let before = inventory.digest(of: "SPECS/a")
      try write("y", tree.appending("SPECS/a/a.spec~"))
      #expect(try inventory.scan() == [])
      #expect(inventory.digest(of: "SPECS/a") == before)
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
    switch Int.random(in: 0..<7, using: &random) {
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
