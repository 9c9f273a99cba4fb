import AzureLinux
import Foundation
import Storage
import SystemPackage

/// What differed from a commit, and of what this was the answer.
struct BaselineAnswer {
  var commit: String
  /// Nil: not known for certain.
  var rules: Digest?
  var index: FileIdentity?
  /// Of every directory.
  var digests: [String: Digest]
  var marks: [String: UInt64]
  var changes: [TreeChange]

  /// Directories of which nothing is known for certain.
  var doubted: Set<String> = []

  /// - Returns: whether it differs.
  mutating func see(_ directory: String, _ digest: Digest?) -> Bool {
    let old = digests[directory]
    digests[directory] = digest
    return old != digest
  }

  /// - Returns: directories that differ.
  mutating func see(_ all: [String: Digest]) -> Set<String> {
    defer { digests = all }
    return Self.differing(digests, all)
  }

  /// - Returns: directories of which the index says something else.
  mutating func see(marks now: [String: UInt64]) -> Set<String> {
    defer { marks = now }
    return Self.differing(marks, now)
  }

  private static func differing<Value: Equatable>(_ old: [String: Value], _ now: [String: Value]) -> Set<
    String
  > {
    var found: Set<String> = []
    for (path, value) in old where now[path] != value { found.insert(path) }
    for path in now.keys where old[path] == nil { found.insert(path) }
    return found
  }
}

extension BaselineAnswer: Packed {
  private static let form = "baseline changes 3"

  init?(file: FilePath) {
    guard let data = FileManager.default.contents(atPath: file.string) else { return nil }
    try? self.init(packed: data)
  }

  private init(packed data: Data) throws(PackedError) {
    let answer = data.withUnsafeBytes { bytes in try? BaselineAnswer(packed: bytes) }
    guard let answer else { throw .damaged }
    self = answer
  }

  func pack(into writer: inout PackedWriter) {
    writer.put(Self.form)
    writer.put(commit)
    writer.put(rules?.hex ?? "")
    let index = index.map { [Int($0.changed), Int($0.size), Int(bitPattern: UInt($0.inode)), Int($0.mode)] }
    writer.put(UInt(index?.count ?? 0))
    for number in index ?? [] { writer.put(UInt(bitPattern: number)) }
    writer.put(UInt(digests.count))
    for (path, digest) in digests {
      writer.put(path)
      digest.pack(into: &writer)
    }
    writer.put(UInt(doubted.count))
    for path in doubted { writer.put(path) }
    writer.put(UInt(marks.count))
    for (path, mark) in marks {
      writer.put(path)
      writer.put(UInt(mark))
    }
    writer.put(UInt(changes.count))
    for change in changes {
      writer.put(change.path)
      writer.put(change.oldPath ?? "")
      writer.put(change.status)
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    guard try reader.text() == Self.form else { throw .damaged }
    commit = try reader.text()
    rules = Digest(try reader.text())
    var numbers: [UInt] = []
    for _ in 0..<(try reader.count()) { numbers.append(try reader.number()) }
    index =
      numbers.count == 4
      ? FileIdentity(
        changed: Int64(Int(bitPattern: numbers[0])), size: Int64(Int(bitPattern: numbers[1])),
        inode: UInt64(numbers[2]), mode: UInt32(truncatingIfNeeded: numbers[3])) : nil
    digests = [:]
    for _ in 0..<(try reader.count()) { digests[try reader.text()] = try Digest(unpacking: &reader) }
    doubted = []
    for _ in 0..<(try reader.count()) { doubted.insert(try reader.text()) }
    marks = [:]
    for _ in 0..<(try reader.count()) { marks[try reader.text()] = UInt64(try reader.number()) }
    changes = []
    for _ in 0..<(try reader.count()) {
      let path = try reader.text()
      let old = try reader.text()
      changes.append(TreeChange(path: path, oldPath: old.isEmpty ? nil : old, status: try reader.text()))
    }
  }
}
