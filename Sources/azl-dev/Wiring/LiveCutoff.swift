import AzureLinux
import Packages
import Pipeline
import RPM
import Sandbox
import SystemPackage

/// What decides whether dependents are built again.
extension LiveBuilder {
  /// Only root may watch what a build opens: for others the content of packages decides.
  var cutoff: CutoffMode {
    settings.build.dependents == .observed && layers.privilege != .root ? .exact : settings.build.dependents
  }

  /// What is to be said about it, if anything.
  static func notice(_ wanted: CutoffMode, _ privilege: Privilege) -> String? {
    guard wanted == .observed, privilege != .root else { return nil }
    return "only root may watch which files a build opens: dependents follow the content of packages (exact)"
  }

  func interfaces(of rpms: [RPMFile]) async throws -> [Digest] {
    try rpms.map { try InterfaceDigest.of(rpm: FilePath($0.path)) }
  }

  func names(in root: SettledRoot) async throws -> Digest { try await files(of: root).names() }

  func contents(of list: Digest, in root: SettledRoot) async throws -> Digest {
    try await files(of: root).contents(of: list, packages: root.contents)
  }

  private func files(of root: SettledRoot) async throws -> RootFiles {
    let (base, extra) = try await rpms(of: root)
    let layer = try await layers.extra(extra, on: layers.base(base, report: report), report: report)
    return RootFiles(layer: layer, layers: layers)
  }
}
