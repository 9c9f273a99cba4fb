import Foundation
import Sandbox
import SystemPackage

/// Where tests may write: overlay mounts need a real file system beneath, which /tmp is not everywhere.
package enum TestPlace {
  package static let scratch = FilePath(ProcessInfo.processInfo.environment["AZL_TEST_FOLDER"] ?? "/var/tmp")
}

/// A folder that goes with the test, together with what namespaces wrote in it. `AZL_KEEP_IMAGE` names a place that it
/// is moved to instead.
package final class TemporaryFolder: Sendable {
  package let path: FilePath

  package init() throws {
    path = TestPlace.scratch.appending("azl-test-\(UUID().uuidString.lowercased())")
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
  }

  deinit {
    if let keep = ProcessInfo.processInfo.environment["AZL_KEEP_IMAGE"] {
      try? FileManager.default.moveItem(atPath: path.string, toPath: keep)
      return
    }
    let remove = Process()
    remove.executableURL = URL(filePath: "/usr/bin/env")
    let arguments = ["rm", "-rf", "--", path.string]
    remove.arguments = Privilege.current == .root ? arguments : Privilege.current.namespace(arguments)
    try? remove.run()
    remove.waitUntilExit()
  }
}
