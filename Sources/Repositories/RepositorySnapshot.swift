import AzureLinux
import Foundation
import Solver
import Storage
import SystemPackage

/// One state of a repository's metadata on this machine, verified. Equal for as long as the repository says the same.
package struct RepositorySnapshot: Hashable, Codable, Sendable {
  package var id: String
  /// Of `repomd.xml`, which names all else by checksum.
  package var repomd: Digest
  /// Absolute.
  package var folder: String
  /// File names in `folder`.
  package var primary: String
  package var filelists: String?
  /// When this state was first seen.
  package var time: Date

  /// What the solver loads.
  ///
  /// - Parameter until: seconds since 1970; what was published later is left out.
  package func source(priority: Int, until: Int64? = nil) -> RepositorySource {
    let folder = FilePath(folder)
    let parsed = until.map { "packages-until-\($0).solv" } ?? "packages.solv"
    return RepositorySource(
      id: id, priority: priority, primary: folder.appending(primary),
      filelists: filelists.map { folder.appending($0) },
      cache: folder.appending(parsed), until: until)
  }

  /// The last snapshot that was taken; nothing is downloaded.
  package static func load(_ id: String, in workspace: Workspace) throws(RepositoryError)
    -> RepositorySnapshot
  {
    let record = record(id, workspace)
    guard let data = try? Data(contentsOf: URL(filePath: record.string)),
      var snapshot = try? decoder.decode(RepositorySnapshot.self, from: data)
    else { throw .noSnapshot(repository: id) }
    // the workspace may have been moved since
    snapshot.folder = folder(id, snapshot.repomd, workspace).string
    let files = [snapshot.primary, snapshot.filelists].compactMap { $0 }
    guard files.allSatisfy({ access(FilePath(snapshot.folder).appending($0).string, R_OK) == 0 }) else {
      throw .noSnapshot(repository: id)
    }
    return snapshot
  }

  /// Ids of the repositories whose metadata are here.
  package static func all(in workspace: Workspace) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: workspace.metadata.string)) ?? []
    return names.compactMap { try? load($0, in: workspace).id }.sorted()
  }

  /// The first of its files that is not what the repository's list says; nil: all are whole.
  func damaged() -> String? {
    let list = FilePath(folder).appending("repomd.xml")
    guard let digest = try? Digest.of(file: list), digest == repomd,
      let metadata = RepositoryMetadata(repomd: list)
    else { return "repomd.xml" }
    return [metadata.primary, metadata.filelists].compactMap { $0 }
      .first { !$0.checksum.isOf(FilePath(folder).appending($0.fileName)) }?.fileName
  }

  func save(in workspace: Workspace) throws {
    try AtomicFile.write(
      RepositorySnapshot.encoder.encode(self), to: RepositorySnapshot.record(id, workspace))
  }

  var home: FilePath { FilePath(folder).removingLastComponent() }
  static func home(_ id: String, _ workspace: Workspace) -> FilePath {
    workspace.metadata.appending(id.replacing("/", with: "_"))
  }
  static func folder(_ id: String, _ repomd: Digest, _ workspace: Workspace) -> FilePath {
    home(id, workspace).appending(repomd.hex)
  }
  /// The file that says which metadata are pinned.
  package static func record(_ id: String, _ workspace: Workspace) -> FilePath {
    home(id, workspace).appending("snapshot.json")
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }
  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return encoder
  }
}
