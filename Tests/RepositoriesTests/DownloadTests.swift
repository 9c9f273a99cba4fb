import AzureLinux
import Foundation
import RPM
import Sandbox
import Solver
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Repositories

@Suite(.enabled(if: hasTools, "rpmbuild, createrepo_c and gpg make the repository"), WithPublished())
struct DownloadTests {
  let published: Published
  init() throws { published = try #require(WithPublished.current) }

  private func downloads(
    _ access: RepositoryAccess, _ site: Site, report: @escaping ActivityReport = { _ in }
  ) -> Downloads {
    Downloads(
      [access], workspace: site.workspace, report: report,
      fetching: Fetching(downloader: Downloader(report: report), waits: [.milliseconds(5)]))
  }

  /// As the metadata describe it; by name.
  private func packages(_ site: Site) async throws -> [String: RepositoryPackage] {
    let snapshot = try await RepositoryRefresh(site.access(), workspace: site.workspace).run()
    let universe = try await Universe.open(arch: "x86_64", [snapshot.source(priority: 50)])
    var found: [String: RepositoryPackage] = [:]
    for name in ["good", "big", "unsigned", "foreign"] { found[name] = await universe.newest(name: name) }
    return found
  }

  private func failure(_ downloads: Downloads, _ packages: RepositoryPackage?...) async -> RepositoryError? {
    do {
      _ = try await downloads.packages(packages.compactMap { $0 })
      return nil
    } catch { return error as? RepositoryError }
  }

  @Test func packagesEndUpInTheStoreOnce() async throws {
    try await published.withCopy { site in
      let packages = try await packages(site)
      let wanted = try [#require(packages["big"]), #require(packages["good"])]
      let told = Mutex<[Activity]>([])
      let downloads = downloads(site.access(), site) { activity in told.withLock { $0.append(activity) } }
      // the same from many sides at once
      let results = try await withThrowingTaskGroup(of: [RPMFile].self) { group in
        for _ in 0..<8 { group.addTask { try await downloads.packages(wanted) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for files in results {
        #expect(files.map(\.nevra) == wanted.map(\.nevra))
        for file in files { #expect(try Digest.of(file: FilePath(file.path)) == file.digest) }
        #expect(files.map(\.size) == wanted.map(\.size))
      }
      let finished = told.withLock { $0 }.filter { if case .downloaded = $0 { true } else { false } }
      #expect(finished.count == 2)
      // nothing is asked of a repository that is gone
      try FileManager.default.removeItem(atPath: site.repo.string)
      #expect(try await downloads.packages(wanted) == results[0])
    }
  }

  @Test func onlySignedPackagesPass() async throws {
    try await published.withCopy { site in
      let packages = try await packages(site)
      let strict = downloads(site.access(), site)
      guard case .badRPM("base", .unsigned(let name)) = await failure(strict, packages["unsigned"]) else {
        Issue.record("an unsigned RPM must be refused")
        return
      }
      #expect(name == "unsigned-1.0-1.azl3.noarch.rpm")
      guard case .badRPM("base", .unknownKey(_, let key)) = await failure(strict, packages["foreign"]) else {
        Issue.record("a stranger's RPM must be refused")
        return
      }
      #expect(key.count == 16)
      #expect(
        await failure(
          downloads(site.access(keys: [published.key, published.otherKey]), site), packages["foreign"]) == nil
      )
      // the note of the other key counts only for who trusts it
      #expect(await failure(downloads(site.access(), site), packages["foreign"]) != nil)
      #expect(await failure(downloads(site.access(gpgcheck: false), site), packages["unsigned"]) == nil)
    }
  }

  @Test func wrongContentIsRefusedAndNamed() async throws {
    try await published.withCopy { site in
      let packages = try await packages(site)
      try site.damage(site.rpm("good"))
      let error = await failure(downloads(site.access(), site), packages["good"], packages["big"])
      guard case .wrongChecksum("base", let file, _, let expected, let actual) = error else {
        Issue.record("\(error as Any)")
        return
      }
      #expect(file == "good-1.0-1.azl3.noarch.rpm")
      #expect(expected == packages["good"]?.digest.hex)
      #expect(try actual == Digest.of(file: site.rpm("good")).hex)
      // the other one came all the same
      let store = ContentStore(site.workspace)
      #expect(store.contains(try #require(packages["big"]?.digest)))
      #expect(!store.contains(try #require(packages["good"]?.digest)))
    }
  }

  @Test func missingPackageNamesTheServer() async throws {
    try await published.withCopy { site in
      let packages = try await packages(site)
      try FileManager.default.removeItem(atPath: site.rpm("good").string)
      let error = await failure(downloads(site.access(), site), packages["good"])
      guard case .notFound("base", _, let urls) = error else {
        Issue.record("\(error as Any)")
        return
      }
      #expect(urls == ["file://\(site.repo)/Packages/good-1.0-1.azl3.noarch.rpm"])
    }
  }

  /// Cancels the download of a package after its first 200 kB.
  private func interrupt(_ package: RepositoryPackage, _ site: Site, _ server: WebServer) async throws {
    let (signal, started) = AsyncStream<Void>.makeStream()
    let slow = downloads(site.access(url: server.url + "/slow/repo"), site) { activity in
      if case .downloading(_, let received, _) = activity, received > 200_000 { started.yield() }
    }
    let download = Task { try await slow.packages([package]) }
    for await _ in signal { break }
    download.cancel()
    await #expect(throws: CancellationError.self) { try await download.value }
  }

  @Test(.enabled(if: hasNginx, "nginx serves over HTTP")) func interruptedDownloadGoesOnWhereItStopped()
    async throws
  {
    try await published.withCopy { site in
      let big = try #require(try await packages(site)["big"])
      let partial = Downloads.partials(site.workspace).appending("sha256-\(big.digest.hex)")
      try await withFaultyServer(site.folder) { server in
        try await interrupt(big, site, server)
        let size = Fetching.size(partial)
        #expect(size > 0 && size < big.size)
        #expect(!ContentStore(site.workspace).contains(big.digest))

        let file = try await downloads(site.access(url: server.url + "/repo"), site).packages([big])[0]
        #expect(try Digest.of(file: FilePath(file.path)) == big.digest)
        #expect(try server.answers().last == "206 /repo/Packages/big-1.0-1.azl3.noarch.rpm")
        #expect(!FileManager.default.fileExists(atPath: partial.string))
      }
    }
  }

  @Test(.enabled(if: hasNginx, "nginx serves over HTTP"), arguments: ["/repo", "/whole/repo"])
  func rubbishOfAnEarlierRunIsNeverTakenForTheFile(path: String) async throws {
    try await published.withCopy { site in
      let big = try #require(try await packages(site)["big"])
      let partial = Downloads.partials(site.workspace).appending("sha256-\(big.digest.hex)")
      try await withFaultyServer(site.folder) { server in
        for length in [1000, Int(big.size), Int(big.size) + 5] {
          // written over in place, so that librepo's mark of a download in progress stays
          try await interrupt(big, site, server)
          let handle = try FileHandle(forWritingTo: URL(filePath: partial.string))
          try handle.truncate(atOffset: 0)
          try handle.write(contentsOf: Data(repeating: 7, count: length))
          try handle.close()
          let file = try await downloads(site.access(url: server.url + path), site).packages([big])[0]
          #expect(try Digest.of(file: FilePath(file.path)) == big.digest)
          try FileManager.default.removeItem(atPath: file.path)
        }
        // whole, but never renamed
        try FileManager.default.copyItem(atPath: site.rpm("big").string, toPath: partial.string)
        let before = try server.answers().count
        _ = try await downloads(site.access(url: server.url + path), site).packages([big])
        #expect(try server.answers().count == before)
      }
    }
  }

  @Test(.enabled(if: hasNginx, "nginx serves over HTTP")) func sourcesComeFromTheFirstServerThatHasThem()
    async throws
  {
    try await published.withCopy { site in
      let names = ["a b-1.0^1.tar.gz", "c.tar.gz"]
      for name in names { try Data(name.utf8).write(to: URL(filePath: site.file(name).string)) }
      try await withFaultyServer(site.folder) { server in
        let downloads = downloads(site.access(), site)
        let servers = ["\(server.url)/nowhere", "\(server.url)/repo"]
        let digests = names.map { Digest.of($0) }
        let wanted = zip(names, digests).map { (name: $0, digest: Optional($1)) }
        let results = try await downloads.sources(wanted, servers: servers)
        #expect(try results.map { try $0.get() } == digests)
        #expect(digests.allSatisfy(ContentStore(site.workspace).contains))

        // of one that nobody vouches for, whatever comes is taken
        let unknown = try await downloads.sources([("c.tar.gz", nil)], servers: servers)
        #expect(try unknown.map { try $0.get() } == [digests[1]])

        let other = Digest.of("another")
        let failures = try await downloads.sources(
          [("c.tar.gz", other), ("none.tar.gz", other), ("a b-1.0^1.tar.gz", digests[0])], servers: servers)
        guard
          case .failure(RepositoryError.notServed(nil, "c.tar.gz", let answers)) = failures[0],
          answers.map(\.isWrong) == [false, true],
          answers.map(\.url) == servers.map({ "\($0)/c.tar.gz" }),
          answers[1].reason.contains(other.hex), answers[1].reason.contains(digests[1].hex)
        else {
          Issue.record("\(failures[0])")
          return
        }
        // both have the digest that nobody has: one download, one reason
        guard case .failure = failures[1], try failures[2].get() == digests[0] else {
          Issue.record("\(failures)")
          return
        }
        let none = try await downloads.sources([("none.tar.gz", Digest.of("none"))], servers: servers)
        guard case .failure(RepositoryError.notFound(nil, "none.tar.gz", let asked)) = none[0] else {
          Issue.record("\(none)")
          return
        }
        #expect(asked == servers.map { "\($0)/none.tar.gz" })
      }
    }
  }
}
