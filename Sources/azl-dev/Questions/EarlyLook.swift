import AzureLinux
import Foundation
import Incremental
import SystemPackage

/// The look at a tree that begins while the words of a question are still read: half of what such a question takes.
enum EarlyLook {
  /// For the command that runs.
  @TaskLocal static var current: GlanceLook?

  /// Nil where the words do not ask about the graph of the tree that this folder is in, or a watch has the answer.
  static func begin(_ words: [String]) -> GlanceLook? {
    guard words.first == "graph", words.count > 1,
      !words.contains(where: { $0.hasPrefix("--tree") || $0.hasPrefix("--set") }),
      let tree = try? Tree.find(nil)
    else { return nil }
    let workspace = Workspace(tree: tree)
    let manager = FileManager.default
    guard manager.fileExists(atPath: workspace.glance.string),
      !manager.fileExists(atPath: WatchSocket.path(workspace))
    else { return nil }
    return GlanceLook(at: workspace.glance, in: tree)
  }
}
