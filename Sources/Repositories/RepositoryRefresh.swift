import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Brings the metadata of one repository up to date. What was there stays as it is unless all of the new is there
/// and verified.
package struct RepositoryRefresh: Sendable {
  let access: RepositoryAccess
  let workspace: Workspace
  let fetching: Fetching

  package init(_ access: RepositoryAccess, workspace: Workspace, report: @escaping ActivityReport = { _ in })
  {
    self.init(access, workspace: workspace, fetching: Fetching(downloader: Downloader(report: report)))
  }

  init(_ access: RepositoryAccess, workspace: Workspace, fetching: Fetching) {
    self.access = access
    self.workspace = workspace
    self.fetching = fetching
  }

  /// Throws `RepositoryError` or `CancellationError`. When the repository says what it said last time, the snapshot
  /// of that time is the answer and nothing but `repomd.xml` is downloaded.
  package func run() async throws -> RepositorySnapshot {
    let scratch = workspace.scratch.appending("metadata-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: scratch.string) }
    try makeFolder(scratch)

    let repomd = scratch.appending("repomd.xml")
    try await fetchRepomd(to: repomd)
    if access.settings.repoGpgcheck { try await verify(repomd, in: scratch) }
    let digest = try onDisk(repomd, "read") { try Digest.of(file: repomd) }
    if let last = try? RepositorySnapshot.load(access.id, in: workspace), last.repomd == digest {
      return last
    }

    guard let metadata = RepositoryMetadata(repomd: repomd) else {
      throw RepositoryError.badMetadata(
        repository: access.id, url: repomdURL,
        reason: "repomd.xml does not parse or names no primary metadata")
    }
    let records = [metadata.primary, metadata.filelists].compactMap { $0 }
    try await fetch(records)

    let folder = RepositorySnapshot.folder(access.id, digest, workspace)
    for record in records {
      try move(partial(record), to: scratch.appending(record.fileName))
    }
    try? FileManager.default.removeItem(atPath: scratch.appending("gnupg").string)
    try makeFolder(folder.removingLastComponent())
    // there may be one without a record: a run that was killed in between
    try? FileManager.default.removeItem(atPath: folder.string)
    try move(scratch, to: folder)
    let snapshot = RepositorySnapshot(
      id: access.id, repomd: digest, folder: folder.string, primary: metadata.primary.fileName,
      filelists: metadata.filelists?.fileName,
      time: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)))
    let previous = try? RepositorySnapshot.load(access.id, in: workspace)
    try onDisk(folder, "record") { try snapshot.save(in: workspace) }
    removeOlder(than: snapshot, previous)
    return snapshot
  }

  private var repomdURL: String { URLText.encoded("\(access.url)/repodata/repomd.xml") }

  private func transfer(_ name: String, _ url: String, to file: FilePath) -> Transfer {
    Transfer(name: "\(access.id) \(name)", url: url, partial: file, credentials: access.credentials)
  }

  private func fetchRepomd(to file: FilePath) async throws {
    switch try await fetching.fetch([transfer("repomd.xml", repomdURL, to: file)])[0] {
    case .complete: return
    case .notFound: throw RepositoryError.noMetadata(repository: access.id, url: repomdURL)
    case let outcome: throw failure(outcome, "repomd.xml", repomdURL, expected: "")
    }
  }

  private func verify(_ repomd: FilePath, in scratch: FilePath) async throws {
    let signature = scratch.appending("repomd.xml.asc")
    let url = repomdURL + ".asc"
    switch try await fetching.fetch([transfer("repomd.xml.asc", url, to: signature)])[0] {
    case .complete: break
    case .notFound: throw RepositoryError.unsignedMetadata(repository: access.id, url: url)
    case let outcome: throw failure(outcome, "repomd.xml.asc", url, expected: "")
    }
    try MetadataSignature.verify(repomd, signature: signature, url: url, access, in: scratch)
  }

  private func fetch(_ records: [RepositoryMetadata.Record]) async throws {
    try makeFolder(Downloads.partials(workspace))
    let transfers = records.map { record in
      Transfer(
        name: "\(access.id) \(record.fileName)", url: access.url(of: record.location),
        partial: partial(record),
        checksum: record.checksum, size: record.size, credentials: access.credentials)
    }
    let outcomes = try await fetching.fetch(transfers)
    for (record, (transfer, outcome)) in zip(records, zip(transfers, outcomes)) where outcome != .complete {
      throw failure(outcome, record.fileName, transfer.url, expected: record.checksum.value)
    }
  }

  private func failure(_ outcome: TransferOutcome, _ file: String, _ url: String, expected: String)
    -> any Error
  {
    outcome.failure(repository: access.id, file: file, url: url, expected: expected)
  }

  /// By checksum, so that a later run goes on with it.
  private func partial(_ record: RepositoryMetadata.Record) -> FilePath {
    Downloads.partials(workspace).appending("\(record.checksum.type)-\(record.checksum.value)")
  }

  /// The one before stays for who reads it just now.
  private func removeOlder(than snapshot: RepositorySnapshot, _ previous: RepositorySnapshot?) {
    let home = RepositorySnapshot.home(access.id, workspace)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: home.string)) ?? []
    where Digest(name) != nil && name != snapshot.repomd.hex && name != previous?.repomd.hex {
      try? FileManager.default.removeItem(atPath: home.appending(name).string)
    }
  }

  private func makeFolder(_ folder: FilePath) throws {
    try onDisk(folder, "make") {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }
  }

  private func move(_ from: FilePath, to target: FilePath) throws {
    guard rename(from.string, target.string) == 0 else {
      throw RepositoryError.file(target, doing: "write", Errno(rawValue: errno))
    }
  }

  private func onDisk<Result>(_ path: FilePath, _ doing: String, _ body: () throws -> Result) throws -> Result
  {
    do { return try body() } catch {
      throw RepositoryError.file(path, doing: doing, error as? Errno ?? .ioError)
    }
  }
}
