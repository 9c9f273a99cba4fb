import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

/// What `repo … --json` answers.
struct RepositoryAnswer: Decodable {
  struct Repository: Decodable {
    var id: String
    var kind: String
    var url: String
    var enabled: Bool
    var priority: Int
    var packages: Int?
    var repomd: Digest?
    var revision: Int64?
    var baseline: Digest?
    var hasMoved: Bool?
  }
  struct Package: Decodable {
    var nevra: String
    var repository: String
    var size: Int64
    var isHere: Bool
  }
  struct Resolution: Decodable {
    var packages: [Package]
    var size: Int64
    var download: Int64
  }
  struct Provision: Decodable {
    var packages: [Package]
    var nearest: [String]
  }
  var repositories: [Repository]?
  var skipped: [String]?
  var resolution: Resolution?
  var provision: Provision?
}

extension DemoTree {
  /// The answer to a question about repositories, which fits the shipped schema.
  func repo(_ arguments: String..., status: ExitCode = .success) async throws -> RepositoryAnswer {
    let output = try await azl(["repo"] + arguments + ["--json"])
    try #require(output.status == status.rawValue, "\(output.all)")
    try await Schema("repo").validate(output.out)
    return try output.json()
  }
}

extension EndToEnd.Trouble {
  /// Repositories as they are configured, refreshed, asked and pinned.
  @Suite(.serialized, .sharedTree) struct Repositories {
    private let tree: DemoTree
    private let settings = ".azldev/config.local.toml"

    init() throws { tree = try DemoTree.current() }

    // MARK: questions

    @Test func whatTheyHave() async throws {
      let list = try await tree.repo("list")
      let base = try #require(list.repositories?.first)
      #expect(list.repositories?.count == 1)
      #expect(base.id == "base" && base.kind == "base" && base.enabled && base.hasMoved == false)
      #expect(base.repomd == base.baseline && base.repomd != nil)
      #expect((base.packages ?? 0) > 100)
      let text = try await tree.azl("repo", "list")
      #expect(text.out.contains("✓ base  base, \(base.packages ?? 0) RPMs, signed, "), "\(text.out)")

      let root = try #require(try await tree.repo("resolve", "zlib-devel >= 1.2").resolution)
      let names = root.packages.map { $0.nevra.prefix { $0 != "." } }
      #expect(names.contains { $0.hasPrefix("zlib-devel-") } && names.contains { $0.hasPrefix("glibc-") })
      #expect(root.size == root.packages.map(\.size).reduce(0, +))
      #expect(root.download == root.packages.filter { !$0.isHere }.map(\.size).reduce(0, +))
      let onBase = try #require(try await tree.repo("resolve", "--on-base", "zlib-devel").resolution)
      #expect(onBase.packages.count < root.packages.count)
      try await tree.azl("repo", "resolve", "zlib-devl").expectFailure(
        .invalidInput, ["zlib-devl", "no package provides it", "nearest names: zlib-devel"])
    }

    @Test(arguments: [
      ("pkgconfig(zlib)", "zlib-devel-"), ("/usr/include/zlib.h", "zlib-devel-"), ("*/zlib.h", "zlib-devel-"),
      ("libz.so.1", "zlib-1"), ("liblantern >= 1", "liblantern-1"),
    ])
    func whoProvides(_ capability: String, _ package: String) async throws {
      let answer = try #require(try await tree.repo("provides", capability).provision)
      #expect(answer.packages.contains { $0.nevra.hasPrefix(package) && $0.repository == "base" })
    }

    @Test func whatNobodyProvidesHasNearestNames() async throws {
      let answer = try await tree.repo("provides", "pkgconfig(zlip)", status: .invalidInput)
      #expect(answer.provision?.packages.isEmpty == true)
      #expect(answer.provision?.nearest.first == "pkgconfig(zlib)")
      try await tree.azl("repo", "provides", "pkgconfig(zlip)").expectFailure(
        .invalidInput, ["no published package provides \"pkgconfig(zlip)\"", "nearest: pkgconfig(zlib)"])
    }

