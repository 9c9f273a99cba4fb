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
  let report: ActivityReport
  /// Also a state that is older than the last one.
  var acceptsOlder = false

  package init(
    _ access: RepositoryAccess, workspace: Workspace, isOffline: Bool = false, acceptsOlder: Bool = false,
    report: @escaping ActivityReport = { _ in }
  ) {
    self.init(
      access, workspace: workspace,
      fetching: Fetching(downloader: Downloader(report: report), isOffline: isOffline), report: report)
    self.acceptsOlder = acceptsOlder
  }

  init(
    _ access: RepositoryAccess, workspace: Workspace, fetching: Fetching,
    report: @escaping ActivityReport = { _ in }
  ) {
    self.access = access
    self.report = report
    self.workspace = workspace
    self.fetching = fetching
  }

  /// Throws `RepositoryError` or `CancellationError`. When the repository says what it said last time, the snapshot
  /// of that time is the answer and next to nothing is downloaded.
  package func run() async throws -> RepositorySnapshot {
    let last = whole(try? RepositorySnapshot.load(access.id, in: workspace))
    if fetching.isOffline, !access.isLocal {
      guard let last else {
        throw RepositoryError.offline(repository: access.id, file: "repomd.xml", url: access.origin)
      }
      return last
    }
    let mirrors = access.mirrorList == nil ? nil : try await fetching.downloader.mirrors(access)
    let access = mirrors.map { self.access.with(servers: $0.servers) } ?? self.access
    var record = RefreshRecord(
      origin: self.access.origin, servers: access.servers, revision: nil, etag: "", modified: "",
      trust: access.trust(), checked: RefreshRecord.now())
    let before = RefreshRecord.load(access.id, in: workspace).flatMap {
      $0.origin == record.origin ? $0 : nil
    }

    if try await isUnchanged(access, last == nil ? nil : before, &record), let last {
      record.revision = before?.revision
      try onDisk(last.home, "record") { try record.save(access.id, in: workspace) }
      return last
    }
    let (snapshot, revision) = try await take(
      access, checksum: mirrors?.checksum, last, accepted: acceptsOlder ? nil : before?.revision)
    record.revision = revision
    try onDisk(last?.home ?? snapshot.home, "record") { try record.save(access.id, in: workspace) }
    return snapshot
  }

  /// The last snapshot, unless its files are no longer those that were verified: then it is as if there were none.
  private func whole(_ last: RepositorySnapshot?) -> RepositorySnapshot? {
    guard let last, let damaged = last.damaged() else { return last }
    report(.notice("\(damaged), of the metadata of repository \"\(access.id)\", is damaged here"))
    return nil
  }

  /// Asks the server for the name of its state, which is kept in the record: before the file itself, so that a state
  /// published in between is fetched again rather than missed.
  private func isUnchanged(
    _ access: RepositoryAccess, _ before: RefreshRecord?, _ record: inout RefreshRecord
  ) async throws -> Bool {
    let url = repomdURL(access.url)
    guard !url.hasPrefix("file://") else { return false }
    let known = before.flatMap { $0.trust == record.trust && $0.servers == record.servers ? $0 : nil }
    let state = await fetching.downloader.state(of: url, access.credentials, known: known)
    try Task.checkCancellation()
    if state.status == 304, let before = known {
      record.etag = before.etag
      record.modified = before.modified
      return true
    }
    if [404, 410].contains(state.status), access.servers.count == 1 {
      throw RepositoryError.noMetadata(repository: access.id, url: url)
    }
    if state.status == 200 {
      record.etag = state.etag
      record.modified = state.modified
    }
    return false
  }

  private func take(
    _ access: RepositoryAccess, checksum: Transfer.Checksum?, _ last: RepositorySnapshot?, accepted: Int64?
  ) async throws -> (RepositorySnapshot, Int64?) {
    let scratch = workspace.scratch.appending("metadata-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: scratch.string) }
    try makeFolder(scratch)

    let repomd = scratch.appending("repomd.xml")
    let server = try await fetchRepomd(access, checksum, to: repomd)
    let url = repomdURL(server)
    if access.settings.repoGpgcheck { try await verify(repomd, from: url, in: scratch) }
    let digest = try onDisk(repomd, "read") { try Digest.of(file: repomd) }
    guard let metadata = RepositoryMetadata(repomd: repomd) else {
      throw RepositoryError.badMetadata(
        repository: access.id, url: url, reason: "repomd.xml does not parse or names no primary metadata")
    }
    if let last, last.repomd == digest { return (last, metadata.revision) }
    if let revision = metadata.revision, let accepted, revision < accepted {
      throw RepositoryError.olderMetadata(
        repository: access.id, url: url, revision: revision, accepted: accepted)
    }
    let records = [metadata.primary, metadata.filelists].compactMap { $0 }
    try await fetch(records, access)

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
      filelists: metadata.filelists?.fileName, time: RefreshRecord.now())
    try onDisk(folder, "record") { try snapshot.save(in: workspace) }
    removeOlder(than: snapshot, last)
    return (snapshot, metadata.revision)
  }

  private func repomdURL(_ server: String) -> String { URLText.encoded("\(server)/repodata/repomd.xml") }

  private func transfer(_ name: String, _ url: String, to file: FilePath) -> Transfer {
    Transfer(name: "\(access.id) \(name)", url: url, partial: file, credentials: access.credentials)
  }

  /// - Returns: the server that gave it.
  private func fetchRepomd(
    _ access: RepositoryAccess, _ checksum: Transfer.Checksum?, to file: FilePath
  ) async throws -> String {
    let transfers = access.servers.map { server in
      var transfer = transfer("repomd.xml", repomdURL(server), to: file)
      transfer.checksum = checksum
      return transfer
    }
    let served = try await fetching.fetch([transfers])[0]
    if let server = served.server { return access.servers[server] }
    let worst = zip(transfers, served.outcomes).max { $0.1.weight < $1.1.weight }
    guard let worst, worst.1 != .notFound else {
      throw RepositoryError.noMetadata(repository: access.id, url: repomdURL(access.url))
    }
    throw failure(worst.1, "repomd.xml", worst.0.url, expected: checksum?.value ?? "")
  }

  private func verify(_ repomd: FilePath, from url: String, in scratch: FilePath) async throws {
    let signature = scratch.appending("repomd.xml.asc")
    let url = url + ".asc"
    switch try await fetching.fetch([transfer("repomd.xml.asc", url, to: signature)])[0] {
    case .complete: break
    case .notFound: throw RepositoryError.unsignedMetadata(repository: access.id, url: url)
    case let outcome: throw failure(outcome, "repomd.xml.asc", url, expected: "")
    }
    try MetadataSignature.verify(repomd, signature: signature, url: url, access, in: scratch)
  }

  private func fetch(_ records: [RepositoryMetadata.Record], _ access: RepositoryAccess) async throws {
    try makeFolder(Downloads.partials(workspace))
    let transfers = records.map { record in
      access.urls(of: record.location).map { url in
        Transfer(
          name: "\(access.id) \(record.fileName)", url: url, partial: partial(record),
          checksum: record.checksum, size: record.size, credentials: access.credentials)
      }
    }
    for (record, (transfers, served)) in zip(records, zip(transfers, try await fetching.fetch(transfers)))
    where served.server == nil {
      guard let worst = zip(transfers, served.outcomes).max(by: { $0.1.weight < $1.1.weight }) else {
        continue
      }
      throw failure(worst.1, record.fileName, worst.0.url, expected: record.checksum.value)
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

extension TransferOutcome {
  /// How much it tells: other content most, that a server has nothing least.
  fileprivate var weight: Int {
    switch self {
    case .wrongChecksum: 2
    case .notFound: 0
    default: 1
    }
  }
}
