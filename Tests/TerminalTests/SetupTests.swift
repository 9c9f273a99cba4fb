import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import azl_dev

@Suite struct SetupTests {
  /// Of a tree with a workspace that was used, everything that git would commit.
  private func committed(_ folder: TemporaryFolder, ignore: String?) async throws -> [String] {
    let workspace = Workspace(tree: folder.path)
    let git = { (arguments: [String]) in
      try await Command(["git"] + arguments, workingDirectory: folder.path.string).check().text
    }
    _ = try await git(["init", "-q"])
    try FileManager.default.createDirectory(
      atPath: workspace.logs.string, withIntermediateDirectories: true)
    for path in [workspace.state, workspace.localConfiguration, workspace.logs.appending("config.toml")] {
      try Data().write(to: URL(filePath: path.string))
    }
    if let ignore {
      try Data(ignore.utf8).write(to: URL(filePath: workspace.folder.appending(".gitignore").string))
    }
    let setup = Setup(workspace: workspace, report: { _ in })
    try setup.prepareFolder()
    try setup.writeConfiguration(local: nil)
    _ = try await git(["add", "-A"])
    // asked for by name, it is refused where it is ignored
    _ = try await git(["add", ".azldev/config.toml"])
    return try await git(["ls-files"]).split(separator: "\n").map(String.init)
  }

  @Test(arguments: [nil, "*\n"]) func gitSeesTheConfigurationAndNothingElse(ignore: String?) async throws {
    #expect(try await committed(TemporaryFolder(), ignore: ignore) == [".azldev/config.toml"])
  }

  @Test func whatSomebodyWroteIntoTheIgnoreFileStays() async throws {
    let own = "*\n!config.toml\n!.gitignore\n"
    let files = try await committed(TemporaryFolder(), ignore: own)
    #expect(files.contains(".azldev/.gitignore"))
  }
}
