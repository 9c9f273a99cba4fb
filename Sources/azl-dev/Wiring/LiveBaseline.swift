import AzureLinux
import Foundation
import Incremental
import Pipeline
import SystemPackage

/// The tree against its baseline, by libgit2.
struct LiveBaseline: BaselineReading {
  let git: GitBaseline
  let lock: BaselineLock
  let settings: Settings
  private let tree: LiveTree
  private let kept: BaselineChanges

  init(workspace: Workspace, settings: Settings, lock: BaselineLock, tree: LiveTree) throws {
    git = try GitBaseline(tree: workspace.tree)
    self.lock = lock
    self.settings = settings
    self.tree = tree
    kept = BaselineChanges(
      git: git, folders: settings.specDirs, others: Self.others, file: workspace.changes)
  }

  func changes() async throws -> [TreeChange] {
    try await kept.changes(from: lock.commit, seen: await tree.sighting())
  }

  func changes(base: String, head: String?) async throws -> [TreeChange] {
    try await git.changes(from: base, to: head, folders: settings.specDirs, others: Self.others)
  }

  /// Folders besides specs whose changes matter.
  static let others = ["imageconfigs", "toolkit/imageconfigs", "toolkit/resources"]

  func identity() async throws -> BuildIdentity { lock.identity }

  /// What a person wants to know first of a changed package directory: the tags that differ, with their line.
  func facts(_ changes: [TreeChange], spec: SpecLocation, base: String) async throws -> [String] {
    var facts: [String] = []
    for change in changes where PackageDirectory.of(change.path) == spec.directory {
      let name = String(change.path.dropFirst(spec.directory.count + 1))
      if change.path == spec.path, change.status == "modified",
        let old = try await git.content(of: change.path, at: base),
        let new = try? Data(contentsOf: URL(fileURLWithPath: git.tree.appending(change.path).string))
      {
        facts += Self.facts(name, LineChange.between(old, new))
      } else {
        facts.append("\(name)  \(change.status == "untracked" ? "new" : change.status)")
      }
    }
    return facts
  }

  private static func facts(_ file: String, _ changes: [LineChange]) -> [String] {
    func tag(_ line: String?) -> (String, String)? {
      guard let line, let colon = line.firstIndex(of: ":"), !line.hasPrefix("#"), !line.hasPrefix("%") else {
        return nil
      }
      let name = line[..<colon]
      guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber }) else { return nil }
      return (String(name), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
    var facts: [String] = []
    for change in changes {
      guard facts.count < 3 else { break }
      if let (name, value) = tag(change.new) {
        let before = tag(change.old).flatMap { $0.0 == name ? $0.1 : nil }
        facts.append("\(file):\(change.line)  \(name) \(before.map { "\($0) → " } ?? "")\(value)")
      }
    }
    if facts.isEmpty {
      let line = changes.first { $0.line > 0 }?.line
      facts.append(
        "\(file)\(line.map { ":\($0)" } ?? "")  \(changes.count) line\(changes.count == 1 ? "" : "s") changed"
      )
    }
    return facts
  }
}
