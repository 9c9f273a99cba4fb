import AzureLinux
import Foundation
import Repositories
import Sandbox
import SystemPackage
import Testing

let hasTools = ["rpmbuild", "rpmsign", "createrepo_c", "gpg", "gpgconf"].allSatisfy { tool in
  FileManager.default.isExecutableFile(atPath: "/usr/bin/\(tool)")
}

/// A published repository of real, signed RPMs, made once for a suite. Tests that damage it do so to a copy.
struct WithPublished: SuiteTrait, TestScoping {
  @TaskLocal static var current: Published?

  func provideScope(for test: Test, testCase: Test.Case?, performing function: () async throws -> Void)
    async throws
  {
    let published = Published(folder: FilePath("/tmp/repo-\(UUID().uuidString.prefix(8))"))
    let result: Result<Void, any Error>
    do {
      try await published.make()
      try await WithPublished.$current.withValue(published) { try await function() }
      result = .success(())
    } catch { result = .failure(error) }
    await published.remove()
    try result.get()
  }
}

/// `repo/` with the packages `good`, `big` (2 MB), `unsigned` and `foreign` (signed by another key); `key.asc`.
struct Published: Sendable {
  let folder: FilePath
  var repo: FilePath { folder.appending("repo") }
  var key: FilePath { folder.appending("key.asc") }
  var otherKey: FilePath { folder.appending("other.asc") }

  func make() async throws {
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    var specs: [String] = []
    for (name, bytes) in [("good", 100), ("big", 2_000_000), ("unsigned", 100), ("foreign", 100)] {
      let spec = folder.appending("\(name).spec")
      try Data(
        """
        Name: \(name)
        Version: 1.0
        Release: 1.azl3
        Summary: A test package
        License: MIT
        BuildArch: noarch
        %description
        A test package.
        %install
        mkdir -p %{buildroot}/opt
        head -c \(bytes) /dev/urandom > %{buildroot}/opt/\(name)
        %files
        /opt/\(name)
        """.utf8
      ).write(to: URL(filePath: spec.string))
      specs.append(spec.string)
    }
    try await Command(
      [
        "rpmbuild", "-bb", "--quiet", "--define", "_topdir \(folder)/build", "--define", "_rpmdir \(repo)",
        "--define", "_rpmfilename Packages/%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", "--target",
        "noarch",
      ] + specs
    ).check()
    for (name, file) in [("key", key), ("other", otherKey)] {
      try FileManager.default.createDirectory(
        atPath: home(name), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try await gpg(
        name,
        [
          "--passphrase", "", "--quick-generate-key", "\(name) <\(name)@example.org>", "rsa2048", "sign",
          "never",
        ])
      try await gpg(name, ["--armor", "--output", file.string, "--export", name])
    }
    try await sign(["good", "big"], with: "key")
    try await sign(["foreign"], with: "other")
    try await index(repo)
  }

  /// Makes and signs the metadata of what is in the folder.
  func index(_ repo: FilePath) async throws {
    try await Command(["createrepo_c", "--quiet", "--no-database", repo.string]).check()
    let repomd = "\(repo)/repodata/repomd.xml"
    try? FileManager.default.removeItem(atPath: repomd + ".asc")
    try await gpg("key", ["--armor", "--detach-sign", "--output", repomd + ".asc", repomd])
  }

  private func sign(_ names: [String], with key: String) async throws {
    try await Command(
      ["rpmsign", "--define", "__gpg /usr/bin/gpg", "--define", "_gpg_name \(key)", "--addsign"]
        + names.map { "\(repo)/Packages/\($0)-1.0-1.azl3.noarch.rpm" },
      environment: ["GNUPGHOME": home(key)]
    ).check()
  }

  private func home(_ key: String) -> String { "\(folder)/gnupg-\(key)" }
  private func gpg(_ key: String, _ arguments: [String]) async throws {
    try await Command(["gpg", "--homedir", home(key), "--batch", "--quiet"] + arguments).check()
  }

  func remove() async {
    for key in ["key", "other"] {
      _ = try? await Command(["gpgconf", "--homedir", home(key), "--kill", "all"]).run()
    }
    try? FileManager.default.removeItem(atPath: folder.string)
  }

  /// Runs with a workspace and a copy of the repository to damage.
  func withCopy(_ body: (Site) async throws -> Void) async throws {
    let site = Site(folder: FilePath("/tmp/site-\(UUID().uuidString.prefix(8))"), published: self)
    try FileManager.default.createDirectory(atPath: site.folder.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: site.folder.string) }
    try FileManager.default.copyItem(atPath: repo.string, toPath: site.repo.string)
    try await body(site)
  }
}

/// One test's repository and workspace.
struct Site: Sendable {
  let folder: FilePath
  let published: Published
  var repo: FilePath { folder.appending("repo") }
  var workspace: Workspace { Workspace(tree: folder.appending("tree")) }

  func access(
    url: String? = nil, gpgcheck: Bool = true, repoGpgcheck: Bool = true, keys: [FilePath]? = nil
  ) -> RepositoryAccess {
    RepositoryAccess(
      RepositorySettings(
        id: "base", url: url ?? "file://\(folder)/$kind", gpgcheck: gpgcheck, repoGpgcheck: repoGpgcheck,
        keys: (keys ?? [published.key]).map(\.string)),
      variables: ["kind": "repo"], tree: workspace.tree)
  }

  func file(_ path: String) -> FilePath { repo.pushing(FilePath(path)) }

  /// The metadata file of a kind, whose name starts with its checksum.
  func metadata(_ kind: String) throws -> FilePath {
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(repo)/repodata")
    return file("repodata").appending(try #require(names.first { $0.contains("-\(kind).xml") }))
  }

  func rpm(_ name: String) -> FilePath { file("Packages/\(name)-1.0-1.azl3.noarch.rpm") }

  /// Changes one byte in the middle, so that the size stays.
  func damage(_ file: FilePath, at offset: Int? = nil) throws {
    var data = try Data(contentsOf: URL(filePath: file.string))
    data[offset ?? data.count / 2] ^= 0xff
    try data.write(to: URL(filePath: file.string))
  }
}
