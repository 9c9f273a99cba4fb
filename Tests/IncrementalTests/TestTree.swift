import Foundation
import Incremental
import Sandbox
import SystemPackage

/// A folder of its own for one test, removed with it. With `git`, a repository driven by the real git.
final class TestTree: Sendable {
  let path: FilePath

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "azl-dev-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = FilePath(folder.resolvingSymlinksInPath().path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  func file(_ name: String) -> String { path.appending(name).string }

  func write(_ name: String, _ text: String) async throws { try await write([name: text]) }

  /// In place, as `cat >` does, by a process of its own: a descriptor of this process may live on for a moment
  /// in whatever another test is forking, and the kernel would tell of its close only then.
  func write(_ files: [String: String]) async throws {
    let script = """
      while [ $# -gt 0 ]; do mkdir -p "$(dirname "$1")"; printf %s "$2" > "$1"; shift 2; done
      """
    let pairs = files.flatMap { [$0.key, $0.value] }
    try await Command(["sh", "-c", script, "sh"] + pairs, workingDirectory: path.string).check()
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }
  func move(_ from: String, _ to: String) throws {
    try FileManager.default.moveItem(atPath: file(from), toPath: file(to))
  }

  /// Runs a program in the tree, undisturbed by the configuration of whoever runs the test.
  @discardableResult
  func run(_ arguments: String..., in folder: String = "") async throws -> String {
    let environment = [
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
      "GIT_AUTHOR_EMAIL": "a@b",
      "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
      "LC_ALL": "C",
    ]
    let command = Command(arguments, environment: environment, workingDirectory: file(folder))
    return try await command.check().text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A repository whose branch `main` holds `files`.
  static func repository(_ files: [String: String]) async throws -> TestTree {
    let tree = try TestTree()
    try await tree.run("git", "init", "-q", "-b", "main")
    try await tree.commit(files)
    return tree
  }

  @discardableResult
  func commit(_ files: [String: String] = [:]) async throws -> String {
    try await write(files)
    try await run("git", "add", "-A", "-f")
    try await run("git", "commit", "-q", "--allow-empty", "-m", "a commit")
    return try await run("git", "rev-parse", "HEAD")
  }

  static func has(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }
}
