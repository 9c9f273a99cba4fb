import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// Builds specs of the tree with rpmbuild: the base ones on this machine, because no root exists before them,
/// all others in a root made of the mirror's own RPMs.
struct TreeBuild: Sendable {
  /// Raise when the way of building changes: built RPMs are cached by it.
  static let recipe = 2

  let cache: MirrorCache
  let key: SigningKey
  let sources: SourceStore
  let report: ActivityReport

  static func defines(_ spec: TreeSpec) -> [String] {
    TreeSpec.identity + [
      "clamp_mtime_to_source_date_epoch 1", "use_source_date_epoch_as_buildtime 1", "_buildhost build",
    ]
  }

  /// RPMs of a base spec, built with this machine's rpmbuild and the tree's macros.
  func bootstrap(_ spec: TreeSpec) async throws -> [FilePath] {
    let digest = Digest.of("bootstrap \(TreeBuild.recipe) \(key.fingerprint) \(spec.content.hex)")
    if let files = cache.files(digest) { return files }
    let work = try cache.scratch(spec.id)
    try await prepare(work, spec)
    let defines = TreeBuild.defines(spec) + ["_topdir \(work)", "_lib lib", "debug_package %{nil}"]
    let command = Command(
      ["rpmbuild", "-bb", "--nodeps", "--nocheck", "--target", "x86_64"]
        + defines.flatMap { ["--define", $0] } + [work.appending("SPECS/\(spec.id).spec").string],
      environment: ["LC_ALL": "C", "SOURCE_DATE_EPOCH": String(SeedSpec.epoch)])
    let files = try await finish(command, spec, work: work, as: digest)
    try await Namespace.remove(work)
    return files
  }

  /// RPMs and SRPM of a spec, built in `root` with `extra` on top.
  func build(_ spec: TreeSpec, root: BuildRoot, extra: [RPMPool.Entry], as digest: Digest) async throws
    -> [FilePath]
  {
    report(.step(subject: "building", "\(spec.id)-\(spec.version)-\(spec.release)"))
    let work = try cache.scratch(spec.id)
    let place = BuildPlace(lower: root.folder, scratch: work, topdir: work.appending("top"))
    for path in [place.upper, place.overlayWork, place.merged, place.topdir] {
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }
    try await prepare(place.topdir, spec)
    let macros = work.appending("macros")
    let lines = spec.macros.map { "%\($0.key) \($0.value)\n" }.sorted().joined()
    try Data(lines.utf8).write(to: URL(filePath: macros.string))
    let program =
      ["rpmbuild", "-ba", "--nocheck"] + TreeBuild.defines(spec).flatMap { ["--define", $0] }
      + ["/usr/src/azl/SPECS/\(spec.id).spec"]
    let script = place.script(
      extra: extra.map(\.path), macros: macros, program: program, isRoot: geteuid() == 0)
    let files = try await finish(
      Namespace.command(["bash", "-c", script]), spec, work: place.topdir, as: digest)
    try await Namespace.remove(work)
    return files
  }

  private func prepare(_ topdir: FilePath, _ spec: TreeSpec) async throws {
    for name in ["BUILD", "BUILDROOT", "RPMS", "SOURCES", "SPECS", "SRPMS"] {
      try FileManager.default.createDirectory(
        atPath: topdir.appending(name).string, withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(
      atPath: spec.path.string, toPath: topdir.appending("SPECS/\(spec.id).spec").string)
    var files = try await sources.sources(of: spec, report: report)
    for patch in spec.patches { files[patch] = spec.folder.appending(patch) }
    for (name, path) in files {
      let target = topdir.appending("SOURCES").appending(name).string
      try FileManager.default.copyItem(atPath: path.string, toPath: target)
      let isExecutable = FileManager.default.isExecutableFile(atPath: target)
      try FileManager.default.setAttributes(
        [.posixPermissions: isExecutable ? 0o755 : 0o644], ofItemAtPath: target)
    }
  }

  /// Runs the build, signs what came out and stores it.
  private func finish(
    _ command: Command, _ spec: TreeSpec, work: FilePath, as digest: Digest
  ) async throws -> [FilePath] {
    let result = try await command.run()
    guard result.isSuccess else {
      let log = cache.folder.appending("failed-\(spec.id).log")
      try (result.output + result.error).write(to: URL(filePath: log.string))
      throw MirrorError.buildFailed(
        spec: spec.id, log: log.string,
        lastLines: result.errorText.split(separator: "\n").suffix(15).map(String.init))
    }
    var rpms: [FilePath] = []
    for folder in ["RPMS/x86_64", "RPMS/noarch", "SRPMS"] {
      let path = work.appending(folder)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
      rpms += names.sorted().filter { $0.hasSuffix(".rpm") }.map { path.appending($0) }
    }
    try await key.sign(rpms: rpms)
    return try cache.store(rpms, as: digest)
  }
}
