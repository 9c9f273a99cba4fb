import AzureLinux
import Foundation
import Sandbox
import Solver
import SystemPackage
import Testing

/// Real RPMs with real metadata, made once for the suite and removed after it.
struct WithRepository: SuiteTrait, TestScoping {
  let specs: [String]
  @TaskLocal static var current: TestRepository?

  func provideScope(for test: Test, testCase: Test.Case?, performing function: () async throws -> Void)
    async throws
  {
    let repository = try TestRepository()
    defer { repository.remove() }
    try await repository.build(specs)
    try await repository.index()
    try await WithRepository.$current.withValue(repository) { try await function() }
  }
}

struct TestRepository: Sendable {
  let folder: FilePath

  init() throws {
    folder = FilePath(NSTemporaryDirectory()).appending("solver-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder.string) }

  /// Builds the binary packages of these spec texts.
  func build(_ specs: [String]) async throws {
    let files = try specs.enumerated().map { number, text in
      let file = folder.appending("\(number).spec")
      try Data(text.utf8).write(to: URL(filePath: file.string))
      return file.string
    }
    try await Command(
      [
        "rpmbuild", "-bb", "--quiet", "--define", "_topdir \(folder)/build", "--define",
        "_rpmdir \(folder)/repo",
        "--define", "_build_id_links none", "--target", "x86_64",
      ] + files
    ).check()
  }

  func index() async throws { try await Command(["createrepo_c", "--quiet", "\(folder)/repo"]).check() }

  func source(id: String = "base", priority: Int = 50, cache: FilePath? = nil) throws -> RepositorySource {
    let data = "\(folder)/repo/repodata"
    let files = try FileManager.default.contentsOfDirectory(atPath: data)
    func file(_ kind: String) throws -> FilePath {
      FilePath(data).appending(try #require(files.first { $0.contains("-\(kind).xml.") }))
    }
    return RepositorySource(
      id: id, priority: priority, primary: try file("primary"), filelists: try file("filelists"), cache: cache
    )
  }
}

/// A spec of one package whose files say their package's name.
func spec(
  _ name: String, _ version: String = "1.0", release: String = "1", noarch: Bool = false,
  lines: [String] = [],
  files: [String] = [], more: String = ""
) -> String {
  let made = files.map { path in
    "mkdir -p %{buildroot}\(FilePath(path).removingLastComponent()); echo \(name) > %{buildroot}\(path)"
  }
  return """
    Name: \(name)
    Version: \(version)
    Release: \(release)
    Summary: A test package
    License: MIT
    \(noarch ? "BuildArch: noarch" : "")
    \(lines.joined(separator: "\n"))
    %description
    A test package.
    %install
    \(made.joined(separator: "\n"))
    %files
    \(files.joined(separator: "\n"))
    \(more)
    """
}

extension Dependency {
  /// `name` or `name op evr`.
  init(_ text: String, line: Int? = nil) {
    let words = text.split(separator: " ").map(String.init)
    self.init(
      text: text, name: text.hasPrefix("(") ? "" : words[0], op: words.count == 3 ? words[1] : "",
      evr: words.count == 3 ? words[2] : "", line: line)
  }
}
