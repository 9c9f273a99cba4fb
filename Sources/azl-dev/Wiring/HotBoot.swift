import ArgumentParser
import AzureLinux
import Foundation
import Images
import Incremental
import Pipeline
import RPM
import Storage
import SystemPackage

/// Tests of rebuilt RPMs in a machine that was saved.
extension Workbench {
  /// What was built here, still holds, and is in an image in another form: under another version, or from before.
  func rebuilt(since image: FilePath) async throws -> [RPMFile] {
    let manifest = try ImageManifest.read(in: image)
    let inside = Set(manifest.packages)
    let names = Set(inside.compactMap { NEVRA(fileName: "\($0).rpm")?.name })
    let made = Self.changed(image.appending(ImageManifest.fileName))
    var found: [String: RPMFile] = [:]
    for trace in try await session.engine.remembered(kind: Pipeline.Build.kind) {
      guard let value = trace.value, let built = try? JSONDecoder().decode(BuiltPackage.self, from: value),
        let rule = try? JSONDecoder().decode(Pipeline.Build.self, from: Data(trace.key.parameters.utf8))
      else { continue }
      let rpms = built.rpms.map(\.file).filter { file in
        names.contains(file.nevra.name)
          && (!inside.contains(file.nevra.description) || Self.changed(FilePath(file.path)) > made)
      }
      guard !rpms.isEmpty, try await session.engine.staleness(of: rule) == .upToDate else { continue }
      for file in rpms { found[file.nevra.name] = file }
    }
    return found.values.sorted { $0.path < $1.path }
  }

  /// Nanoseconds since 1970.
  private static func changed(_ path: FilePath) -> Int64 {
    var facts = stat()
    guard stat(path.string, &facts) == 0 else { return 0 }
    return Int64(facts.st_mtim.tv_sec) * 1_000_000_000 + Int64(facts.st_mtim.tv_nsec)
  }

  /// RPM files named on the command line.
  static func rpms(_ names: [String]) throws -> [RPMFile] {
    try names.map { name in
      let path = FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(name))
      let nevra: NEVRA
      do { nevra = try RPMHeader.read(path).nevra } catch {
        throw TreeError.unreadable(name, "cannot be read as an RPM: \(error)")
      }
      let size = try FileManager.default.attributesOfItem(atPath: path.string)[.size] as? Int64
      return RPMFile(nevra: nevra, path: path.string, digest: try Digest.of(file: path), size: size ?? 0)
    }
  }

  /// Resumes, pushes, tests, and remembers how long that took.
  func hot(
    _ request: BootRequest, pushing rpms: [RPMFile], report: @escaping ActivityReport,
    line: @escaping @Sendable (String) -> Void
  ) async throws -> HotRunner.Outcome {
    let name = request.image.lastComponent?.string ?? "image"
    let outcome = try await HotRunner(
      scratch: workspace.scratch, folder: workspace.machines.appending(name)
    ).test(
      request, pushing: rpms, console: workspace.logs.appending("boot").appending("\(name).console"),
      report: report, line: line)
    if case .tested(let report, _) = outcome {
      try history.append(
        History.Entry(
          kind: "hot-boot", subject: name, result: report.result.rawValue, seconds: report.seconds))
    }
    return outcome
  }

  /// The image made anew with what was built here: before a boot from the start that is to show it.
  func refresh(_ image: FilePath, because reason: String, report: @escaping ActivityReport) async throws {
    let name = image.lastComponent?.string ?? ""
    let candidates = [try? imageConfiguration(nil), workspace.tree.appending("imageconfigs/\(name).json")]
    let found = candidates.compactMap { $0 }.first {
      $0.stem == name && FileManager.default.fileExists(atPath: $0.string)
    }
    guard let found else {
      throw ValidationError(
        "\(reason), and no image configuration is called \(name): azl-dev image build makes it")
    }
    _ = try await build(try await planImage(found), report: report)
  }
}
