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
  private var running: [Digest: Task<[Result<Digest, any Error>], any Error>] = [:]

  package init(
    _ repositories: [RepositoryAccess], workspace: Workspace, isOffline: Bool = false,
    report: @escaping ActivityReport = { _ in }
  ) {
    self.init(
      repositories, workspace: workspace, report: report,
      fetching: Fetching(downloader: Downloader(report: report), isOffline: isOffline))
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
      // a list of mirrors may have been read since
      guard let access = repositories[package.repository]?.pinned(in: workspace) else {
        throw RepositoryError.unknownRepository(package.repository)
      }
      wanted.append(
        Wanted(
          name: package.nevra.fileName, digest: package.digest, size: package.size,
          urls: access.urls(of: package.location), repository: package.repository,
          credentials: access.credentials))
    }
    let failures = try await bring(wanted)
    if let failed = wanted.lazy.compactMap({ $0.digest.flatMap { failures[$0] } }).first { throw failed }
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

  /// Sources by name, each from the first of these servers that has it, into the store. For each its digest, or why it
  /// did not come; throws `CancellationError` alone.
  ///
  /// - Parameter wanted: without a digest, whatever the server has is taken.
  package func sources(
    _ wanted: [(name: String, digest: Digest?)], servers: [String], _ credentials: Credentials = Credentials()
  ) async throws -> [Result<Digest, any Error>] {
    if let path = credentials.missing {
      return wanted.map { _ in .failure(RepositoryError.noCredentials(path: path)) }
    }
    let files = wanted.map { file in
      Wanted(
        name: file.name, digest: file.digest, size: 0,
        urls: servers.map { URLText.encoded("\($0)/\(file.name)") }, repository: nil, credentials: credentials
      )
    }
    var results: [Result<Digest, any Error>?] = files.map { _ in nil }
    let unknown = files.indices.filter { files[$0].digest == nil }
    for (index, result) in zip(unknown, try await download(unknown.map { files[$0] })) {
      results[index] = result
    }
    let failures = try await bring(files.filter { $0.digest != nil })
    return zip(files, results).map { file, result in
      if let result { return result }
      let digest = file.digest!  // because those without one have their result
      return failures[digest].map { .failure($0) } ?? .success(digest)
    }
  }

  struct Wanted: Sendable {
    var name: String
    /// Nil: whatever comes.
    var digest: Digest?
    var size: Int64
    /// In the order in which they are asked.
    var urls: [String]
    var repository: String?
    var credentials: Credentials

    /// One for each server.
    func transfers(in folder: FilePath) -> [Transfer] {
      let partial = folder.appending(digest.map { "sha256-\($0.hex)" } ?? "unknown-\(UUID().uuidString)")
      return urls.map { url in
        Transfer(
          name: name, url: url, partial: partial,
          checksum: digest.map { Transfer.Checksum(type: "sha256", value: $0.hex) }, size: size,
          credentials: credentials)
      }
    }
  }

  /// Files of known digests.
  /// - Returns: why some did not come.
  private func bring(_ wanted: [Wanted]) async throws -> [Digest: any Error] {
    var failures: [Digest: any Error] = [:]
    while true {
      var seen: Set<Digest> = []
      let missing = wanted.filter { file in
        guard let digest = file.digest, failures[digest] == nil else { return false }
        return !store.contains(digest) && seen.insert(digest).inserted
      }
      if missing.isEmpty { return failures }
      // somebody else is at these: their end is waited for, then it is looked again
      let others = Set(missing.compactMap { running[$0.digest!] })
      let mine = missing.filter { running[$0.digest!] == nil }
      if !mine.isEmpty {
        let task = Task { try await self.download(mine) }
        for file in mine { running[file.digest!] = task }
        defer { for file in mine { running[file.digest!] = nil } }
        let results = try await withTaskCancellationHandler {
          try await task.value
        } onCancel: {
          task.cancel()
        }
        for (file, result) in zip(mine, results) {
          if case .failure(let error) = result { failures[file.digest!] = error }
        }
      }
      // what went wrong for them goes wrong for us in our own attempt, with our own error
      for other in others { _ = await other.result }
      try Task.checkCancellation()
    }
  }

  private func download(_ files: [Wanted]) async throws -> [Result<Digest, any Error>] {
    guard !files.isEmpty else { return [] }
    let folder = Downloads.partials(workspace)
    do {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    } catch { throw RepositoryError.file(folder, doing: "make", .ioError) }
    try requireSpace(for: files, at: folder)

    let transfers = files.map { $0.transfers(in: folder) }
    let served = try await fetching.fetch(transfers)
    return try files.indices.map { index in
      let (file, transfers, served) = (files[index], transfers[index], served[index])
      if let server = served.server { return .success(try adopt(transfers[server], file)) }
      return .failure(file.failure(zip(transfers, served.outcomes).map { ($0.url, $1) }))
    }
  }

  private func adopt(_ transfer: Transfer, _ file: Wanted) throws -> Digest {
    do {
      // librepo has compared the checksum while it was the last to write; this is what the store's name promises
      let digest = try Digest.of(file: transfer.partial)
      guard digest == file.digest ?? digest else {
        unlink(transfer.partial.string)
        throw RepositoryError.wrongChecksum(
          repository: file.repository, file: file.name, url: transfer.url, expected: file.digest?.hex ?? "",
          actual: digest.hex)
      }
      let size = Fetching.size(transfer.partial)
      try store.adopt(transfer.partial, digest: digest)
      report(.downloaded(file.name, bytes: size))
      return digest
    } catch let error as Errno {
      throw RepositoryError.file(transfer.partial, doing: "store", error)
    }
  }

  /// Before the first byte, rather than after the last that fits.
  private func requireSpace(for files: [Wanted], at folder: FilePath) throws {
    let needed = files.map(\.size).reduce(0, +)
    guard needed > 0, let available = Fetching.free(at: folder) else { return }
    guard needed <= available else {
      throw RepositoryError.diskFull(folder, needed: needed, available: available)
    }
  }
}

