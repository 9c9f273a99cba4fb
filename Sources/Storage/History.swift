import AzureLinux
import Foundation
import SystemPackage

/// Durations and verdicts, one JSON object a line. Cannot be recomputed, so it is not in the database.
package struct History: Sendable {
  package struct Entry: Codable, Sendable, Hashable {
    package var at: Date
    /// `build`, `image`, `boot`.
    package var kind: String
    package var subject: String
    package var result: String
    package var seconds: Double
    package init(at: Date = Date(), kind: String, subject: String, result: String, seconds: Double) {
      self.at = at
      self.kind = kind
      self.subject = subject
      self.result = result
      self.seconds = seconds
    }
  }

  private let path: FilePath
  package init(_ path: FilePath) { self.path = path }

  /// One `write` of a whole line, so that readers and a kill see lines only.
  package func append(_ entry: Entry) throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var line = try encoder.encode(entry)
    line.append(10)
    let descriptor = try FileDescriptor.open(
      path, .writeOnly, options: [.append, .create, .closeOnExec], permissions: .init(rawValue: 0o644))
    try descriptor.closeAfter { _ = try descriptor.writeAll(line) }
  }

  /// Oldest first; a line that does not read is skipped.
  package func entries() -> [Entry] {
    guard let text = try? String(contentsOfFile: path.string, encoding: .utf8) else { return [] }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return text.split(separator: "\n").compactMap { try? decoder.decode(Entry.self, from: Data($0.utf8)) }
  }

  /// Seconds that the last success of each subject took.
  package func expected(kind: String) -> [String: Double] {
    Dictionary(
      entries().lazy.filter { $0.kind == kind && $0.result != "failed" }.map { ($0.subject, $0.seconds) }
    ) { _, last in last }
  }
}
