import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

extension EndToEnd.Trouble {
  /// Source servers that lack files, fail for a while, break off, send something else or ask who is there.
  @Suite(.serialized, .sharedTree, .needsNginx) struct SourceServer {
    private let tree: DemoTree
    private let folder: FilePath
    private let spec = "SPECS/lantern-common/"

    init() throws {
      tree = try DemoTree.current()
      folder = tree.file("served")
    }

    @Test func theFirstServerThatHasItGivesIt() async throws {
      try await withSource { _ in
        try await withWebServer(folder) { server in
          try ask("\(server.url)/nowhere", "\(server.url)/core")
          #expect(try await tree.build("lantern-common").result == .built)
          let log = try server.log()
          #expect(log.last == "200 /core/lantern.conf")
          #expect(log.count { $0 == "404 /nowhere/lantern.conf" } <= 2, "404 is final: \(log)")
        }
      }
    }

    @Test func aSourceThatNobodyHasNamesEveryServer() async throws {
      try await withSource { _ in
        try await withWebServer(folder) { server in
          try ask("\(server.url)/a", "\(server.url)/b")
          try await tree.azl("try", "lantern-common").expectFailure(
            .environment,
            ["no server has lantern.conf", "\(server.url)/a/lantern.conf", "\(server.url)/b/lantern.conf"])
          // the GET, and one question for the status that librepo keeps to itself
          #expect(try server.log().count == 4)
        }
      }
    }

    @Test func whatIsUnavailableForAWhileIsTriedAgain() async throws {
      let flag = tree.file("served/ready")
      let flaky = "location /flaky/ { if (!-f \(flag)) { return 503; } alias \(folder)/core/; }"
      try await withSource { _ in
        try await withWebServer(folder, locations: flaky) { server in
          try ask("\(server.url)/flaky")
          let ending = try await RunningProgram.start(tree, "try", "lantern-common") { _ in
            let isRefused = try await Host.eventually { try server.log().contains("503 /flaky/lantern.conf") }
            #expect(isRefused)
            try Data().write(to: URL(filePath: flag.string))
          }
          #expect(ending.status == 0, "\(ending.all)")
          #expect(try server.log().last == "200 /flaky/lantern.conf")
        }
      }
    }

    @Test func aCutDownloadGoesOnWhereItStopped() async throws {
      try await withSource(bytes: 2_000_000) { digest in
        let port = try freePort()
        try ask("http://127.0.0.1:\(port)/core")
        let partial = tree.file(".azldev/store/downloads/sha256-\(digest.hex)").string
        let ending = try await RunningProgram.start(tree, "try", "lantern-common") { _ in
          try await withWebServer(folder, port: port, rate: "200k") { _ in
            let isUnderWay = try await Host.eventually { Self.size(partial) > 100_000 }
            #expect(isUnderWay)
          }
          // the server is gone in the middle, and comes back
          try await withWebServer(folder, port: port) { server in
            let goesOn = try await Host.eventually { try server.log().contains("206 /core/lantern.conf") }
            #expect(goesOn)
          }
        }
        #expect(ending.status == 0, "\(ending.all)")
        #expect(!FileManager.default.fileExists(atPath: partial))
      }
    }

    @Test func aKilledRunIsGoneOnWith() async throws {
      try await withSource(bytes: 2_000_000) { digest in
        let port = try freePort()
        try ask("http://127.0.0.1:\(port)/core")
        let partial = tree.file(".azldev/store/downloads/sha256-\(digest.hex)").string
        try await withWebServer(folder, port: port, rate: "200k") { _ in
          let ending = try await RunningProgram.start(tree, "try", "lantern-common") { program in
            let isUnderWay = try await Host.eventually { Self.size(partial) > 100_000 }
            #expect(isUnderWay)
            program.signal(SIGKILL)
          }
          #expect(ending.status != 0)
        }
        let reached = Self.size(partial)
        #expect(reached > 100_000 && !FileManager.default.fileExists(atPath: stored(digest)))
        try await withWebServer(folder, port: port) { server in
          let report = try await tree.build("lantern-common")
          #expect(report.result == .built)
          #expect(try server.log().last == "206 /core/lantern.conf")
        }
      }
    }

    @Test(arguments: [1, 2] as [UInt64]) func killsAtAnyMomentLeaveNothingWrong(seed: UInt64) async throws {
      var random = SeededGenerator(state: seed)
      try await withSource(bytes: 3_000_000) { digest in
        try await withWebServer(folder, rate: "4m") { server in
          try ask("\(server.url)/core")
          for _ in 0..<10 {
            let moment = Duration.milliseconds(Int.random(in: 0...900, using: &random))
            _ = try await RunningProgram.start(tree, "try", "lantern-common") { program in
              // the moment is what is drawn here: nothing waits for it
              try await Task.sleep(for: moment)
              program.signal(SIGKILL)
            }
            if FileManager.default.fileExists(atPath: stored(digest)) {
              #expect(try Digest.of(file: FilePath(stored(digest))) == digest)
            }
          }
          #expect(try await tree.build("lantern-common").result != .failed)
          #expect(try Digest.of(file: FilePath(stored(digest))) == digest)
        }
        try await Remains(tree: tree).expectNothingSoon()
      }
    }

