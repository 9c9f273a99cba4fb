import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

/// A scratch copy of the demo tree under git, as a user would have it.
final class DemoTree: Sendable {
  let path: FilePath
  /// Whose tree it is; nil: of whoever runs the tests.
  let owner: PlainUser?

  struct Output: Sendable {
    var status: Int32
    var out: String
    var err: String
    var all: String { out + err }
    func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
      try JSONDecoder.snake.decode(Value.self, from: Data(out.utf8))
    }
  }

  init(path: FilePath, owner: PlainUser? = nil) {
    self.path = path
    self.owner = owner
  }

  /// Copied, committed, `azl-dev init` done; removed at the end, whatever the body does.
  ///
  /// - Parameter warm: what it gets of the warm workspace.
  static func with<Result>(
    mirror url: String? = nil, owner: PlainUser? = nil, warm: [WarmStore.Part] = WarmStore.Part.allCases,
    _ body: (DemoTree) async throws -> Result
  ) async throws -> Result {
    let name = "azl-tree-\(UUID().uuidString.prefix(8))"
    let tree = DemoTree(path: Host.scratch.appending(name), owner: owner)
    do {
      try await tree.make()
      try await WarmStore.current?.give(warm, to: tree)
      try await tree.initialise(mirror: url)
      let result = try await body(tree)
      await tree.remove()
      return result
    } catch {
      await tree.remove()
      throw error
    }
  }

  private func make() async throws {
    let manager = FileManager.default
    try manager.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    for folder in ["SPECS", "imageconfigs"] {
      let source = Host.project.appending(folder).string
      guard manager.fileExists(atPath: source) else { continue }
      try manager.copyItem(atPath: source, toPath: path.appending(folder).string)
    }
    if let owner { try await Command(["chown", "-R", owner.ids, path.string]).check() }
    try await git("init", "-q", "-b", "main")
    try await commit("demo tree")
  }

  func initialise(mirror url: String? = nil) async throws {
    let mirror = try #require(Host.mirror)
    let made = try await azl("init", "--mirror", url ?? "file://\(mirror)")
    try #require(made.status == 0, "\(made.all)")
  }

  /// Layers of a rootless workspace belong to subordinate ids: they are removed from inside the namespace.
  private func remove() async {
    let rootless = ["unshare", "--user", "--map-root-user", "--map-auto"]
    let enter = Host.isRoot ? [] : rootless
    _ = try? await Command(enter + ["rm", "-rf", "--", path.string]).run()
  }

  // MARK: git

  func git(_ arguments: String...) async throws {
    // a fixed date: every copy has the same commit, from which builds take their identity
    let date = "2026-04-01T12:00:00+00:00"
    try await Command(
      prefix + ["git", "-c", "user.name=demo", "-c", "user.email=demo@localhost"] + arguments,
      environment: ["GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date], workingDirectory: path.string
    ).check()
  }

  func commit(_ message: String) async throws {
    try await git("add", "-A")
    try await git("commit", "-q", "-m", message)
  }

  /// The tree as committed. Its configuration, which git sees, is not committed here.
  func restore() async throws {
    try await git("reset", "-q", "--hard")
    try await git("clean", "-q", "-f", "-d", "-e", ".azldev")
  }

  // MARK: the program

  var prefix: [String] { owner?.prefix ?? [] }

  func command(_ arguments: [String]) -> Command {
    Command(
      prefix + [owner?.program ?? Host.program] + arguments,
      environment: ["NO_COLOR": "1", "LC_ALL": "C.UTF-8"],
      workingDirectory: path.string)
  }

  func azl(_ arguments: String...) async throws -> Output { try await azl(arguments) }

  func azl(_ arguments: [String]) async throws -> Output {
    let result = try await command(arguments).run()
    return Output(status: result.status, out: result.text, err: result.errorText)
  }

  /// The report of a `try` that must succeed.
  func build(_ arguments: String...) async throws -> BuildReport { try await build(arguments) }

  func build(_ arguments: [String]) async throws -> BuildReport {
    let output = try await azl(["try", "--json"] + arguments)
    try #require(output.status == 0, "\(output.err)")
    return try output.json()
  }

  // MARK: files

  func file(_ name: String) -> FilePath { path.appending(name) }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: file(name).string, encoding: .utf8)
  }

  func write(_ name: String, _ text: String) throws {
    try text.write(toFile: file(name).string, atomically: true, encoding: .utf8)
  }

  /// Replaces text that must be there.
  func edit(_ name: String, _ old: String, _ new: String) throws {
    let text = try read(name)
    try #require(text.contains(old), "\(name) has no \"\(old)\"")
    try write(name, text.replacing(old, with: new))
  }
}
