import AzureLinux
import Foundation
import RPM
import Storage
import SystemPackage

/// Brings RPMs and sources into the content store, each once however many ask for it at the same time.
package actor Downloads {
  private let repositories: [String: RepositoryAccess]
  let workspace: Workspace
  private let store: ContentStore
  let fetching: Fetching
  private let report: ActivityReport
  private let checks = SignatureChecks()
  private var running: [Digest: Task<Void, any Error>] = [:]

  package init(
    _ repositories: [RepositoryAccess], workspace: Workspace, report: @escaping ActivityReport = { _ in }
  ) {
    self.init(
      repositories, workspace: workspace, report: report,
      fetching: Fetching(downloader: Downloader(report: report)))
  }

  init(
    _ repositories: [RepositoryAccess], workspace: Workspace, report: @escaping ActivityReport,
    fetching: Fetching
  ) {
    self.repositories = Dictionary(repositories.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.workspace = workspace
    self.report = report
    self.fetching = fetching
    store = ContentStore(workspace)
  }

  /// Partial files by what they will be: the next run goes on with them. Any of them may be deleted at any time
  /// but while it is written.
  static func partials(_ workspace: Workspace) -> FilePath { workspace.downloads }

  /// The RPMs in the order asked for, their checksums verified, and their signatures where the repository is to be
  /// checked. Throws `RepositoryError` or `CancellationError`.
  package func packages(_ packages: [RepositoryPackage]) async throws -> [RPMFile] {
    var wanted: [Wanted] = []
    for package in packages {
      guard let access = repositories[package.repository] else {
        throw RepositoryError.unknownRepository(package.repository)
      }
      wanted.append(
        Wanted(
          name: package.nevra.fileName, digest: package.digest, size: package.size,
          urls: [access.url(of: package.location)], repository: package.repository,
          credentials: access.credentials))
    }
    try await bring(wanted)
    for (id, group) in Dictionary(grouping: packages, by: \.repository).sorted(by: { $0.key < $1.key }) {
      guard let access = repositories[id], access.settings.gpgcheck else { continue }
      try await checks.verify(group.map { store.path($0.digest) }, names: group.map(\.nevra.fileName), access)
    }
    return packages.map { package in
      let path = store.path(package.digest)
      return RPMFile(
        nevra: package.nevra, path: path.string, digest: package.digest, size: Fetching.size(path))
    }
  }

  /// A file by its digest from the first of these URLs that has it; the path in the content store.
  package func file(_ name: String, digest: Digest, urls: [String]) async throws -> FilePath {
    try await bring([
      Wanted(
        name: name, digest: digest, size: 0, urls: urls.map(URLText.encoded), repository: nil,
        credentials: .init())
    ])
    return store.path(digest)
  }

  struct Wanted: Sendable {
    var name: String
    var digest: Digest
    var size: Int64
    var urls: [String]
    var repository: String?
    var credentials: Transfer.Credentials
  }

  private func bring(_ wanted: [Wanted]) async throws {
    while true {
      var seen: Set<Digest> = []
      let missing = wanted.filter { !store.contains($0.digest) && seen.insert($0.digest).inserted }
      if missing.isEmpty { return }
      // somebody else is at these: their end is waited for, then it is looked again
      let others = Set(missing.compactMap { running[$0.digest] })
      let mine = missing.filter { running[$0.digest] == nil }
      if !mine.isEmpty {
        let task = Task { try await self.download(mine) }
        for file in mine { running[file.digest] = task }
        defer { for file in mine { running[file.digest] = nil } }
        try await withTaskCancellationHandler {
          try await task.value
        } onCancel: {
          task.cancel()
        }
      }
      // what went wrong for them goes wrong for us in our own attempt, with our own error
      for other in others { _ = await other.result }
      try Task.checkCancellation()
    }
  }

  private func download(_ files: [Wanted]) async throws {
    let folder = Downloads.partials(workspace)
    do {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    } catch { throw RepositoryError.file(folder, doing: "make", .ioError) }
    try requireSpace(for: files, at: folder)

    var open = files
    var asked = 0
    var failures: [Digest: any Error] = [:]
    // all from their first server, then what that does not have from the second, and so on
    while !open.isEmpty {
      let round = open.filter { asked < $0.urls.count }
      let transfers = round.map { file in
        Transfer(
          name: file.name, url: file.urls[asked], partial: folder.appending("sha256-\(file.digest.hex)"),
          checksum: Transfer.Checksum(type: "sha256", value: file.digest.hex), size: file.size,
          credentials: file.credentials)
      }
      let outcomes = try await fetching.fetch(transfers)
      for (file, (transfer, outcome)) in zip(round, zip(transfers, outcomes)) {
        if outcome == .complete {
          try adopt(transfer, file)
        } else if outcome != .notFound || failures[file.digest] == nil {
          failures[file.digest] = outcome.failure(
            repository: file.repository, file: file.name, url: transfer.url, allURLs: file.urls,
            expected: file.digest.hex)
        }
      }
      open = open.filter { !store.contains($0.digest) && asked + 1 < $0.urls.count }
      asked += 1
    }
    if let failed = files.first(where: { !store.contains($0.digest) }) {
      throw failures[failed.digest]
        ?? RepositoryError.notFound(repository: failed.repository, file: failed.name, urls: failed.urls)
    }
  }

  private func adopt(_ transfer: Transfer, _ file: Wanted) throws {
    do {
      // librepo has compared the checksum while it was the last to write; this is what the store's name promises
      let digest = try Digest.of(file: transfer.partial)
      guard digest == file.digest else {
        unlink(transfer.partial.string)
        throw RepositoryError.wrongChecksum(
          repository: file.repository, file: file.name, url: transfer.url, expected: file.digest.hex,
          actual: digest.hex)
      }
      let size = Fetching.size(transfer.partial)
      try store.adopt(transfer.partial, digest: digest)
      report(.downloaded(file.name, bytes: size))
    } catch let error as Errno {
      throw RepositoryError.file(store.path(file.digest), doing: "write", error)
    }
  }

  /// Before the first byte, rather than after the last that fits.
  private func requireSpace(for files: [Wanted], at folder: FilePath) throws {
    let needed = files.map(\.size).reduce(0, +)
    var status = statvfs()
    guard needed > 0, statvfs(folder.string, &status) == 0 else { return }
    let available = Int64(clamping: status.f_bavail) * Int64(clamping: status.f_frsize)
    guard needed <= available else {
      throw RepositoryError.diskFull(folder, needed: needed, available: available)
    }
  }
}

extension TransferOutcome {
  /// As an error that names who was asked for what.
  func failure(repository: String?, file: String, url: String, allURLs: [String] = [], expected: String)
    -> any Error
  {
    switch self {
    case .complete, .cancelled: CancellationError()
    case .notFound:
      RepositoryError.notFound(repository: repository, file: file, urls: allURLs.isEmpty ? [url] : allURLs)
    case .refused(let status): RepositoryError.refused(repository: repository, url: url, status: status)
    case .wrongChecksum(let actual):
      RepositoryError.wrongChecksum(
        repository: repository, file: file, url: url, expected: expected, actual: actual)
    case .cannotContinue:
      RepositoryError.unreachable(
        repository: repository, url: url, reason: "the server does not send the file")
    case .unreachable(let reason):
      RepositoryError.unreachable(repository: repository, url: url, reason: reason)
    case .unwritable(let error): RepositoryError.file(FilePath(file), doing: "write", error)
    }
  }
}
