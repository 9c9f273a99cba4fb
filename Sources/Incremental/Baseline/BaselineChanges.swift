import AzureLinux
import Foundation
import Storage
import SystemPackage

/// What differs from a commit, kept by directory: git is asked only about directories whose files differ from those of
/// the last answer.
package actor BaselineChanges {
  private let git: GitBaseline
  private let folders: [String]
  private let others: [String]
  private let file: FilePath?
  private var last: Answer?

  fileprivate struct Answer {
    var commit: String
    /// Of every directory, when it was given.
    var digests: [String: Digest]
    var changes: [TreeChange]
  }

  /// - Parameter file: where the last answer is kept for the next process; a cache.
  package init(git: GitBaseline, folders: [String], others: [String], file: FilePath?) {
    self.git = git
    self.folders = folders
    self.others = others
    self.file = file
  }

  /// - Parameter seen: all package directories and other folders, as they are now.
  package func changes(from commit: String, seen: TreeSighting) async throws -> [TreeChange] {
    let known = last ?? file.flatMap(Self.read)
    let now = seen.digests
    if let known, known.commit == commit {
      if known.digests == now {
        last = known
        return known.changes
      }
      let moved = Set(known.digests.keys).union(now.keys).filter { known.digests[$0] != now[$0] }
      if let (changes, asked) = try await changes(known, moved) {
        return keep(changes, of: commit, seen, asked)
      }
    }
    let changes = try await git.changes(from: commit, folders: folders, others: others)
    return keep(changes, of: commit, seen, Set(now.keys))
  }

  /// Nil when there are so many that one look at everything is less work.
  private func changes(
    _ known: Answer, _ moved: Set<String>
  ) async throws -> (changes: [TreeChange], asked: Set<String>)? {
    // a file that went may have come somewhere else: such directories are looked at together
    let unpaired = known.changes.filter { $0.status != "modified" && $0.status != "typechange" }
    let directories = moved.union(unpaired.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(directory))
    guard directories.count <= 24 else { return nil }
    let fresh = try await git.changes(
      from: known.commit, folders: directories.filter { !others.contains($0) }.sorted(),
      others: directories.filter(others.contains).sorted())
    let kept = known.changes.filter { !directories.contains(directory($0.path)) }
    let changes = (kept + fresh).sorted { ($0.path, $0.oldPath ?? "") < ($1.path, $1.oldPath ?? "") }
    return (changes, directories)
  }

  private func directory(_ path: String) -> String {
    if let other = others.first(where: { path == $0 || path.hasPrefix($0 + "/") }) { return other }
    return path.split(separator: "/").prefix(2).joined(separator: "/")
  }

  /// Git read the tree after the look: where something was written in between, its word is not kept as one about what
  /// was seen. The next answer asks it there again.
  private func keep(
    _ changes: [TreeChange], of commit: String, _ seen: TreeSighting, _ asked: Set<String>
  ) -> [TreeChange] {
    var answer = Answer(commit: commit, digests: seen.digests, changes: changes)
    let read = asked.union(changes.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(directory))
    for path in seen.touched(among: read) { answer.digests[path] = Self.unknown }
    // the first answer serves the next process nearly as well as the last one would
    if last == nil, let file { try? AtomicFile.write(Data(answer.packed), to: file, isDurable: false) }
    last = answer
    return changes
  }

  /// Of no directory.
  private static let unknown = Digest.of("touched while git read it")

  private static func read(_ file: FilePath) -> Answer? {
    FileManager.default.contents(atPath: file.string).flatMap { try? Answer(packed: $0) }
  }
}

extension BaselineChanges.Answer: Packed {
  func pack(into writer: inout PackedWriter) {
    writer.put(commit)
    writer.put(UInt(digests.count))
    for (path, digest) in digests {
      writer.put(path)
      digest.pack(into: &writer)
    }
    writer.put(UInt(changes.count))
    for change in changes {
      writer.put(change.path)
      writer.put(change.oldPath ?? "")
      writer.put(change.status)
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    commit = try reader.text()
    digests = [:]
    for _ in 0..<(try reader.count()) { digests[try reader.text()] = try Digest(unpacking: &reader) }
    changes = []
    for _ in 0..<(try reader.count()) {
      let path = try reader.text()
      let old = try reader.text()
      changes.append(TreeChange(path: path, oldPath: old.isEmpty ? nil : old, status: try reader.text()))
    }
  }
}
