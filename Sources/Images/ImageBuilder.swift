import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// What an image is made of. Equal requests give equal disks.
package struct ImageRequest: Hashable, Sendable {
  package var configuration: ImageConfiguration
  /// Relative paths in the configuration start here.
  package var folder: FilePath
  /// Where files that it names may lie besides: wherever their paths and links lead, what is elsewhere on this machine
  /// is not taken into an image.
  package var within: [FilePath]
  /// Verified; everything that belongs together.
  package var rpms: [RPMFile]
  /// Verified; packages that the making of the image needs, and the image need not have: GRUB for a BIOS.
  package var bootTools: [RPMFile]
  /// Part of the artifacts' names, as upstream.
  package var releaseVersion: String
  /// Follows it there, if not empty.
  package var tag: String
  package var buildNumber: String
  /// Seconds since 1970: the image's present.
  package var timestamp: Int
  /// The disk alone, as `disk0.raw`, whatever artifacts are configured.
  package var isDiskOnly = false

  package init(
    configuration: ImageConfiguration, folder: FilePath, within: [FilePath] = [], rpms: [RPMFile],
    bootTools: [RPMFile] = [],
    releaseVersion: String, tag: String = "",
    buildNumber: String, timestamp: Int
  ) {
    self.configuration = configuration
    self.folder = folder
    self.within = within
    self.rpms = rpms
    self.bootTools = bootTools
    self.releaseVersion = releaseVersion
    self.tag = tag
    self.buildNumber = buildNumber
    self.timestamp = timestamp
  }

  /// What follows the artifacts' own names.
  var version: String { tag.isEmpty ? releaseVersion : "\(releaseVersion)-\(tag)" }

  /// Of everything that goes into the image.
  func identity() throws(ImageError) -> ImageIdentity {
    // what image.json says of an image, and what is made of the same inputs
    var inputs = ["manifest \(ImageManifest.version)", "kernel line 2"]
    inputs += rpms.map { "rpm \($0.digest)" } + bootTools.map { "tool \($0.digest)" }
    inputs += ["release \(releaseVersion)", "tag \(tag)", "build \(buildNumber)", "time \(timestamp)"]
    if isDiskOnly { inputs.append("disk only") }
    inputs.append("configuration \(try configurationDigest())")
    for (key, path) in files { inputs.append("file \(path) \(try digest(of: path, key: key))") }
    return ImageIdentity(inputs: inputs)
  }

  /// Of what stays when a package is rebuilt or a file is edited: what its disks and their parts are called by.
  func diskIdentity() throws(ImageError) -> ImageIdentity {
    ImageIdentity(inputs: ["disks of \(configuration.system.name)", "layout \(try layoutDigest())"])
  }

  private func configurationDigest() throws(ImageError) -> Digest { try digest(of: configuration) }
  private func layoutDigest() throws(ImageError) -> Digest { try digest(of: configuration.disks) }

  private func digest(of value: some Encodable) throws(ImageError) -> Digest {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do { return Digest.of(try encoder.encode(value)) } catch {
      throw .file(folder, doing: "describe the configuration of", reason: error.localizedDescription)
    }
  }
}

/// Builds disk images as any user, with no loop device and no mount on the machine.
package struct ImageBuilder: Sendable {
  /// `layers` of it holds what images are made of, `scratch` everything that is not the result: each build has its own
  /// folder there and removes it.
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

  package var scratch: FilePath { store.appending("scratch") }

  /// How much of it is made anew.
  package enum Freshness: Sendable {
    /// Nothing where the image holds; what follows from a change otherwise.
    case changed
    /// All that follows the packages.
    case forced
    /// Everything, the packages in one transaction.
    case clean
  }

  /// Leaves the artifacts, the kernel and `image.json` in `output`, each under its name only when it is whole.
  ///
  /// - Returns: what lies there now, and whether any of it had to be made.
  package func build(
    _ request: ImageRequest, output: FilePath, log: FilePath, _ freshness: Freshness = .changed,
    report: @escaping ActivityReport = { _ in }
  ) async throws(ImageError) -> (manifest: ImageManifest, isMade: Bool) {
    let identity = try request.identity()
    if freshness == .changed, ImageRecord.holds(identity.seed, in: output),
      let manifest = try? ImageManifest.read(in: output)
    {
      return (manifest, false)
    }
    let scratch = ScratchBuild(store: store, privilege: privilege, limits: limits)
    return try await scratch.run("image", output: output, log: log) { work, steps in
      ImageRecord.forget(in: output)
      let manifest = try await make(
        request, identity, work: work, output: output, isClean: freshness == .clean, in: scratch, steps,
        report)
      let files = manifest.artifacts.map(\.file) + [ImageManifest.fileName]
      try ImageRecord(identity: identity.seed, files: files, in: output).write(in: output)
      return (manifest, true)
    }
  }

  /// Layer, root, disk and artifacts.
  private func make(
    _ request: ImageRequest, _ identity: ImageIdentity, work: FilePath, output: FilePath, isClean: Bool,
    in scratch: ScratchBuild, _ steps: ImageSteps, _ report: @escaping ActivityReport
  ) async throws -> ImageManifest {
    let system = request.configuration.system
    let layer = PackageLayer(
      rpms: request.rpms, docs: !system.disableRPMDocs, locales: system.rpmLocales,
      timestamp: request.timestamp, isClean: isClean, store: store, privilege: privilege)
    let made = try await layer.make(scratch: work, steps: steps, report: report)
    let diskIdentity = try request.diskIdentity()
    return try await scratch.overlaying(made.lower, in: work) { root, upper in
      try await ImageRun(
        request: request, identity: identity, diskIdentity: diskIdentity,
        disks: system.isRootFS ? nil : DiskSet(request.configuration, identity: diskIdentity),
        store: store, work: work, lower: made.lower, upper: upper, root: root, isClean: isClean,
        steps: steps.inside(root), report: report
      ).build(output: output, warnings: made.warnings)
    }
  }
}

extension Overlay {
  /// Its folders, empty.
  func prepare() throws {
    for folder in [root, store.appending(upper), store.appending(work)] {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }
  }
}
