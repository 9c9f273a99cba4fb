import Foundation
import Sandbox
import SystemPackage

/// A folder that goes with the test, together with what namespaces wrote in it.
struct TestFolder: ~Copyable {
  let path: FilePath

  init() throws {
    path = FilePath(ProcessInfo.processInfo.environment["AZL_TEST_FOLDER"] ?? "/var/tmp").appending(
      "azl-test-\(UUID().uuidString.lowercased())")
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
