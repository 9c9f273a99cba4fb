/// The names most like `name`, nearest first; none that differ in more than a third of their letters.
package func nearestNames(to name: String, in names: some Sequence<String>, limit: Int = 3) -> [String] {
  let bound = max(2, name.count / 3)
  return names.compactMap { candidate -> (Int, String)? in
    if candidate.contains(name) && name.count > 2 { return (1, candidate) }
    guard abs(candidate.count - name.count) <= bound else { return nil }
    let distance = editDistance(Array(name.lowercased()), Array(candidate.lowercased()))
    return distance <= bound ? (distance, candidate) : nil
  }
  .sorted { $0 < $1 }.prefix(limit).map(\.1)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var rows = [Array(0...b.count)]
  for i in 1...max(1, a.count) where i <= a.count {
    var row = [i]
    for j in 1...max(1, b.count) where j <= b.count {
      var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
