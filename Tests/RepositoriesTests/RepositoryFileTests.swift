import AzureLinux
import Foundation
import SystemPackage
import Testing

@testable import Repositories

@Suite struct RepositoryFileTests {
  private func read(_ text: String, keys: [String] = []) throws -> [RepositorySettings] {
    let folder = FilePath("/tmp/repo-file-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    for key in keys { try Data().write(to: URL(filePath: folder.appending(key).string)) }
    let file = folder.appending("some.repo")
    try Data(text.utf8).write(to: URL(filePath: file.string))
    return try RepositoryFile.read(file, shown: "some.repo").map { one in
      var one = one
      one.keys = one.keys.map { $0.replacing(folder.string, with: "$folder") }
      return one
    }
  }

  @Test func aPublishedFileIsReadAsItIs() throws {
    let found = try read(
      """
      [azurelinux-official-base]
      name=Azure Linux Official Base $releasever $basearch
      baseurl=https://localhost/$releasever/prod/base/$basearch
      gpgkey=file:///etc/pki/rpm-gpg/MICROSOFT-RPM-GPG-KEY
      gpgcheck=1
      repo_gpgcheck=1
      enabled=1
      skip_if_unavailable=True
      sslverify=1

      [azurelinux-official-base-source]
      name=Sources
      baseurl=https://localhost/$releasever/prod/base/srpms
      enabled=0

      [azurelinux-official-base-debuginfo]
      name=Debuginfo
      baseurl=https://localhost/$releasever/prod/base/debuginfo/$basearch
        https://localhost/second
      enabled=0
      priority=50
      sslverify=0
      """, keys: ["MICROSOFT-RPM-GPG-KEY"])
    var base = RepositorySettings(
      id: "azurelinux-official-base", url: "https://localhost/$releasever/prod/base/$basearch",
      keys: ["$folder/MICROSOFT-RPM-GPG-KEY"])
    base.skipIfUnavailable = true
    #expect(found[0] == base)
    #expect(found[1].kind == .source && !found[1].enabled && !found[1].gpgcheck && !found[1].repoGpgcheck)
    #expect(found[2].kind == .debuginfo && found[2].priority == 50 && !found[2].sslverify)
    #expect(found[2].mirrors == ["https://localhost/second"])
  }

  @Test func keysThatAreInstalledStayWhereTheyAre() throws {
    let found = try read("[a]\nbaseurl=file:///a\ngpgkey=file:///etc/keys/a http://localhost/b\n")
    #expect(found[0].keys == ["/etc/keys/a", "http://localhost/b"])
  }

  @Test func upstreamsToolchainComesFirst() throws {
    let found = try read("[toolchain-repo]\nbaseurl=file:///toolchainrpms\n[list]\nmirrorlist=http://l/m\n")
    #expect(found.map(\.kind) == [.toolchain, .base])
    #expect(found.map(\.priority) == [1, 99])
    #expect(found[1].url.isEmpty && found[1].mirrorlist == "http://l/m")
  }

  @Test(arguments: [
    ("[a]\nname=A\n", "[a] has no baseurl, mirrorlist or metalink"),
    ("[a]\nbaseurl=file:///a\npassword=x\n", "[a] has \"password\", which azl-dev does not follow"),
    ("", "it has no section"),
  ])
  func mistakesNameTheFile(_ text: String, _ reason: String) throws {
    let error = try #require(throws: RepositoryError.self) { try read(text) }
    #expect(error.message == "some.repo: \(reason)")
    #expect(error.exitCode == .invalidInput)
  }

  @Test func aFileThatIsNotThereIsNamedOnce() throws {
    let error = try #require(throws: RepositoryError.self) {
      try RepositoryFile.read("/nonexistent/some.repo", shown: "SPECS/some.repo")
    }
    #expect(error.message == "SPECS/some.repo: no such file or directory")
    #expect(error.exitCode == .invalidInput)
  }

  @Test func rubbishIsNamed() throws {
    let error = try #require(throws: RepositoryError.self) { try read("no section at all\n") }
    #expect(error.message.hasPrefix("some.repo: "))
  }
}
