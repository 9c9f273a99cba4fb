import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

extension EndToEnd.Trouble {
  /// Repositories that are down, damaged or not who they say: nothing of them is used, and what was there before
  /// goes on working.
  @Suite(.serialized, .sharedTree) struct BrokenRepository {
    private let tree: DemoTree
    private let settings = ".azldev/config.local.toml"

    init() throws { tree = try DemoTree.current() }

    @Test func packageThatMetadataDescribeOtherwise() async throws {
      try await PrivateMirror.with { mirror in
        let package = try mirror.package("gzip")
        let hex = try Digest.of(file: package).hex
        try mirror.damage(package)
        try await tree.initialise(mirror: mirror.url)
        // a whole one in the store would be used
        let stored = tree.file(".azldev/store/files/\(hex.prefix(2))/\(hex)")
        try? FileManager.default.removeItem(atPath: stored.string)
        try await tree.azl("try", "lantern-common").expectFailure(
          .failed, ["repository \"base\"", "gzip-", "has the wrong content: expected \(hex), got "])
        #expect(!FileManager.default.fileExists(atPath: stored.string))
      }
      try await expectOldStateToWork()
    }

    @Test func damagedPackageInMetadataThatFitIt() async throws {
      try await PrivateMirror.with { mirror in
        try mirror.damage(try mirror.package("gzip"))
        try await mirror.describe()
        try await use(mirror)
        try await tree.azl("try", "lantern-common").expectFailure(
          .failed, ["repository \"base\"", "gzip-", "damaged"])
      }
      try await expectOldStateToWork()
    }

    @Test func packageWithoutASignature() async throws {
      try await PrivateMirror.with { mirror in
        try await Command(["rpmsign", "--delsign", try mirror.package("gzip").string]).check()
        try await mirror.describe()
        try await use(mirror)
        try await tree.azl("try", "lantern-common").expectFailure(
          .failed, ["repository \"base\"", "gzip-", "has no signature", "gpgcheck = false"])
      }
      try await expectOldStateToWork()
    }

    @Test func packagesSignedByAnotherKey() async throws {
      let home = Host.scratch.appending("azl-gpg-\(UUID().uuidString.prefix(8))")
      defer { try? FileManager.default.removeItem(atPath: home.string) }
      try FileManager.default.createDirectory(
        atPath: home.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let gpg = ["gpg", "--homedir", home.string, "--batch", "--quiet", "--no-autostart"]
      try await Command(
        [
          "gpg", "--homedir", home.string, "--batch", "--quiet", "--passphrase", "", "--quick-generate-key",
          "else",
        ]
      ).check()
      try tree.write("else.asc", try await Command(gpg + ["--armor", "--export"]).check().text)
      try await Command(["gpgconf", "--homedir", home.string, "--kill", "all"]).check()
      let mine = try tree.read(settings)
      let keys = try #require(mine.firstMatch(of: /keys = .*/)).output
      try tree.edit(settings, String(keys), "keys = [\"else.asc\"]\nrepo_gpgcheck = false")
      try await tree.azl("try", "lantern-common").expectFailure(
        .failed,
        [
          "repository \"base\"", "is signed by key", "not among the trusted ones",
          "\"keys\" of the repository",
        ])
      try await expectOldStateToWork()
    }

    @Test func metadataThatDoNotFitTheirList() async throws {
      try await PrivateMirror.with { mirror in
        try await mirror.describe()
        try mirror.damage(try mirror.metadata("primary"))
        try await distrust(mirror)
        try await expectInitToFail(["init"], ["primary.xml", "has the wrong content: expected "])
      }
      try await expectOldStateToWork()
    }

    @Test func metadataWithAnotherSignature() async throws {
      try await PrivateMirror.with { mirror in
        try await mirror.describe()
        try await expectInitToFail(
          ["init", "--mirror", mirror.url],
          ["no trusted key made the signature", "repomd.xml.asc", "\"keys\" of the repository"])
      }
      try await expectOldStateToWork()
    }

    @Test func repositoryDown() async throws {
      _ = try await tree.build("lantern-common")
      let url = "http://127.0.0.1:\(try freePort())"
      try await tree.azl("init", "--mirror", url).expectFailure(
        .environment, ["\(url)/", "cannot be reached", "check the network and the URL"])
      // the mirror of before is still the one that counts
      #expect(try tree.read(settings).contains("file://\(Host.mirror!)"))
      try tree.edit(settings, "file://\(Host.mirror!)", url)
      // what is there needs no repository
      let report = try await tree.build("lantern-common")
      #expect(report.result != .failed)
      // what is not there does
      try await tree.azl("try", "zip").expectFailure(
        .environment, ["✗ zip failed", "\(url)/", "cannot be reached", "check the network and the URL"])
      try await expectOldStateToWork()
    }

    // MARK: -

    /// Its metadata need no signature: the packages themselves are in question.
    private func distrust(_ mirror: PrivateMirror) async throws {
      try tree.edit(settings, "file://\(Host.mirror!)", mirror.url)
      try tree.edit(settings, "id = \"base\"", "id = \"base\"\nrepo_gpgcheck = false")
    }

    private func use(_ mirror: PrivateMirror) async throws {
      try await distrust(mirror)
      let made = try await tree.azl("init")
      try #require(made.status == 0, "\(made.all)")
    }

    /// The metadata from before still serve.
    private func expectInitToFail(_ arguments: [String], _ words: [String]) async throws {
      try await tree.azl(arguments).expectFailure(.failed, ["repository \"base\""] + words)
      #expect(try await tree.build("lantern-common").result != .failed)
    }

    private func expectOldStateToWork() async throws {
      try await Remains(tree: tree).expectNothing()
      try await tree.initialise()
      #expect(try await tree.build("lantern-common").result != .failed)
    }
  }
}
