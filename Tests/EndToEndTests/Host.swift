import Foundation
import SystemPackage
import Testing

/// What the tests of the whole program need from this machine.
enum Host {
  static let environment = ProcessInfo.processInfo.environment
  /// Made by `azl-demo-mirror build`; `make test` sets it.
  static let mirror = environment["AZL_DEMO_MIRROR"].map { FilePath($0) }
  static let isRoot = geteuid() == 0
  static let hasNginx = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx")
  /// Overlay mounts need a real file system beneath, which /tmp is not everywhere.
  static let scratch = FilePath(environment["AZL_TEST_FOLDER"] ?? "/var/tmp")
  /// The program under test, beside the test bundle.
  static let program: String = {
    var path = FilePath(CommandLine.arguments[0])
    while path.removeLastComponent(), path.lastComponent != nil {
      let program = path.appending("azl-dev")
      if FileManager.default.isExecutableFile(atPath: program.string) { return program.string }
    }
    return environment["AZL_DEV_PROGRAM"] ?? "azl-dev"
  }()
  static let project: FilePath = {
    var path = FilePath(#filePath)
    for _ in 0..<3 { path.removeLastComponent() }
    return path
  }()
  /// All specs of the demo tree.
  static func specs() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: project.appending("SPECS").string).sorted()
  }

  /// For what tells of itself only by being there: looked at again and again, for a bounded time.
  static func eventually(
    within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
  ) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while try await !condition() {
      if ContinuousClock.now > end { return false }
      try await Task.sleep(for: .milliseconds(5))
    }
    return true
  }
}

extension Trait where Self == ConditionTrait {
  static var needsMirror: ConditionTrait {
    .enabled(if: Host.mirror != nil, "skipped: AZL_DEMO_MIRROR names no demo mirror (make test builds one)")
  }
  static var needsNginx: ConditionTrait {
    .enabled(if: Host.hasNginx, "skipped: nginx is not installed (packages.txt lists it)")
  }
  static var needsRoot: ConditionTrait {
    .enabled(if: Host.isRoot, "skipped: only root may do what this test prepares")
  }
}
