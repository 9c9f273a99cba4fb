import Foundation
import Sandbox
import SystemPackage
import Testing

/// A user without rights but with subordinate ids, as rootless builds need.
struct PlainUser: Sendable {
  let ids: String
  let prefix: [String]
  /// The program where that user may reach it.
  let program: String

  /// Made by root for the test, and removed after it with all that is his.
  static func with(_ body: (PlainUser) async throws -> Void) async throws {
    let name = "azl-e2e-\(UInt32.random(in: 0...0xffff))"
    let home = Host.scratch.appending("\(name)-home")
    try await Command(["useradd", "--no-create-home", "--home-dir", home.string, name]).check()
    do {
      let user = try await prepare(name, home: home)
      try await body(user)
      await remove(name, home)
    } catch {
      await remove(name, home)
      throw error
    }
  }

  private static func prepare(_ name: String, home: FilePath) async throws -> PlainUser {
    let subordinate = try String(contentsOfFile: "/etc/subuid", encoding: .utf8)
    try #require(subordinate.contains("\(name):"), "useradd gave \(name) no subordinate ids")
    try FileManager.default.createDirectory(atPath: home.string, withIntermediateDirectories: true)
    let folder = FilePath(Host.program).removingLastComponent()
    for program in ["azl-dev", "azl-rpm-worker"] {
      try FileManager.default.copyItem(
        atPath: folder.appending(program).string, toPath: home.appending(program).string)
    }
    let uid = try await id(name, "-u")
    let gid = try await id(name, "-g")
    try await Command(["chown", "-R", "\(uid):\(gid)", home.string]).check()
    let become = ["setpriv", "--reuid", uid, "--regid", gid, "--init-groups", "--"]
    return PlainUser(
      ids: "\(uid):\(gid)", prefix: become + ["env", "HOME=\(home)"],
      program: home.appending("azl-dev").string)
  }

  private static func id(_ name: String, _ option: String) async throws -> String {
    try await Command(["id", option, name]).check().text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func remove(_ name: String, _ home: FilePath) async {
    _ = try? await Command(["userdel", name]).run()
    _ = try? await Command(["rm", "-rf", "--", home.string]).run()
  }
}
