import AzureLinux
import Foundation
import Sandbox
import Solver
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Repositories

@Suite(.enabled(if: hasTools, "rpmbuild, createrepo_c and gpg make the repository"), WithPublished())
struct RefreshTests {
  let published: Published
  init() throws { published = try #require(WithPublished.current) }

  private func refresh(_ access: RepositoryAccess, _ workspace: Workspace) -> RepositoryRefresh {
    RepositoryRefresh(
      access, workspace: workspace,
      fetching: Fetching(downloader: Downloader(report: { _ in }), waits: [.milliseconds(5)]))
  }

  private func failure(_ access: RepositoryAccess, _ workspace: Workspace) async -> RepositoryError? {
    do {
      _ = try await refresh(access, workspace).run()
      return nil
    } catch { return error as? RepositoryError }
  }

  @Test func snapshotIsCompleteAndLoadsOffline() async throws {
    try await published.withCopy { site in
      #expect(throws: RepositoryError.self) { try RepositorySnapshot.load("base", in: site.workspace) }
      let snapshot = try await refresh(site.access(), site.workspace).run()
      #expect(try snapshot.repomd == Digest.of(file: site.file("repodata/repomd.xml")))
      #expect(try RepositorySnapshot.load("base", in: site.workspace) == snapshot)
      let universe = try await Universe.open(arch: "x86_64", [snapshot.source(priority: 50)])
      #expect(await universe.count == 4)
      #expect(await universe.packagesOwning(pathPrefix: "/opt/good").map(\.nevra.name) == ["good"])
      let left = try FileManager.default.contentsOfDirectory(atPath: site.workspace.scratch.string)
      #expect(left == [])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: site.workspace.downloads.string).isEmpty)
    }
  }

  /// packages.microsoft.com lists each file in zchunk's form too, which librepo of this distribution cannot read.
  @Test func aRepositoryWithZchunkBesideIsReadWithoutIt() async throws {
    try await published.withCopy { site in
      let list = site.file("repodata/repomd.xml")
      let text = try String(contentsOfFile: list.string, encoding: .utf8)
      let start = try #require(text.range(of: #"<data type="primary">"#))
      let end = try #require(text[start.lowerBound...].range(of: "</data>"))
      let chunked = text[start.lowerBound..<end.upperBound].replacing(#""primary""#, with: #""primary_zck""#)
        .replacing("primary.xml", with: "primary.absent.zck")
      #expect(chunked.contains("absent.zck"))
      try Data(text.replacing("</repomd>", with: chunked + "</repomd>").utf8).write(
        to: URL(filePath: list.string))
      let snapshot = try await refresh(site.access(repoGpgcheck: false), site.workspace).run()
      let universe = try await Universe.open(arch: "x86_64", [snapshot.source(priority: 50)])
      #expect(await universe.count == 4)
    }
  }

  @Test(.enabled(if: hasNginx, "nginx serves over HTTP")) func unchangedRepositoryCostsOneFile() async throws
  {
    try await published.withCopy { site in
      try await withFaultyServer(site.folder) { server in
        let access = site.access(url: server.url + "/repo", repoGpgcheck: false)
        // servers name states by their second: one that is just being published is fetched each time
        let repomd = site.file("repodata/repomd.xml").string
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: repomd)
        _ = try await refresh(access, site.workspace).run()
        _ = try await refresh(access, site.workspace).run()
        #expect(
          try server.answers().filter { $0.hasSuffix("/repomd.xml") }
            == Array(repeating: "200 /repo/repodata/repomd.xml", count: 4))
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: repomd)
        let first = try await refresh(access, site.workspace).run()
        let before = try server.answers().count
        #expect(try await refresh(access, site.workspace).run() == first)
        #expect(try server.answers().dropFirst(before) == ["304 /repo/repodata/repomd.xml"])
        try FileManager.default.removeItem(atPath: site.rpm("good").string)
        try await published.index(site.repo)
        let changed = try await refresh(access, site.workspace).run()
        #expect(changed.repomd != first.repomd)
        #expect(
          FileManager.default.fileExists(atPath: first.folder), "who reads the old one goes on reading it")
      }
    }
  }

  @Test func damagedMetadataLeaveTheOldSnapshot() async throws {
    try await published.withCopy { site in
      let good = try await refresh(site.access(), site.workspace).run()
      try FileManager.default.removeItem(atPath: site.rpm("good").string)
      try await published.index(site.repo)
      let primary = try site.metadata("primary")
      try site.damage(primary)
      guard
        case .wrongChecksum("base", let file, _, let expected, let actual) = await failure(
          site.access(), site.workspace)
      else {
        Issue.record("no checksum error")
        return
      }
      #expect(file == primary.lastComponent?.string)
      #expect(file.hasPrefix(expected))
      #expect(try Digest.of(file: primary).hex == actual)
      #expect(try RepositorySnapshot.load("base", in: site.workspace) == good)
    }
  }

  /// What lies here was verified when it came, and may be another thing by now.
  @Test(arguments: ["primary", "repomd"]) func damageOnThisMachineIsMended(file: String) async throws {
    try await published.withCopy { site in
      let good = try await refresh(site.access(), site.workspace).run()
      let folder = FilePath(good.folder)
      try site.damage(folder.appending(file == "primary" ? good.primary : "repomd.xml"))
      let told = Mutex<[String]>([])
      let mending = RepositoryRefresh(site.access(), workspace: site.workspace) { activity in
        if case .notice(let text) = activity { told.withLock { $0.append(text) } }
      }
      let mended = try await mending.run()
      #expect(mended.repomd == good.repomd && mended.damaged() == nil)
      let name = file == "primary" ? good.primary : "repomd.xml"
      #expect(
        told.withLock { $0 } == ["\(name), of the metadata of repository \"base\", is damaged here"])
      let universe = try await Universe.open(arch: "x86_64", [mended.source(priority: 50)])
      #expect(await universe.count == 4)
    }
  }

  @Test func repomdMustBeSignedByATrustedKey() async throws {
    try await published.withCopy { site in
      let stranger = await failure(site.access(keys: [published.otherKey]), site.workspace)
      guard case .badMetadataSignature("base", let url) = stranger else {
        Issue.record("\(stranger as Any)")
        return
      }
      #expect(url.hasSuffix("/repodata/repomd.xml.asc"))
      guard case .noKeys("base") = await failure(site.access(keys: []), site.workspace) else {
        Issue.record("keys are needed")
        return
      }
      // still XML, so that only the signature can tell
      let repomd = site.file("repodata/repomd.xml")
      let text = try String(contentsOfFile: repomd.string, encoding: .utf8)
      try Data((text + "\n").utf8).write(to: URL(filePath: repomd.string))
      guard case .badMetadataSignature = await failure(site.access(), site.workspace) else {
        Issue.record("a changed repomd.xml must be refused")
        return
      }
      try FileManager.default.removeItem(atPath: repomd.string + ".asc")
      guard case .unsignedMetadata("base", _) = await failure(site.access(), site.workspace) else {
        Issue.record("a missing signature must be refused")
        return
      }
      _ = try await refresh(site.access(repoGpgcheck: false), site.workspace).run()
      let key = await failure(site.access(keys: [FilePath("/etc/hostname")]), site.workspace)
      guard case .unsignedMetadata = key else {
        Issue.record("\(key as Any)")
        return
      }
    }
  }

  @Test(.enabled(if: hasNginx, "nginx serves over HTTP")) func serversThatFailAreTold() async throws {
    try await published.withCopy { site in
      let port = try freePort()
      let down = await failure(site.access(url: "http://127.0.0.1:\(port)/repo"), site.workspace)
      guard case .unreachable("base", let url, let reason) = down else {
        Issue.record("\(down as Any)")
        return
      }
      #expect(url == "http://127.0.0.1:\(port)/repo/repodata/repomd.xml")
      #expect(!reason.isEmpty)
      #expect(down?.exitCode == .environment)
      try await withFaultyServer(site.folder) { server in
        let none = await failure(site.access(url: server.url + "/nowhere"), site.workspace)
        guard case .noMetadata("base", _) = none else {
          Issue.record("\(none as Any)")
          return
        }
        let busy = await failure(site.access(url: server.url + "/busy"), site.workspace)
        guard case .refused("base", _, 503) = busy else {
          Issue.record("\(busy as Any)")
          return
        }
        let log = try server.answers()
        #expect(log.count { $0 == "503 /busy/repodata/repomd.xml" } >= 2, "503 is tried again")
        #expect(log.count { $0 == "404 /nowhere/repodata/repomd.xml" } == 1, "404 is final")
      }
      let local = await failure(site.access(url: "file:///nonexistent"), site.workspace)
      guard case .noMetadata("base", _) = local else {
        Issue.record("\(local as Any)")
        return
      }
      try Data("not metadata".utf8).write(to: URL(filePath: site.file("repodata/repomd.xml").string))
      let rubbish = await failure(site.access(repoGpgcheck: false), site.workspace)
      guard case .badMetadata("base", _, _) = rubbish else {
        Issue.record("\(rubbish as Any)")
        return
      }
    }
  }
}
