import AzureLinux
import Checks
import Foundation
import SystemPackage

/// What the tree and its configuration say about variables.
struct MakeKnown {
  private let workspace: Workspace
  private let settings: Settings
  private let lock: BaselineLock?

  init(_ workspace: Workspace, _ common: CommonOptions) throws {
    self.workspace = workspace
    settings = try SettingsFiles.read(workspace, set: common.settings)
    // a tree that was not set up has variables too
    lock = try? Workbench.lock(of: workspace)
  }

  var values: [String: String] {
    var identity = lock?.identity
    identity?.follow(settings.identity)
    let repositories = settings.repositories
    func flag(_ value: Bool) -> String { value ? "y" : "n" }
    let distribution = settings.identity.dist.drop { $0 == "." }
    let name = distribution.prefix { $0.isLetter }
    return [
      "PROJECT_ROOT": workspace.tree.string,
      "build_arch": settings.arch,
      "RELEASE_MAJOR_ID": settings.release,
      "RELEASE_MINOR_ID": identity.map { minor($0.releaseVersion) } ?? "",
      "RELEASE_VERSION": identity?.releaseVersion ?? settings.identity.releaseVersion,
      "BUILD_NUMBER": identity?.buildNumber ?? settings.identity.buildNumber,
      "DIST_TAG": settings.identity.dist,
      "DIST_VERSION_MACRO": "\(name) \(distribution.dropFirst(name.count))",
      "SOURCE_URL": settings.sources.urls.joined(separator: " "),
      "SRPM_FILE_SIGNATURE_HANDLING": settings.sources.signatures.rawValue,
      "DOWNLOAD_SRPMS": flag(settings.sources.downloadSrpms),
      "CA_CERT": settings.sources.ca, "TLS_CERT": settings.sources.cert, "TLS_KEY": settings.sources.key,
      "REPO_LIST": repositories.files.joined(separator: " "),
      "USE_PREVIEW_REPO": flag(repositories.preview),
      "DISABLE_UPSTREAM_REPOS": flag(!repositories.upstream),
      "DISABLE_DEFAULT_REPOS": flag(!repositories.defaults),
      "HYDRATED_BUILD": flag(repositories.local),
      "REPO_SNAPSHOT_TIME": repositories.snapshotTime == 0 ? "" : String(repositories.snapshotTime),
      "RUN_CHECK": flag(settings.build.check),
      "USE_CCACHE": flag(settings.build.ccache),
      "ALLOW_TOOLCHAIN_REBUILDS": flag(settings.toolchain.allowRebuilds),
      "CCACHE_CONFIG": settings.build.ccacheConfig,
      "MAX_CPU": settings.build.jobs == 0 ? "" : String(settings.build.jobs),
      "PACKAGE_BUILD_RETRIES": String(settings.build.retries),
      "CHECK_BUILD_RETRIES": String(settings.build.checkRetries),
      "PACKAGE_BUILD_TIMEOUT": settings.build.timeout == 0 ? "" : "\(settings.build.timeout)s",
      "WORKER_CHROOT_MANIFEST": settings.expand(
        settings.toolchain.workerManifest, tree: workspace.tree.string),
      "toolchain_spec_list": toolchain.sorted().joined(separator: " "),
    ]
  }

  /// What follows the release, with its dot.
  private func minor(_ version: String) -> String {
    version.hasPrefix(settings.release) ? String(version.dropFirst(settings.release.count)) : ""
  }

  /// Specs that upstream's toolchain stage builds, where its script is there.
  private var toolchain: Set<String> {
    ToolchainSpecs.named(
      in: try? String(
        contentsOfFile: workspace.tree.appending(ToolchainSpecs.script).string, encoding: .utf8))
  }
}
