import CGit2
import Foundation

/// A line that differs, with its number in the new text (0 when it is gone from there).
package struct LineChange: Hashable, Sendable {
  package var line: Int
  package var old: String?
  package var new: String?

  package init(line: Int, old: String?, new: String?) {
    self.line = line
    self.old = old
    self.new = new
  }

  /// In the order of the new text, then what is only gone. Where old lines stand against new ones, tags of one
  /// name (`Release: 1`, `Release: 2`) are paired first, the rest in order. Binary content gives none.
  package static func between(_ old: Data, _ new: Data) -> [LineChange] {
    let hunks = Hunk.between(old, new)
    var gone: [LineChange] = []
    var changes: [LineChange] = []
    for hunk in hunks {
      var before = hunk.old
      var partners = hunk.new.map { line -> String? in
        guard let name = tag(line), let index = before.firstIndex(where: { tag($0) == name }) else {
          return nil
        }
        return before.remove(at: index)
      }
      for index in partners.indices
      where partners[index] == nil && tag(hunk.new[index]) == nil && !before.isEmpty {
        partners[index] = before.removeFirst()
      }
      for (index, text) in hunk.new.enumerated() {
        changes.append(LineChange(line: hunk.line + index, old: partners[index], new: text))
      }
      gone += before.map { LineChange(line: 0, old: $0, new: nil) }
    }
    return changes + gone
  }

  /// `release` of `Release: 1%{?dist}`.
  private static func tag(_ line: String) -> String? {
    line.prefixMatch(of: /([A-Za-z][A-Za-z0-9]*(?:\([^)]*\))?)\s*:/).map { $0.1.lowercased() }
  }
}

/// Lines that stand in one place of two texts.
private struct Hunk {
  /// Of the first new line.
  var line: Int
  var old: [String] = []
  var new: [String] = []

  static func between(_ old: Data, _ new: Data) -> [Hunk] {
    GitRepository.prepareLibrary
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.context_lines = 0
    options.interhunk_lines = 0
    var found: [Hunk] = []
    // no repository, no files: this fails only without memory, and then there is nothing to say
    _ = withUnsafeMutablePointer(to: &found) { found in
      old.withUnsafeBytes { old in
        new.withUnsafeBytes { new in
          git_diff_buffers(
            old.baseAddress, old.count, nil, new.baseAddress, new.count, nil, &options, nil, nil,
            // because libgit2 hands back the pointer given below, and calls only until it returns
            { _, hunk, found in
              guard let hunk = hunk?.pointee, let found else { return 0 }
              found.assumingMemoryBound(to: [Hunk].self).pointee.append(Hunk(line: Int(hunk.new_start)))
              return 0
            },
            { _, _, line, found in
              guard let line = line?.pointee, let found else { return 0 }
              Hunk.add(line, to: &found.assumingMemoryBound(to: [Hunk].self).pointee)
              return 0
            }, found)
        }
      }
    }
    return found
  }

  private static func add(_ line: git_diff_line, to hunks: inout [Hunk]) {
    guard let last = hunks.indices.last else { return }
    let bytes = UnsafeRawBufferPointer(start: line.content, count: line.content_len)
    let text = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    switch UInt32(UInt8(bitPattern: line.origin)) {
    case GIT_DIFF_LINE_ADDITION.rawValue: hunks[last].new.append(text)
    case GIT_DIFF_LINE_DELETION.rawValue: hunks[last].old.append(text)
    default: break  // remarks on a missing line end
    }
  }
}
