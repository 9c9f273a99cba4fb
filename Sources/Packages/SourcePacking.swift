import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

extension PackageBuilder {
  /// Makes the SRPM alone, in the root that all packages share. Nothing of it is a build's value: a build makes its own.
  ///
  /// - Parameters:
  ///   - request: `extra` does not count, and a published SRPM is not to be packed.
  ///   - folder: where the SRPM gets its name once it is whole.
  /// - Returns: the SRPM, and whether it was made now: one of the same inputs is left as it is.
  package func pack(
    _ request: BuildRequest, into folder: FilePath
  ) async throws(PackagesError) -> (srpm: FilePath, isNew: Bool) {
    guard let source = request.spec.source, request.spec.status == .ok else {
      throw .notBuildable(spec: request.spec.id, status: request.spec.status)
    }
    let target = folder.appending(source.srpm)
    let record = folder.appending(".\(source.srpm).key")
    let layer: RootLayer
    do { layer = try await layers.base(request.base) } catch { throw Self.told(error) }
    let key = key(request, layer)
    if FileManager.default.fileExists(atPath: target.string),
      let known = try? String(contentsOfFile: record.string, encoding: .utf8), known == key.hex
    {
      return (target, false)
    }
    let scratch = BuildScratch(
      name: "pack-\(request.spec.id)-\(UUID().uuidString.lowercased())", on: layer, in: workspace)
    do {
      try await pack(request, in: scratch, as: target)
      try AtomicFile.write(Data(key.hex.utf8), to: record)
    } catch {
      await layers.remove(scratch.path)
      throw error as? PackagesError ?? .file(path: record.string, doing: "write", error as? Errno ?? .ioError)
    }
    await layers.remove(scratch.path)
    return (target, true)
  }

  private func pack(
    _ request: BuildRequest, in scratch: BuildScratch, as target: FilePath
  ) async throws(PackagesError) {
    let epoch = request.identity.sourceDateEpoch
    do { try scratch.make() } catch { throw .sandbox(error) }
    let topdir = Topdir(path: scratch.topdir)
    try topdir.stage(request.sources, spec: request.spec.id, epoch: epoch)
    let command = RPMBuildArguments.confinement(scratch: scratch, epoch: epoch, bounds: RootBounds())
      .command(
        RPMBuildArguments.sourcePackage(request, machine: BuildFiles.machine), privilege: layers.privilege)
    let result: CommandResult
    do { result = try await command.bound(to: getpid()).run() } catch {
      throw Self.told(SandboxError.wrap(error))
    }
    guard result.isSuccess, let made = topdir.results().srpms.first else {
      try topdir.checkSpace(request.spec.id)
      let lines = (result.errorText + result.text).split(separator: "\n").suffix(8).map(String.init)
      throw .notPacked(spec: request.spec.id, lines: lines)
    }
    try Artifacts.folder(target.removingLastComponent())
    let aside = target.removingLastComponent().appending(".\(UUID().uuidString.lowercased())")
    defer { unlink(aside.string) }
    do {
      try FileManager.default.copyItem(atPath: made.string, toPath: aside.string)
      try Artifacts.sync(aside)
    } catch let error as PackagesError {
      throw error
    } catch { throw .file(path: target.string, doing: "write", error as? Errno ?? .ioError) }
    guard rename(aside.string, target.string) == 0 else {
      throw .file(path: target.string, doing: "write", Errno(rawValue: errno))
    }
  }

  /// Everything that can be seen in an SRPM.
  private func key(_ request: BuildRequest, _ layer: RootLayer) -> Digest {
    let files = ([request.sources.spec] + request.sources.files).map { "\($0.name) \($0.digest.hex)" }
    let words = RPMBuildArguments.sourcePackage(request, machine: BuildFiles.machine)
    return Digest.of(
      ([layer.key.hex, String(request.identity.sourceDateEpoch)] + words + files).joined(separator: "\n"))
  }

  private static func told(_ error: SandboxError) -> PackagesError {
    if case .interrupted = error { .interrupted } else { .sandbox(error) }
  }
}
