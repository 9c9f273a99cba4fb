/// The candidate that `name` is most likely a slip of: fewest edits without regard to case, at most a third of its
/// length; nil when nothing is that near.
func nearestName(to name: String, among candidates: [String]) -> String? {
  let word = Array(name.lowercased())
  let ranked = candidates.sorted().map { (name: $0, edits: edits(word, Array($0.lowercased()))) }
  guard let best = ranked.min(by: { $0.edits < $1.edits }), best.edits <= max(1, word.count / 3) else {
    return nil
  }
  return best.name
}

/// Levenshtein distance, one row at a time.
private func edits(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, right) in b.enumerated() {
      let substituted = diagonal + (left == right ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