    // MARK: states

    @Test(.needsNginx) func anUnchangedRepositoryCostsOneRequest() async throws {
      try await withMirror { mirror, server in
        // a state that was published this very second has no name that could be relied on
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)],
          ofItemAtPath: mirror.repository.appending("repodata/repomd.xml").string)
        _ = try await tree.repo("sync")
        let before = try server.log().count
        _ = try await tree.repo("sync")
        let asked = try server.log().dropFirst(before).filter { $0.contains("/repodata/") }
        #expect(asked == ["304 /azurelinux/3.0/prod/base/x86_64/repodata/repomd.xml HEAD"])

        try await mirror.describe()
        let moved = try await tree.repo("sync").repositories?.first
        #expect(moved?.hasMoved == true && moved?.repomd != moved?.baseline)
        let text = try await tree.azl("repo", "list")
        #expect(text.out.contains("moved since the baseline was set"), "\(text.out)")
        // and the next build says what it was planned with
        try tree.edit(
          "SPECS/lantern-common/lantern-common.spec", "License verified.", "License verified again.")
        let log = try #require(try await tree.build("lantern-common").builds.first?.log)
        let folder = FilePath(log).removingLastComponent()
        let pinned = try JSONDecoder.snake.decode(
          [PinnedRepository].self,
          from: Data(contentsOf: URL(filePath: tree.file("\(folder)/repositories.json").string)))
        #expect(pinned.map(\.repomd) == [moved?.repomd])
        #expect(pinned.map(\.revision) == [moved?.revision])
      }
    }

    @Test(.needsNginx) func anOlderStateIsRefusedUnlessItIsMeant() async throws {
      try await withMirror { mirror, _ in
        try await mirror.describe()
        let accepted = try #require(try await tree.repo("sync").repositories?.first)
        try await mirror.describe(revision: 5)
        try await tree.azl("repo", "sync").expectFailure(
          .failed,
          [
            "repository \"base\"", "are older than those that were accepted before",
            "revision 5 after \(accepted.revision ?? 0)", "repo sync --accept-older",
          ])
        #expect(try await tree.repo("list").repositories?.first?.repomd == accepted.repomd)
        #expect(try await tree.build("lantern-common").result != .failed)
        #expect(try await tree.repo("sync", "--accept-older").repositories?.first?.revision == 5)
      }
    }

    @Test(.needsNginx) func offlineAsksNobody() async throws {
      try await withMirror { _, server in
        _ = try await tree.repo("sync")
        let before = try server.log().count
        #expect(try await tree.repo("sync", "--offline").repositories?.first?.packages ?? 0 > 100)
        #expect(try await tree.azl("try", "lantern-common", "--offline").status == 0)
        try await tree.azl("try", "zip", "--offline").expectFailure(
          .environment, ["is not on this machine", "the network may not be asked", "without --offline"])
        #expect(try server.log().count == before)
      }
    }

    // MARK: configuration

    @Test func repoFilesAreConfiguration() async throws {
      let mirror = try #require(Host.mirror)
      try await withSettings { old in
        try await Command(["cp", "\(mirror)/keys/RPM-GPG-KEY-azl-demo", tree.path.string]).check()
        try tree.write(
          "demo.repo",
          """
          [from-file]
          name=Demo $releasever
          baseurl=file://\(mirror)/azurelinux/$releasever/prod/base/$basearch
          gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-azl-demo
          gpgcheck=1
          repo_gpgcheck=1
          priority=7

          [from-file-source]
          name=Demo sources
          baseurl=file://\(mirror)/azurelinux/$releasever/prod/base/srpms
          enabled=0

          [from-file-preview]
          name=Demo preview
          baseurl=file:///nowhere
          enabled=1

          """)
        try tree.write(
          settings,
          "[repositories]\nfiles = [\"demo.repo\"]\ndefaults = false\n"
            + old.prefix(upTo: try #require(old.range(of: "[[repository]]")).lowerBound))
        let list = try #require(try await tree.repo("sync").repositories)
        #expect(list.map(\.id) == ["from-file", "from-file-source", "from-file-preview"])
        #expect(list.map(\.enabled) == [true, false, false])
        #expect(list.map(\.kind) == ["base", "source", "base"])
        #expect(list.first?.priority == 7 && (list.first?.packages ?? 0) > 100)
        #expect(try await tree.build("lantern-common", "--force").result == .built)

        try tree.edit("demo.repo", "gpgcheck=1\n", "gpgcheck=1\nproxy=http://127.0.0.1:1\n")
        try await tree.azl("repo", "list").expectFailure(
          .invalidInput, ["demo.repo: [from-file] has \"proxy\", which azl-dev does not follow"])
        try FileManager.default.removeItem(atPath: tree.file("demo.repo").string)
        try await tree.azl("repo", "list").expectFailure(
          .invalidInput, ["demo.repo", "[repositories] files"])
      }
    }

    @Test func debuginfoRepositoriesCountWhereTheyAreEnabled() async throws {
      try await withSettings { old in
        let mirror = try #require(Host.mirror)
        let keys = try #require(old.firstMatch(of: /keys = .*/)).output
        let more = """

          [[repository]]
          id = "debug"
          kind = "debuginfo"
          url = "file://\(mirror)/azurelinux/$releasever/prod/base/debuginfo/$basearch"
          \(keys)

          """
        try await tree.azl("repo", "resolve", "liblantern-debuginfo").expectFailure(
          .invalidInput, ["liblantern-debuginfo", "no package provides it"])
        try tree.write(settings, old + more)
        _ = try await tree.repo("sync")
        let found = try await tree.repo("resolve", "liblantern-debuginfo").resolution?.packages
        #expect(
          found?.contains { $0.nevra.hasPrefix("liblantern-debuginfo-") && $0.repository == "debug" } == true)
      }
    }

    @Test(.needsNginx) func aTruncatedPackageIsNeverUsed() async throws {
      try await withMirror { mirror, server in
        _ = try await tree.repo("sync")
        let file = try mirror.package("gzip")
        let good = try Data(contentsOf: URL(filePath: file.string))
        let digest = try Digest.of(file: file)
        let stored = tree.file(".azldev/store/files/\(digest.hex.prefix(2))/\(digest.hex)").string
        try? FileManager.default.removeItem(atPath: stored)
        try good.dropLast(500).write(to: URL(filePath: file.string))
        try await tree.azl("try", "lantern-common", "--force").expectFailure(
          .failed, ["repository \"base\"", "gzip-", "has the wrong content: expected \(digest.hex)"])
        #expect(!FileManager.default.fileExists(atPath: stored))
        try good.write(to: URL(filePath: file.string))
        #expect(try await tree.build("lantern-common", "--force").result == .built)
        #expect(try Digest.of(file: FilePath(stored)) == digest)
      }
    }

    @Test(.needsNginx, arguments: [1, 2] as [UInt64])
    func killsDuringASyncLeaveOneStateOrTheOther(seed: UInt64) async throws {
      var random = SeededGenerator(state: seed)
      try await withMirror { mirror, _ in
        let repomd = mirror.repository.appending("repodata/repomd.xml")
        _ = try await tree.repo("sync")
        var last = try Digest.of(file: repomd)
        for turn in 1...8 {
          try await mirror.describe(revision: 2_000_000_000 + turn)
          let new = try Digest.of(file: repomd)
          let moment = Duration.milliseconds(Int.random(in: 0...250, using: &random))
          _ = try await RunningProgram.start(tree, "repo", "sync") { program in
            // the moment is what is drawn here: nothing waits for it
            try await Task.sleep(for: moment)
            program.signal(SIGKILL)
          }
          let now = try #require(try await tree.repo("list").repositories?.first?.repomd)
          #expect(now == last || now == new)
          #expect(try await tree.repo("provides", "gzip").provision?.packages.isEmpty == false)
          last = now
        }
        let end = try await tree.repo("sync").repositories?.first?.repomd
        #expect(try end == Digest.of(file: repomd))
      }
      try await Remains(tree: tree).expectNothingSoon()
    }

    @Test func oneThatMayBeMissingIsLeftOut() async throws {
      try await withSettings { old in
        let gone = "\n[[repository]]\nid = \"gone\"\nurl = \"file:///nowhere\"\n"
        try tree.write(settings, old + gone)
        try await tree.azl("repo", "sync").expectFailure(
          .environment, ["repository \"gone\"", "there is no repository at file:///nowhere"])
        try tree.write(settings, old + gone + "skip_if_unavailable = true\n")
        let answer = try await tree.repo("sync")
        #expect(answer.skipped == ["gone"])
        #expect(try await tree.build("lantern-common").result != .failed)
      }
    }

    @Test(.needsNginx, arguments: ["mirrorlist", "metalink"])
    func mirrorsAreAskedInTurn(_ kind: String) async throws {
      try await withMirror { mirror, server in
        let path = "azurelinux/3.0/prod/base/x86_64"
        let dead = "http://127.0.0.1:\(try freePort())/\(path)"
        let live = "\(server.url)/\(path)"
        let repomd = mirror.repository.appending("repodata/repomd.xml")
        let list = mirror.path.appending("servers").string
        func write(_ digest: String) throws {
          let text =
            kind == "mirrorlist"
            ? "\(dead)/\n\(live)/\n"
            : """
            <?xml version="1.0" encoding="utf-8"?>
            <metalink version="3.0" xmlns="http://www.metalinker.org/"><files><file name="repomd.xml">
            <verification><hash type="sha256">\(digest)</hash></verification>
            <resources><url protocol="http" type="http" preference="100">\(dead)/repodata/repomd.xml</url>
            <url protocol="http" type="http" preference="90">\(live)/repodata/repomd.xml</url></resources>
            </file></files></metalink>
            """
          try text.write(toFile: list, atomically: true, encoding: .utf8)
        }
        try write(Digest.of(file: repomd).hex)
        let url = try #require(try tree.read(settings).firstMatch(of: /\nurl = .*/)).output
        try tree.edit(settings, String(url), "\n\(kind) = \"\(server.url)/servers\"")
        let synced = try await tree.repo("sync")
        #expect(synced.repositories?.first?.packages ?? 0 > 100)
        // what is not here yet comes from the server that is there
        try await Command(["rm", "-rf", tree.file(".azldev/store/files").string]).check()
        #expect(try await tree.build("lantern-common", "--force").result == .built)
        if kind == "metalink" {
          try await mirror.describe()
          try write(Digest.of("something else").hex)
          try await tree.azl("repo", "sync").expectFailure(.failed, ["repomd.xml", "has the wrong content"])
        }
      }
    }

    @Test(.needsNginx) func aMirrorMayAskForACertificate() async throws {
      try await withSettings { _ in
        let authority = try await Authority.make(in: tree.file("authority"))
        try await withWebServer(try #require(Host.mirror), tls: authority) { server in
          let ours = try tree.read(settings).replacing("file://\(Host.mirror!)", with: server.url)
          let files = ["ca = \"authority/ca.pem\""]
          let all =
            (files + ["cert = \"authority/client.pem\"", "key = \"authority/client.key\""]).joined(
              separator: "\n")
          func with(_ lines: String) -> String {
            ours.replacing("[sources]\n", with: "[sources]\n\(lines)\n") + "\n\(lines)\n"
          }
          try tree.write(settings, with(files[0]))
          try await tree.azl("repo", "sync").expectFailure(
            .environment, ["HTTP status 400", "client certificate"])
          try tree.write(settings, with(all))
          #expect(try await tree.repo("sync").repositories?.first?.packages ?? 0 > 100)
          #expect(try await tree.build("zip").result == .built)
          try tree.write(settings, with(all.replacing("client.key", with: "none.key")))
          try await tree.azl("repo", "sync").expectFailure(
            .invalidInput, ["authority/none.key cannot be read"])
        }
      }
    }

    @Test func whatCameLaterThanTheSnapshotTimeIsNotThere() async throws {
      try await withSettings { old in
        try await PrivateMirror.with { mirror in
          // libsolv knows when a package was built; what counts is when it came to the repository
          let times = [("gzip", 1_500_000_000), ("bzip2", 1_700_000_000)]
          for (name, time) in times {
            let file = try mirror.package(name)
            try FileManager.default.setAttributes(
              [.modificationDate: Date(timeIntervalSince1970: TimeInterval(time))], ofItemAtPath: file.string)
          }
          try await mirror.describe(isWhole: true)
          try tree.edit(settings, "file://\(Host.mirror!)", mirror.url)
          try tree.edit(settings, "id = \"base\"", "id = \"base\"\nrepo_gpgcheck = false")
          let count = try await tree.repo("sync").repositories?.first?.packages ?? 0
          let ours = try tree.read(settings)
          try tree.write(settings, "[repositories]\nsnapshot_time = 1600000000\n" + ours)
          let earlier = try await tree.repo("list").repositories?.first?.packages ?? 0
          #expect(earlier > 0 && earlier < count)
          #expect(try await tree.repo("provides", "gzip").provision?.packages.count == 1)
          #expect(
            try await tree.repo("provides", "bzip2", status: .invalidInput).provision?.packages.isEmpty
              == true)
          try tree.write(settings, "[repositories]\nsnapshot_time = 1700000000\n" + ours)
          #expect(try await tree.repo("provides", "bzip2").provision?.packages.count == 1)
        }
      }
    }

    @Test func whatWasBuiltHereStandsBeforeWhatIsPublishedWhereAsked() async throws {
      try await withSettings { old in
        let spec = "SPECS/lantern-common/lantern-common.spec"
        try tree.edit(spec, "Release:        1%", "Release:        0%")
        #expect(try await tree.build("lantern-common").result == .built)
        try await tree.restore()
        func resolved() async throws -> RepositoryAnswer.Package? {
          try await tree.repo("resolve", "lantern-common").resolution?.packages.first {
            $0.nevra.hasPrefix("lantern-common-")
          }
        }
        #expect(try await resolved()?.repository == "base")
        try tree.write(settings, "[repositories]\nlocal = true\n" + old)
        let list = try await tree.repo("sync").repositories
        #expect(list?.map(\.kind) == ["local", "base"])
        #expect(try await resolved()?.repository == "local-repo")
        #expect(try await resolved()?.nevra == "lantern-common-1.0-0.azl3.noarch")
        // a build takes it too
        try tree.edit(spec, "License verified.", "License verified once more.")
        let image = try await tree.build("lantern-app")
        #expect(image.result != .failed)
      }
    }

    // MARK: -

    /// Puts the settings and the repositories' states of before back.
    private func withSettings(_ body: (String) async throws -> Void) async throws {
      let mine = try tree.read(settings)
      let result: Result<Void, any Error>
      do { result = .success(try await body(mine)) } catch { result = .failure(error) }
      try tree.write(settings, mine)
      try await tree.restore()
      try await tree.initialise()
      try result.get()
    }

    /// A mirror of its own over HTTP, whose metadata need not be signed.
    private func withMirror(_ body: (PrivateMirror, WebServer) async throws -> Void) async throws {
      try await withSettings { _ in
        try await PrivateMirror.with { mirror in
          try await withWebServer(mirror.path) { server in
            try tree.edit(settings, "file://\(Host.mirror!)", server.url)
            try tree.edit(settings, "id = \"base\"", "id = \"base\"\nrepo_gpgcheck = false")
            try await body(mirror, server)
          }
        }
      }
    }
  }
}
