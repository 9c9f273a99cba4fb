import AzureLinux
import Foundation
import Packages
import Sandbox
import Storage
import SystemPackage
import Terminal

/// Removes parts of a workspace. Nothing outside of `.azldev` is ever touched, and nothing that cannot be made again.
struct MakeCleaning {
  let values: MakeValues
  let common: CommonOptions

  func remove(_ parts: [MakePart], target: String) async throws {
    let progress = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .write, progress: progress)
    var report = MakeReport(target: target)
    report.removed = []
    for part in parts {
      try Task.checkCancellation()
      if part == .roots {
        for root in bench.builder.roots.all() where await bench.builder.roots.remove(root) {
          report.removed?.append(shown(bench.workspace.roots.appending(root.name), bench.workspace))
        }
        continue
      }
      for path in try paths(of: part, bench.workspace)
      where FileManager.default.fileExists(atPath: path.string) {
        // layers and caches may belong to subordinate ids
        await bench.layers.remove(path)
        guard !FileManager.default.fileExists(atPath: path.string) else {
          throw WorkspaceError.unwritable(
            path: shown(path, bench.workspace), reason: "it could not be removed")
        }
        report.removed?.append(shown(path, bench.workspace))
      }
    }
    progress.end()
    if common.json { return try Output.json(report) }
    let removed = report.removed ?? []
    Output.lines(
      removed.isEmpty
        ? [Output.style.fact("Removed", "nothing: there was none")]
        : removed.map { Output.style.fact("Removed", $0) })
  }

  private func shown(_ path: FilePath, _ workspace: Workspace) -> String {
    var path = path
    _ = path.removePrefix(workspace.tree)
    return path.string
  }

  private func paths(of part: MakePart, _ workspace: Workspace) throws -> [FilePath] {
    let out = workspace.out
    let all: [FilePath] =
      switch part {
      case .packages:
        [
          workspace.srpms, out.appending("RPMS"), out.appending("build_state.csv"),
          out.appending("graph_external_deps.json"), workspace.store.appending("published"),
        ]
      case .records: [workspace.builds]
      case .logs: [workspace.logs]
      case .roots: []
      case .layers: [workspace.layers]
      case .macros: [workspace.store.appending("macros")]
      case .artifacts: [MakeCommand.place(values["PKGBUILD_DIR"])]
      case .specs: [MakeCommand.place(values["BUILD_SPECS_DIR"])]
      case .srpms: [MakeCommand.place(values["BUILD_SRPMS_DIR"])]
      case .ccache: [workspace.store.appending("ccache")]
      case .archives: [out.appending("rpms.tar.gz"), out.appending("cache.tar.gz")]
      case .sourceArchives: [out.appending("srpms.tar.gz")]
      case .licences: [out.appending("license_check")]
      case .sonames: [out.appending("sodiff")]
      case .images: [out.appending("images"), out.appending("imagegen")]
      case .snapshot: [out.appending("rpms_snapshot.json")]
      }
    // a variable may name a place that is not azl-dev's to empty
    let parents = [out, workspace.store, workspace.folder]
    if let foreign = all.first(where: { path in
      parents.contains(path)
        || !path.starts(with: [.artifacts, .specs, .srpms].contains(part) ? out : workspace.folder)
    }) {
      throw WorkspaceError.unwritable(
        path: foreign.string, reason: "it is not in .azldev/out, and azl-dev removes nothing elsewhere")
    }
    return all
  }
}
