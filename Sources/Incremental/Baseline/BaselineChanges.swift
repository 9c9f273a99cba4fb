import AzureLinux
import Foundation
import Storage
import SystemPackage

/// What differs from a commit, kept by directory: git is asked only about directories whose files, or what the index
/// says of them, differ from those of the last answer.
package actor BaselineChanges {
  private let git: GitBaseline
  private let folders: [String]
  private let others: [String]
  private let file: FilePath?
  private var last: (answer: BaselineAnswer, mark: TreeSighting.Mark)?
  private var answers = 0
  private var isWritten = true
  /// Questions that git had to answer, about everything and about some directories.
  package private(set) var asked = (full: 0, partial: 0)

  /// - Parameter file: where the last answer is kept for the next process; a cache.
  package init(git: GitBaseline, folders: [String], others: [String], file: FilePath?) {
    self.git = git
    self.folders = folders
    self.others = others
    self.file = file
  }

  /// - Parameter seen: all package directories and other folders, as they are now.
  package func changes(from commit: String, seen: TreeSighting) async throws -> [TreeChange] {
    // an answer that is being changed has one owner, or all of it would be copied
    let earlier = last?.mark
    let before = last?.answer ?? file.flatMap(BaselineAnswer.init(file:))
    last = nil
    let rules = await git.rulesIdentity(folders + others)
    let index = await git.indexIdentity()
    guard var answer = before, answer.commit == commit, rules != nil, answer.rules == rules else {
      return try await everything(commit, rules, index, seen)
    }
    var moved = answer.doubted
    if let since = earlier.flatMap({ seen.moved(since: $0) }) {
      for path in since where answer.see(path, seen.digest(of: path)) { moved.insert(path) }
    } else {
      moved.formUnion(answer.see(seen.digests))
    }
    let isSameIndex = index != nil && answer.index == index
    if !isSameIndex {
      answer.index = index
      moved.formUnion(answer.see(marks: try await marks()))
    }
    if moved.isEmpty { return keep(answer, seen, isNew: !isSameIndex) }
    guard let (changes, asked) = try await changes(answer, moved, seen) else {
      return try await everything(commit, rules, index, seen)
    }
    answer.changes = changes
    answer.doubted = seen.touched(among: read(changes, asked))
    return keep(answer, seen, isNew: true)
  }

  private func everything(
    _ commit: String, _ rules: Digest?, _ index: FileIdentity?, _ seen: TreeSighting
  ) async throws -> [TreeChange] {
    var answer = BaselineAnswer(
      commit: commit, rules: rules, index: index, digests: seen.digests, marks: try await marks(), changes: []
    )
    asked.full += 1
    answer.changes = try await git.changes(from: commit, folders: folders, others: others)
    answer.doubted = seen.touched(among: read(answer.changes, Set(answer.digests.keys)))
    return keep(answer, seen, isNew: true)
  }

  private func marks() async throws -> [String: UInt64] {
    try await git.indexMarks { self.isOurs($0) ? self.directory($0) : nil }
  }

  /// Git read the tree after the look: where something was written in between, its word is not kept as one about what
  /// was seen. The next answer asks it there again.
  private func read(_ changes: [TreeChange], _ asked: Set<String>) -> Set<String> {
    asked.union(changes.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(directory))
  }

  /// More directories than this are less work as a whole.
  private static let most = 48

  /// Nil when there are so many that one look at everything is less work.
  private func changes(
    _ known: BaselineAnswer, _ moved: Set<String>, _ seen: TreeSighting
  ) async throws -> (changes: [TreeChange], asked: Set<String>)? {
    guard moved.count <= Self.most else { return nil }
    var again = moved
    // the other half of what was one rename
    for change in known.changes {
      guard let old = change.oldPath, moved.contains(directory(change.path)) else { continue }
      again.insert(directory(old))
    }
    let changes = try await changes(known, again: again, seen)
    // where files both went and came, one may have become the other: such directories are looked at together
    let came = changes.contains { ["added", "untracked", "renamed"].contains($0.status) }
    let went = changes.contains { ["deleted", "renamed"].contains($0.status) }
    guard came, went else { return (changes, again) }
    let unpaired = (known.changes + changes).filter { $0.status != "modified" && $0.status != "typechange" }
    let all = again.union(unpaired.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(directory))
    if all == again { return (changes, again) }
    return all.count <= Self.most ? (try await self.changes(known, again: all, seen), all) : nil
  }

  private func changes(
    _ known: BaselineAnswer, again: Set<String>, _ seen: TreeSighting
  ) async throws -> [TreeChange] {
    asked.partial += 1
    var fresh: [TreeChange] = []
    var left: [String] = []
    for directory in again.subtracting(others).sorted() {
      if let record = seen.records[directory],
        let edits = try await git.edits(from: known.commit, in: directory, files: record.files)
      {
        fresh += edits
      } else {
        left.append(directory)
      }
    }
    let besides = again.filter(others.contains).sorted()
    if !left.isEmpty || !besides.isEmpty {
      fresh += try await git.changes(from: known.commit, folders: left, others: besides)
    }
    let kept = known.changes.filter { !again.contains(directory($0.path)) }
    return (kept + fresh).sorted { ($0.path, $0.oldPath ?? "") < ($1.path, $1.oldPath ?? "") }
  }

  private nonisolated func directory(_ path: String) -> String {
    if let other = others.first(where: { path == $0 || path.hasPrefix($0 + "/") }) { return other }
    return path.split(separator: "/", maxSplits: 2).prefix(2).joined(separator: "/")
  }

  private nonisolated func isOurs(_ path: String) -> Bool {
    folders.contains { path.hasPrefix($0 + "/") }
      || others.contains { path == $0 || path.hasPrefix($0 + "/") }
  }

  // MARK: for the next process

  private func keep(_ answer: BaselineAnswer, _ seen: TreeSighting, isNew: Bool) -> [TreeChange] {
    last = (answer, seen.mark)
    answers += 1
    if isNew, isWritten, file != nil {
      isWritten = false
      // whoever asked has the answer first, and who saves again soon is not kept waiting
      let isFirst = answers == 1
      Task {
        if !isFirst { try await Task.sleep(for: .seconds(1)) }
        write()
      }
    }
    return answer.changes
  }

  /// Writes what is not written yet. Happens by itself soon after each answer.
  package func write() {
    guard !isWritten, let last, let file else { return }
    isWritten = true
    // a cache: what cannot be written is asked again
    try? AtomicFile.write(Data(last.answer.packed), to: file, isDurable: false)
  }
}
