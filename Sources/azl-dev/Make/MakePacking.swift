import AzureLinux
import Foundation
import Packages
import Pipeline
import Storage
import SystemPackage

/// Makes SRPMs without building them, or takes the published ones.
struct MakePacking: Sendable {
  private let bench: Workbench
  private let folder: FilePath
  private let policy: SourcePolicy
  private let base: [RPMFile]
  /// Of all specs, where any of these reads the version of another.
  private let versions: [String: EVR]

  init(_ bench: Workbench, of infos: [SpecInfo], into folder: FilePath) async throws {
    self.bench = bench
    self.folder = folder
    policy = try await bench.builder.sourcePolicy()
    base = policy.repositories == nil ? try await bench.packages.fetch(bench.packages.base().base) : []
    let isReading = infos.contains { !$0.reads.isEmpty }
    versions =
      isReading
      ? try await bench.session.parsed(bench.session.specs()).reduce(into: [:]) { $0[$1.id] = $1.source?.evr }
      : [:]
  }

  /// - Returns: whether it was not there already.
  func pack(_ info: SpecInfo) async throws -> Bool {
    let content = try await bench.builder.sources(of: info, policy)
    if let published = content.srpm {
      var isNew = false
      for file in try await bench.packages.fetch([published]) where try take(file) { isNew = true }
      return isNew
    }
    let set = try await SourceSet.resolve(
      info, signatures: content.files, isChecked: policy.isChecked, workspace: bench.workspace)
    var identity = bench.lock.identity
    let names = Set(info.reads)
    let read = versions.filter { $0.key != info.id && names.contains(VersionMacros.spelling(of: $0.key)) }
    identity.defines.merge(VersionMacros.definitions(read, dist: identity.dist)) { _, version in version }
    let request = Packages.BuildRequest(
      spec: info, sources: set, base: base, extra: [], identity: identity, arch: bench.settings.arch,
      key: Digest.of(info.id))
    return try await bench.builder.packageBuilder.pack(request, into: folder).isNew
  }

  /// A published one under its name.
  private func take(_ file: RPMFile) throws -> Bool {
    let target = folder.appending(file.nevra.fileName)
    if let digest = try? Digest.of(file: target), digest == file.digest { return false }
    do {
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(atPath: target.string)
      try FileManager.default.copyItem(atPath: file.path, toPath: target.string)
    } catch { throw WorkspaceError.unwritable(path: target.string, reason: error.localizedDescription) }
    return true
  }
}
