import AzureLinux
import Foundation
import Images
import Storage
import SystemPackage

/// Installer media, and what comes of them.
extension Workbench {
  /// The disk first, then the medium that brings it.
  ///
  /// - Parameters:
  ///   - plan: of purpose `installer`.
  ///   - summary: a list of RPMs; the installer itself is made of nothing but these.
  /// - Returns: nil for the seconds where nothing had to be done.
  func buildInstaller(
    _ plan: ImagePlan, from summary: FilePath? = nil, _ freshness: ImageBuilder.Freshness = .changed,
    report: @escaping ActivityReport
  ) async throws -> (manifest: InstallerManifest, seconds: Double?) {
    let kernel = plan.request.configuration.system.kernel
    let rpms = try await imagePackages(
      (InstallerRequest.packages + [kernel]).map(PackageText.dependency), from: summary)
    let clock = ContinuousClock.now
    _ = try await build(plan, freshness, report: report)
    let request = InstallerRequest(
      name: plan.name, image: workspace.tree.pushing(FilePath(plan.folder)), rpms: rpms, kernel: kernel,
      target: plan.target, releaseVersion: plan.request.releaseVersion, tag: plan.request.tag,
      timestamp: plan.request.timestamp)
    let (manifest, isMade) = try await InstallerBuilder(store: workspace.store, limits: imageLimits).build(
      request, output: workspace.images(config: plan.name),
      log: workspace.logs.appending("image").appending("\(plan.name)-iso.log"), freshness, report: report)
    guard isMade else { return (manifest, nil) }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    try history.append(History.Entry(kind: "iso", subject: plan.name, result: "built", seconds: seconds))
    return (manifest, seconds)
  }

  /// Starts a machine with one empty disk from a medium, then boots what was installed there.
  ///
  /// - Parameter adjust: of the boot that follows.
  func boot(
    installer medium: FilePath, limit: Double?, report: @escaping ActivityReport,
    line: @escaping @Sendable (String) -> Void, adjust: (inout BootRequest) throws -> Void,
    after: (@Sendable (BootVerdict, LiveGuest) async throws -> Void)?
  ) async throws -> (report: BootReport, verdict: BootVerdict) {
    let manifest = try InstallerManifest.read(of: medium)
    let folder = workspace.scratch.appending("install-\(UUID().uuidString.lowercased())")
    defer { try? FileManager.default.removeItem(atPath: folder.string) }
    let boot = settings.boot
    let accelerator = try await accelerator()
    let mode: BootReport.Mode = manifest.image.bootType == .legacy ? .bios : .uefi
    let console = workspace.logs.appending("boot").appending("\(manifest.name)-iso.console")
    let (installation, installed) = try await InstallRunner().install(
      InstallRequest(
        medium: medium, mode: mode, accelerator: accelerator, memory: boot.memory,
        limit: limit ?? Double(boot.timeout)), to: folder, console: console, report: report, line: line)
    guard installed == .passed else {
      let report = BootReport(
        notInstalled: installation, installed, image: manifest.name, mode: mode, accelerator)
      return (report, installed)
    }
    var request = try await bootRequest(folder, quick: false, accelerator: accelerator)
    if let limit { request.limit = limit }
    try adjust(&request)
    var result = try await self.boot(
      request, name: manifest.name, report: report, line: line, after: after)
    result.report.installed = installation
    return result
  }
}