extension Downloads.Wanted {
  /// What the servers that were asked say together.
  func failure(_ answers: [(url: String, outcome: TransferOutcome)]) -> any Error {
    if answers.allSatisfy({ $0.outcome == .notFound }) {
      return RepositoryError.notFound(repository: repository, file: name, urls: urls)
    }
    let expected = digest?.hex ?? ""
    if let only = answers.first, answers.count == 1 || answers.allSatisfy({ $0.outcome == .offline }) {
      return only.outcome.failure(repository: repository, file: name, url: only.url, expected: expected)
    }
    return RepositoryError.notServed(
      repository: repository, file: name,
      answers.map { url, outcome in
        let isWrong = if case .wrongChecksum = outcome { true } else { false }
        return ServerAnswer(url: url, reason: outcome.reason(at: url, expected: expected), isWrong: isWrong)
      })
  }
}

extension TransferOutcome {
  /// As an error that names who was asked for what.
  func failure(repository: String?, file: String, url: String, expected: String) -> any Error {
    switch self {
    case .complete, .cancelled: CancellationError()
    case .offline: RepositoryError.offline(repository: repository, file: file, url: url)
    case .notFound: RepositoryError.notFound(repository: repository, file: file, urls: [url])
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
    case .diskFull(let path, let available):
      RepositoryError.diskFull(path, needed: nil, available: available)
    }
  }

  /// In a list of servers.
  fileprivate func reason(at url: String, expected: String) -> String {
    switch self {
    case .complete, .cancelled: "interrupted"
    case .offline: "the network may not be asked"
    case .notFound: url.hasPrefix("file:") ? "there is no such file" : "HTTP status 404"
    case .refused(let status): "HTTP status \(status)"
    case .wrongChecksum(let actual): "wrong content: expected \(expected), got \(actual)"
    case .cannotContinue: "the server does not send the file"
    case .unreachable(let reason): reason
    case .unwritable(let error): error.description
    case .diskFull(let path, _): "no space left at \(path)"
    }
  }
}
