import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import Testing

/// What the tests of the whole program need from this machine.
enum Host {
  static let environment = ProcessInfo.processInfo.environment
  /// Made by `azl-demo-mirror build`; `make test` sets it.
  static let mirror = environment["AZL_DEMO_MIRROR"]
  static let isRoot = geteuid() == 0
  /// The program under test, beside the test bundle.
  static let program: String = {
    let folder = FilePath(CommandLine.arguments[0]).removingLastComponent()
    for candidate in [folder, FilePath("/proc/self/exe")] {
      var path = candidate
      while path.lastComponent != nil {
        let program = path.appending("azl-dev")
        if FileManager.default.isExecutableFile(atPath: program.string) { return program.string }
        path.removeLastComponent()
      }
    }
    return environment["AZL_DEV_PROGRAM"] ?? "azl-dev"
  }()
  static let project: FilePath = {
    var path = FilePath(#filePath)
    for _ in 0..<3 { path.removeLastComponent() }
    return path
  }()
}

extension Trait where Self == ConditionTrait {
  static var needsMirror: ConditionTrait {
    .enabled(if: Host.mirror != nil, "skipped: AZL_DEMO_MIRROR names no demo mirror (make test builds one)")
  }
}

/// A scratch copy of the demo tree under git, as a user would have it.
final class DemoTree: Sendable {
  let path: FilePath
  let mirrorURL: String

  struct Output: Sendable {
    var status: Int32
    var out: String
    var err: String
    func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
      try JSONDecoder.snake.decode(Value.self, from: Data(out.utf8))
    }
  }

  private init(path: FilePath, mirrorURL: String) {
    self.path = path
    self.mirrorURL = mirrorURL
  }

  /// Copied, committed, `azl-dev init` done; removed at the end, whatever the body does.
  static func with(mirror url: String? = nil, _ body: (DemoTree) async throws -> Void) async throws {
    let mirror = try #require(Host.mirror)
    let path = FilePath(NSTemporaryDirectory()).appending("azl-tree-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    let tree = DemoTree(path: path, mirrorURL: url ?? "file://\(mirror)")
    do {
      for folder in ["SPECS", "imageconfigs"] {
        try FileManager.default.copyItem(
          atPath: Host.project.appending(folder).string, toPath: path.appending(folder).string)
      }
      try await tree.git("init", "-q", "-b", "main")
      try await tree.commit("demo tree")
      let made = try await tree.azl("init", "--mirror", tree.mirrorURL)
      try #require(made.status == 0, "\(made.err)")
      try await body(tree)
    } catch {
      await tree.remove()
      throw error
    }
    await tree.remove()
  }

  /// Layers of a rootless workspace belong to subordinate ids: they are removed from inside the namespace.
  private func remove() async {
    let enter = Host.isRoot ? [] : ["unshare", "--user", "--map-root-user", "--map-auto"]
    _ = try? await Command(enter + ["rm", "-rf", path.string]).run()
  }

  func git(_ arguments: String...) async throws {
    try await Command(
      ["git", "-c", "user.name=demo", "-c", "user.email=demo@localhost"] + arguments, workingDirectory: path.string
    ).check()
  }

  func commit(_ message: String) async throws {
    try await git("add", "-A")
    try await git("commit", "-q", "-m", message)
  }

  func azl(_ arguments: String..., environment: [String: String] = [:]) async throws -> Output {
    let result = try await Command(
      [Host.program] + arguments, environment: environment.merging(["NO_COLOR": "1"]) { first, _ in first },
      workingDirectory: path.string
    ).run()
    return Output(status: result.status, out: result.text, err: result.errorText)
  }

  func read(_ file: String) throws -> String {
    try String(contentsOfFile: path.appending(file).string, encoding: .utf8)
  }

  /// Replaces text that must be there.
  func edit(_ file: String, _ old: String, _ new: String) throws {
    let text = try read(file)
    try #require(text.contains(old), "\(file) has no \"\(old)\"")
    try text.replacing(old, with: new).write(toFile: path.appending(file).string, atomically: true, encoding: .utf8)
  }
}
