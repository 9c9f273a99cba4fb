import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// What an installer medium is made of. Equal requests give equal media.
package struct InstallerRequest: Hashable, Sendable {
  /// What the medium is called by: the configuration's file, without its extension.
  package var name: String
  /// Folder of an image that was built as a disk alone.
  package var image: FilePath
  /// Verified; the installer's own system, its kernel, and GRUB for BIOS and UEFI.
  package var rpms: [RPMFile]
  /// The package of them with the kernel.
  package var kernel: String
  /// A path of a disk; nil: the machine's only empty disk.
  package var target: String?
  package var releaseVersion: String
  /// Ends the medium's name, if not empty.
  package var tag: String
  /// Seconds since 1970: the medium's present.
  package var timestamp: Int

  package init(
    name: String, image: FilePath, rpms: [RPMFile], kernel: String, target: String?, releaseVersion: String,
    tag: String = "", timestamp: Int
  ) {
    self.name = name
    self.image = image
    self.rpms = rpms
    self.kernel = kernel
    self.target = target
    self.releaseVersion = releaseVersion
    self.tag = tag
    self.timestamp = timestamp
  }

  /// What such a system needs besides a kernel.
  package static let packages = [
    "bash", "coreutils", "diffutils", "filesystem", "grub2-efi-binary", "grub2-pc", "kmod", "shim",
    "util-linux", "zstd",
  ]

  /// As upstream: no hyphen before the tag.
  package var file: String { "\(name)-\(releaseVersion)\(tag).iso" }

  func identity() throws(ImageError) -> ImageIdentity {
    guard let image = ImageRecord.identity(in: image) else {
      throw .file(image, doing: "use the image in", reason: "it is not what was built there")
    }
    return ImageIdentity(
      inputs: rpms.map { "rpm \($0.digest)" } + [
        "image \(image)", "name \(file)", "kernel \(kernel)", "target \(target ?? "")", "time \(timestamp)",
        "installer \(Digest.of(InstallerScript.text + InstallerPlan.drivers.joined(separator: " ")))",
      ])
  }
}

/// Makes installer media as any user, with no loop device and no mount on the machine.
package struct InstallerBuilder: Sendable {
  /// `layers` and `scratch` are in it.
  package var store: FilePath
  package var privilege: Privilege
  package var limits: ImageLimits

  package init(
    store: FilePath, privilege: Privilege = .current, limits: ImageLimits = ImageLimits()
  ) {
    self.store = store
    self.privilege = privilege
    self.limits = limits
  }

  /// Leaves the medium and `iso.json` in `output`, each under its name only when it is whole.
  ///
  /// - Returns: what lies there now, and whether any of it had to be made.
  package func build(
    _ request: InstallerRequest, output: FilePath, log: FilePath,
    _ freshness: ImageBuilder.Freshness = .changed,
    report: @escaping ActivityReport = { _ in }
  ) async throws(ImageError) -> (manifest: InstallerManifest, isMade: Bool) {
    let identity = try request.identity()
    if freshness == .changed, ImageRecord.holds(identity.seed, .installer, in: output),
      let manifest = try? InstallerManifest.read(of: output.appending(request.file))
    {
      return (manifest, false)
    }
    let scratch = ScratchBuild(store: store, privilege: privilege, limits: limits)
    return try await scratch.run("installer", output: output, log: log) { work, steps in
      ImageRecord.forget(.installer, in: output)
      let manifest = try await make(
        request, identity, work: work, output: OutputFolder(path: output), isClean: freshness == .clean,
        in: scratch, steps, report)
      let files = [manifest.file, InstallerManifest.fileName]
      try ImageRecord(identity: identity.seed, files: files, in: output).write(.installer, in: output)
      return (manifest, true)
    }
  }

  /// Layer, root and medium.
  private func make(
    _ request: InstallerRequest, _ identity: ImageIdentity, work: FilePath, output: OutputFolder,
    isClean: Bool, in scratch: ScratchBuild, _ steps: ImageSteps, _ report: @escaping ActivityReport
  ) async throws -> InstallerManifest {
    let layer = PackageLayer(
      rpms: request.rpms, docs: false, locales: "", timestamp: request.timestamp, isClean: isClean,
      store: store,
      privilege: privilege)
    let made = try await layer.make(scratch: work, steps: steps, report: report)
    return try await scratch.overlaying(made.lower, in: work) { root, _ in
      try await InstallerRun(
        request: request, identity: identity, work: work, root: root, steps: steps.inside(root),
        output: output, report: report
      ).build()
    }
  }
}