    @Test(.needsRoot) func aDiskThatFillsUpIsNamed() async throws {
      try await withSource(bytes: 20_000_000) { _ in
        try ask("file://\(folder)/core")
        // in a mount namespace of its own: however this ends, the mount ends with it
        let script = """
          set -e
          mkdir -p .azldev/store/downloads
          mount -t tmpfs -o size=8m tmpfs .azldev/store/downloads
          "$1" try lantern-common && exit 99
          echo "status $?"
          umount .azldev/store/downloads
          "$1" try lantern-common >&2
          """
        let result = try await Command(
          ["unshare", "--mount", "sh", "-c", script, "sh", Host.program], environment: ["NO_COLOR": "1"],
          workingDirectory: tree.path.string
        ).run()
        #expect(result.isSuccess, "\(result.errorText)")
        #expect(result.text.contains("status \(ExitCode.environment.rawValue)\n"), "\(result.text)")
        for word in ["source \"lantern.conf\"", "no space for what is being downloaded", "make room"] {
          #expect(result.errorText.contains(word), "\(result.errorText)")
        }
      }
    }

    @Test(arguments: [true, false]) func anotherContentIsNeverUsed(isShort: Bool) async throws {
      try await withSource { digest in
        let file = URL(filePath: "\(folder)/core/lantern.conf")
        let good = try Data(contentsOf: file)
        var wrong = good
        if isShort { wrong.removeLast(5) } else { wrong[3] ^= 0xff }
        try wrong.write(to: file)
        try await withWebServer(folder) { server in
          try ask("\(server.url)/core")
          try await tree.azl("try", "lantern-common").expectFailure(
            .failed,
            ["source \"lantern.conf\"", "wrong content: expected \(digest.hex)", "\(server.url)/core/"])
          #expect(!FileManager.default.fileExists(atPath: stored(digest)))
          try good.write(to: file)
          #expect(try await tree.build("lantern-common").result == .built)
        }
      }
    }

    @Test func aServerMayAskForACertificate() async throws {
      try await withSource { _ in
        let authority = try await Authority.make(in: tree.file("authority"))
        try await withWebServer(folder, tls: authority) { server in
          let mine = try tree.read(settings)
          try ask("\(server.url)/core", more: "ca = \"authority/ca.pem\"")
          try await tree.azl("try", "lantern-common").expectFailure(
            .environment, ["HTTP status 400", "client certificate", "[sources]"])
          try tree.write(settings, mine)
          try ask(
            "\(server.url)/core",
            more: """
              ca = "authority/ca.pem"
              cert = "authority/client.pem"
              key = "authority/client.key"
              """)
          #expect(try await tree.build("lantern-common").result == .built)
        }
      }
    }

    @Test func sourcesOfOnePackageComeSideBySide() async throws {
      try await withSource(bytes: 100_000) { digest in
        // two sources of the same size over slow connections: one after the other they take twice as long
        let second = try Data(contentsOf: URL(filePath: "\(folder)/core/lantern.conf")) + Data("\n".utf8)
        try second.write(to: URL(filePath: "\(folder)/core/second.conf"))
        try tree.edit(spec + "lantern-common.spec", "Source2:", "Source3: second.conf\nSource2:")
        try tree.edit(
          spec + "lantern-common.signatures.json", "{\n  \"COPYING\"",
          "{\n  \"second.conf\": \"\(Digest.of(second).hex)\",\n  \"COPYING\"")
        let meet = "limit_rate 50k;"
        try await withWebServer(folder, locations: "location /core/ { root \(folder); \(meet) }") { server in
          try ask("\(server.url)/core")
          _ = try await RunningProgram.start(tree, "try", "lantern-common") { _ in
            let partials = [digest, Digest.of(second)].map {
              tree.file(".azldev/store/downloads/sha256-\($0.hex)").string
            }
            let areBothUnderWay = try await Host.eventually {
              partials.allSatisfy { 1..<100_000 ~= Self.size($0) }
            }
            #expect(areBothUnderWay)
          }
        }
      }
    }

    // MARK: -

    private let settings = ".azldev/config.local.toml"

    /// 0 for a file that is not there.
    private static func size(_ path: String) -> Int {
      (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }

    private func stored(_ digest: Digest) -> String {
      tree.file(".azldev/store/files/\(digest.hex.prefix(2))/\(digest.hex)").string
    }

    private func ask(_ urls: String..., more: String = "") throws {
      let mine = try tree.read(settings)
      let line = try #require(mine.firstMatch(of: /urls = .*/)).output
      let list = urls.map { "\"\($0)\"" }.joined(separator: ", ")
      try tree.edit(settings, String(line), "urls = [\(list)]\n\(more)")
    }

    /// `lantern.conf` is on a server, with content of its own, and nowhere else.
    private func withSource(bytes: Int = 100, _ body: (Digest) async throws -> Void) async throws {
      let mine = try tree.read(settings)
      let text = "# \(UUID().uuidString)\n" + String(repeating: "# lights\n", count: bytes / 9)
      let old = try #require(
        try tree.read(spec + "lantern-common.signatures.json").firstMatch(of: /"lantern.conf": "([0-9a-f]*)"/)
      ).output.1
      let digest = Digest.of(text)
      try FileManager.default.createDirectory(
        atPath: folder.appending("core").string, withIntermediateDirectories: true)
      try tree.write("served/core/lantern.conf", text)
      try FileManager.default.removeItem(atPath: tree.file(spec + "lantern.conf").string)
      try tree.edit(spec + "lantern-common.signatures.json", String(old), digest.hex)
      let result: Result<Void, any Error>
      do { result = .success(try await body(digest)) } catch { result = .failure(error) }
      try tree.write(settings, mine)
      try await tree.restore()
      try result.get()
    }
  }
}
