import AzureLinux
import Foundation
import Storage
import SystemPackage

/// What is remembered of the last time that a repository was asked, beside its snapshot.
package struct RefreshRecord: Hashable, Codable, Sendable {
  /// The server or the list of mirrors that was asked.
  package var origin: String
  /// Those that the list of mirrors named.
  package var servers: [String]
  /// The number that grows with each state of the repository, most often seconds since 1970; nil where it has none.
  package var revision: Int64?
  /// How the server names the state that it gave; empty where it does not.
  package var etag: String
  package var modified: String
  /// Of what the metadata were verified with.
  package var trust: Digest
  /// When it last answered.
  package var checked: Date

  /// Nil before the first answer.
  package static func load(_ id: String, in workspace: Workspace) -> RefreshRecord? {
    guard let data = FileManager.default.contents(atPath: file(id, workspace).string) else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try? decoder.decode(RefreshRecord.self, from: data)
  }

  func save(_ id: String, in workspace: Workspace) throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self), to: RefreshRecord.file(id, workspace))
  }

  /// In whole seconds, which is what is written.
  static func now() -> Date {
    Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
  }

  private static func file(_ id: String, _ workspace: Workspace) -> FilePath {
    RepositorySnapshot.home(id, workspace).appending("refresh.json")
  }
}

extension RepositoryAccess {
  /// With the mirrors that the last refresh found, where it has a list of them.
  package func pinned(in workspace: Workspace) -> RepositoryAccess {
    guard mirrorList != nil, let record = RefreshRecord.load(id, in: workspace), !record.servers.isEmpty
    else { return self }
    return with(servers: record.servers)
  }

  var origin: String { mirrorList ?? url }

  /// Whether it is all on this machine; of a list of mirrors that is not known before it is asked.
  var isLocal: Bool { mirrorList == nil && servers.allSatisfy { $0.hasPrefix("file://") } }

  /// Of what its metadata are verified with.
  func trust() -> Digest {
    let keys = keys.map { (try? Digest.of(file: $0).hex) ?? "missing" }
    return Digest.of((["\(settings.repoGpgcheck)"] + keys).joined(separator: "\n"))
  }
}
