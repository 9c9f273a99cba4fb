import AzureLinux
import Foundation
import Pipeline
import SystemPackage
import TestSupport
import Testing

@Suite("the index, kept for the next process")
struct IndexFileTests {

  private static func drawn(_ number: Int, _ draw: inout SeededGenerator) -> SpecInfo {
    let others = (0..<3).map { _ in Int.random(in: 0..<30, using: &draw) }
    let needs = others.map {
      ["s\($0)", "s\($0)-devel >= 1", "cap(\($0 % 7))", "(s\($0) or s\($0 / 2)-devel)", "s\($0) < 1-1"]
        .randomElement(using: &draw)!
    }
    return spec(
      "s\(number)", builds: Array(needs.prefix(Int.random(in: 0...3, using: &draw))),
      ["s\(number)": Bool.random(using: &draw) ? [needs[0]] : [], "s\(number)-devel": ["s\(number)"]],
      provides: ["s\(number)": Bool.random(using: &draw) ? ["cap(\(number % 7)) = 1"] : []])
  }

  private func withFile(_ body: (FilePath) throws -> Void) throws {
    let folder = FilePath(NSTemporaryDirectory()).appending("index-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    try body(folder.appending("index"))
  }

  private func answers(_ index: DependencyIndex) throws -> [String] {
    try index.paths.sorted().map { path in
      let id = SpecLocation(path: path).id
      let reach = index.describe(index.reach(from: [id]))
      let needs = try index.needs(of: id).needs.map { "\($0.text) \($0.providers)" }
      let dependents = try index.dependents(of: id, levels: 2).dependents.map {
        "\($0.spec) \($0.via) \($0.of)"
      }
      return "\(id): \(reach.map { "\($0.spec) \($0.reason)" }) \(needs) \(dependents)"
    }
  }

  @Test("edits, kept and read again at any time, answer as an index made from nothing", arguments: 1...40)
  func roundTrips(seed: UInt64) throws {
    try withFile { path in
      let file = IndexFile(path: path, isWritable: true)
      var draw = SeededGenerator(state: seed)
      var specs: [Int: SpecInfo] = [:]
      var index = DependencyIndex(matching: Rules(), facts: PublishedFacts())
      for round in 0..<40 {
        let number = Int.random(in: 0..<30, using: &draw)
        if specs[number] != nil, Int.random(in: 0..<5, using: &draw) == 0 {
          specs[number] = nil
          index.remove(spec: "s\(number)")
        } else {
          specs[number] = Self.drawn(number, &draw)
          index.update(specs[number]!)
        }
        guard Int.random(in: 0..<6, using: &draw) == 0 else { continue }
        let sum = try file.write(index, of: "store", stamp: Int64(round), facts: "facts")
        let kept = try #require(
          file.read(of: "store", atMost: Int64(round), facts: "facts", matching: Rules()))
        #expect(kept.stamp == Int64(round) && kept.sum == sum)
        #expect(file.read(matching: Rules())?.sum == sum)
        index = kept.index
      }
      let fresh = madeIndex(specs.sorted { $0.key > $1.key }.map(\.value))
      #expect(try answers(index) == answers(fresh))
    }
  }

  @Test("a file of another store or time, one that is cut off or damaged, is none")
  func whatDoesNotFit() throws {
    try withFile { path in
      let file = IndexFile(path: path, isWritable: true)
      try file.write(madeIndex([spec("a", ["a": []])]), of: "store", stamp: 7, facts: "facts")
      func isRead(_ store: String = "store", _ newest: Int64 = 7, _ facts: String = "facts") -> Bool {
        file.read(of: store, atMost: newest, facts: facts, matching: Rules()) != nil
      }
      #expect(isRead())
      #expect(isRead("store", 9))
      #expect(!isRead("store", 6))
      #expect(!isRead("other"))
      #expect(!isRead("store", 7, "more facts"))
      let whole = try Data(contentsOf: URL(filePath: path.string))
      for length in [0, 10, 40, whole.count / 2, whole.count - 1] {
        try whole.prefix(length).write(to: URL(filePath: path.string))
        #expect(!isRead(), "\(length) of \(whole.count)")
      }
      var damaged = whole
      damaged[whole.count - 3] ^= 1
      try damaged.write(to: URL(filePath: path.string))
      #expect(!isRead())
    }
  }

  @Test func whoMayNotWriteDoesNot() throws {
    try withFile { path in
      try IndexFile(path: path, isWritable: false).write(
        madeIndex([spec("a", ["a": []])]), of: "store", stamp: 1, facts: "")
      #expect(!FileManager.default.fileExists(atPath: path.string))
    }
  }
}
