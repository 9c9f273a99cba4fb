import AzureLinux
import CSolv
import Foundation
import SystemPackage

extension PackagePool {
  /// Reads one repository, from its parsed form where that is there and sound.
  func load(_ source: RepositorySource) throws(SolverError) -> UnsafeMutablePointer<Repo> {
    if let cache = source.cache, let repo = loadParsed(source, from: cache) { return repo }
    let repo = try parse(source)
    try requireSHA256(repo, of: source)
    // a cache that cannot be written costs time, nothing else
    if let cache = source.cache { try? write(repo, to: cache) }
    return repo
  }

  private func empty(_ source: RepositorySource) -> UnsafeMutablePointer<Repo> {
    // the pool's own copy of the name lives as long as the repository does
    let repo = repo_create(pool, pool_id2str(pool, id(source.id)))!
    // libsolv: higher wins
    repo.pointee.priority = Int32(clamping: -source.priority)
    return repo
  }

  private func parse(_ source: RepositorySource) throws(SolverError) -> UnsafeMutablePointer<Repo> {
    let repo = empty(source)
    do {
      try add(source.primary, of: source, to: repo, flags: 0)
      // extends the packages that primary.xml named, matched by checksum
      if let filelists = source.filelists {
        try add(filelists, of: source, to: repo, flags: REPO_EXTEND_SOLVABLES)
      }
      try dropLate(of: source, from: repo)
    } catch {
      repo_free(repo, 1)
      throw error
    }
    return repo
  }

  private func add(
    _ file: FilePath, of source: RepositorySource, to repo: UnsafeMutablePointer<Repo>, flags: Int32
  )
    throws(SolverError)
  {
    guard let stream = solv_xfopen(file.string, "r") else {
      throw .metadataUnreadable(repository: source.id, file: file, reason: Errno(rawValue: errno).description)
    }
    defer { fclose(stream) }
    guard repo_add_rpmmd(repo, stream, nil, flags) == 0 else {
      throw .metadataUnreadable(repository: source.id, file: file, reason: String(cString: pool_errstr(pool)))
    }
  }

  /// nil: not there, of another version of libsolv or damaged; all mean that it is made again.
  private func loadParsed(_ source: RepositorySource, from cache: FilePath) -> UnsafeMutablePointer<Repo>? {
    guard let stream = fopen(cache.string, "r") else { return nil }
    defer { fclose(stream) }
    let repo = empty(source)
    guard repo_add_solv(repo, stream, 0) == 0, repo.pointee.nsolvables > 0 else {
      repo_free(repo, 1)
      return nil
    }
    return repo
  }

  /// Written aside, synced and renamed: a reader sees a whole cache or none.
  private func write(_ repo: UnsafeMutablePointer<Repo>, to cache: FilePath) throws {
    let aside = cache.string + ".new-\(ProcessInfo.processInfo.processIdentifier)"
    guard let stream = fopen(aside, "w") else { throw Errno(rawValue: errno) }
    let isWritten = repo_write(repo, stream) == 0 && fflush(stream) == 0 && fsync(fileno(stream)) == 0
    guard fclose(stream) == 0, isWritten, rename(aside, cache.string) == 0 else {
      unlink(aside)
      throw Errno(rawValue: errno)
    }
  }

  private func requireSHA256(_ repo: UnsafeMutablePointer<Repo>, of source: RepositorySource)
    throws(SolverError)
  {
    for solvable in repo.pointee.start..<repo.pointee.end where self[solvable].pointee.repo == repo {
      guard digest(solvable) != nil else {
        repo_free(repo, 1)
        throw .noSHA256(repository: source.id, package: nevra(solvable).description)
      }
    }
  }

  /// Of the whole file, where the metadata give a SHA-256.
  func digest(_ solvable: Id) -> Digest? {
    var type: Id = 0
    guard let hex = solvable_lookup_checksum(self[solvable], Key.checksum, &type) else {
      return nil
    }
    return Digest(String(cString: hex))
  }

  /// What the metadata say of a published package.
  func published(_ solvable: Id) -> RepositoryPackage {
    let s = self[solvable]
    var media: UInt32 = 0
    let location = solvable_lookup_location(s, &media).map { String(cString: $0) } ?? ""
    let base = solvable_lookup_str(s, Key.mediaBase).map { String(cString: $0) }
    let source = solvable_lookup_sourcepkg(s).map { String(cString: $0) } ?? ""
    return RepositoryPackage(
      nevra: nevra(solvable), repository: String(cString: s.pointee.repo.pointee.name),
      location: base.map { $0.hasSuffix("/") ? $0 + location : "\($0)/\(location)" } ?? location,
      // because load refuses a repository in which one is missing
      digest: digest(solvable)!,
      size: Int64(clamping: solvable_lookup_num(s, Key.downloadSize, 0)), sourceRPM: source)
  }

  /// Name of the source package that a published package was built from.
  func sourceName(_ solvable: Id) -> String {
    let s = self[solvable]
    if let name = solvable_lookup_str(s, Key.sourceName) { return String(cString: name) }
    // libsolv stores no source name when it is the package's own
    return text(s.pointee.name)
  }
}
