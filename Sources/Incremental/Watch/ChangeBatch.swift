/// What may have changed since the batch before. A hint where to look: content decides.
package enum ChangeBatch: Hashable, Sendable {
  /// Files and folders, relative to the tree; for a folder, everything below it. Some no longer exist.
  case paths(Set<String>)
  /// Events were lost: anything may have changed.
  case everything

  /// Both together.
  package func merged(with other: ChangeBatch) -> ChangeBatch {
    guard case .paths(let mine) = self, case .paths(let theirs) = other else { return .everything }
    return .paths(mine.union(theirs))
  }
}
