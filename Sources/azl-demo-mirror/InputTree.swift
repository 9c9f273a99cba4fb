import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// What the mirror is made from: the tree's specs and the mirror's own data, as last committed, so that an edit
/// in progress is never published.
struct InputTree: Sendable {
  /// Paths that count.
  static let paths = ["SPECS", "demo/mirror"]

  /// Holds `SPECS` and `demo/mirror`.
  let folder: FilePath
  let isCopy: Bool

  /// Names the state of the inputs, cheaply.
  static func identity(tree: FilePath, worktree: Bool) async throws -> String {
    if !worktree {
      let result = try await Command(
        ["git", "-C", tree.string, "rev-parse"] + paths.map { "HEAD:./\($0)" }, environment: ["LC_ALL": "C"]
      ).run()
      if result.isSuccess { return result.text }
    }
    return try paths.map { try Digest.of(folder: tree.appending($0)).hex + "\n" }.joined()
  }

  /// The committed files in a folder below `scratch`; without git, or when asked, the files as they are.
  static func open(tree: FilePath, worktree: Bool, scratch: FilePath) async throws -> InputTree {
    guard !worktree,
      try await Command(["git", "-C", tree.string, "rev-parse", "HEAD:./SPECS"]).run().isSuccess
    else { return InputTree(folder: tree, isCopy: false) }
    let archive = scratch.appending("tree.tar")
    try await Command(
      ["git", "-C", tree.string, "archive", "--output", archive.string, "HEAD"] + paths
    ).check()
    try await Command(["tar", "-xf", archive.string, "-C", scratch.string]).check()
    return InputTree(folder: scratch, isCopy: true)
  }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.appending("demo/mirror/\(name)").string, encoding: .utf8)
  }

  /// Digests of the folders with files to add to converted packages, by package name.
  func overlays() throws -> [String: Digest] {
    let root = overlayFolder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.string)) ?? []
    return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Digest.of(folder: root.appending($0))) })
  }

  var overlayFolder: FilePath { folder.appending("demo/mirror/overlay") }

  /// The words of a list file, one a line, without comments.
  func list(_ name: String) throws -> [String] {
    try text(name).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
  }
}
