import AzureLinux
import Foundation
import Incremental
import Pipeline
import Solver
import SystemPackage

/// The index that the last question about it left on disk.
struct KeptIndex {
  private let workspace: Workspace
  private let glance: Glance
  private let early: GlanceLook?
  private let file: IndexFile
  /// The program, the configuration and the environment when this process began; and this boot of the machine: what was
  /// written before may have been lost in part when it ended.
  private let identity: String

  /// - Parameter early: a look that began before it was known what is asked.
  init(_ workspace: Workspace, early: GlanceLook? = EarlyLook.current) {
    self.workspace = workspace
    self.early = early?.tree == workspace.tree ? early : nil
    glance = Glance(file: workspace.glance)
    file = IndexFile(path: workspace.index, isWritable: true)
    identity = Self.identity(workspace)
  }

  private static func identity(_ workspace: Workspace) -> String {
    let boot = FileHandle(forReadingAtPath: "/proc/sys/kernel/random/boot_id")
    let id = (try? boot?.readToEnd()).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return "\(workspace.tree)\n\(id)\n\(QuestionWire.identity(workspace))"
  }

  private func answer(_ sum: Digest) -> String { "\(identity)\n\(sum.hex)" }

  /// Nil where it may be another by now.
  func index() -> DependencyIndex? {
    let look = early ?? GlanceLook(at: workspace.glance, in: workspace.tree)
    guard let kept = file.read(matching: VersionRules()) else {
      look.abandon()
      return nil
    }
    return look.holds(of: answer(kept.sum)) ? kept.index : nil
  }

  /// For the next question. What cannot be kept is looked for again.
  func keep(_ bench: Workbench) async {
    guard let kept = try? await bench.session.index.keep(), Self.identity(workspace) == identity else {
      return
    }
    let worker = FilePath(Program.path).removingLastComponent().appending("azl-rpm-worker").string
    _ = try? await bench.tree.remember(
      glance, of: answer(kept.sum), files: kept.files, directories: kept.directories,
      outside: bench.packages.pins + [worker])
  }
}
