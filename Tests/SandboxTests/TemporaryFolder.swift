import Foundation
import Sandbox
import SystemPackage

/// A folder that goes with the test, removed by whoever may remove what sandboxes wrote in it.
final class TemporaryFolder: Sendable {
  let path: FilePath

  init() throws {
    let name = "azl-test-\(UUID().uuidString.lowercased())"
    // overlay mounts need a real file system beneath, which /tmp is not everywhere
    path = FilePath(ProcessInfo.processInfo.environment["AZL_TEST_FOLDER"] ?? "/var/tmp").appending(name)
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
  }

  deinit {
    let remove = Process()
    remove.executableURL = URL(filePath: "/usr/bin/env")
    let arguments = ["rm", "-rf", "--", path.string]
    remove.arguments = Privilege.current == .root ? arguments : Privilege.current.namespace(arguments)
    try? remove.run()
    remove.waitUntilExit()
  }
}
