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
  private var last: BaselineAnswer?
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
    let known = last ?? file.flatMap(BaselineAnswer.init(file:))
    let rules = await git.rulesIdentity(folders + others)
    let index = await git.indexIdentity()
    let isSameIndex = index != nil && known?.index == index
    let marks =
      if isSameIndex, let known { known.marks } else {
        try await git.indexMarks { self.isOurs($0) ? self.directory($0) : nil }
      }
    var answer = BaselineAnswer(
      commit: commit, rules: rules, index: index, digests: seen.digests, marks: marks, changes: [])
    if let known, known.commit == commit, rules != nil, known.rules == rules {
      let moved = known.directoriesThatDiffer(from: answer)
      if moved.isEmpty {
        answer.changes = known.changes
        return keep(answer, isNew: !isSameIndex)
      }
      if let (changes, asked) = try await changes(known, moved) {
        answer.changes = changes
        answer.forget(seen.touched(among: read(changes, asked)))
        return keep(answer, isNew: true)
      }
    }
    asked.full += 1
    answer.changes = try await git.changes(from: commit, folders: folders, others: others)
    answer.forget(seen.touched(among: read(answer.changes, Set(answer.digests.keys))))
    return keep(answer, isNew: true)
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
    _ known: BaselineAnswer, _ moved: Set<String>
  ) async throws -> (changes: [TreeChange], asked: Set<String>)? {
    guard moved.count <= Self.most else { return nil }
    var again = moved
    // the other half of what was one rename
    for change in known.changes {
      guard let old = change.oldPath, moved.contains(directory(change.path)) else { continue }
      again.insert(directory(old))
    }
    let changes = try await changes(known, again: again)
    // where files both went and came, one may have become the other: such directories are looked at together
    let came = changes.contains { ["added", "untracked", "renamed"].contains($0.status) }
    let went = changes.contains { ["deleted", "renamed"].contains($0.status) }
    guard came, went else { return (changes, again) }
    let unpaired = (known.changes + changes).filter { $0.status != "modified" && $0.status != "typechange" }
    let all = again.union(unpaired.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(directory))
    if all == again { return (changes, again) }
    return all.count <= Self.most ? (try await self.changes(known, again: all), all) : nil
  }

  private func changes(_ known: BaselineAnswer, again: Set<String>) async throws -> [TreeChange] {
    asked.partial += 1
    let fresh = try await git.changes(
      from: known.commit, folders: again.filter { !others.contains($0) }.sorted(),
      others: again.filter(others.contains).sorted())
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

  private func keep(_ answer: BaselineAnswer, isNew: Bool) -> [TreeChange] {
    last = answer
    if isNew, isWritten, file != nil {
      isWritten = false
      // whoever asked has the answer first
      Task { write() }
    }
    return answer.changes
  }

  /// Writes what is not written yet. Happens by itself soon after each answer.
  package func write() {
    guard !isWritten, let last, let file else { return }
    isWritten = true
    // a cache: what cannot be written is asked again
    try? AtomicFile.write(Data(last.packed), to: file, isDurable: false)
  }
}
