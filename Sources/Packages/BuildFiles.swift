import AzureLinux
import Foundation
import Glibc
import Sandbox
import SystemPackage

/// The log folder of one build, and the run that fills it.
struct BuildFiles: Sendable {
  enum Ending: Equatable {
    case exited(Int32)
    case limited(LimitHit)
  }

  let spec: String
  let folder: FilePath
  let shownFolder: String

  init(_ request: BuildRequest, workspace: Workspace) {
    spec = request.spec.id
    let suffix = request.purpose == .packages ? "" : "-\(request.purpose.rawValue)"
    let name = request.key.short + suffix
    folder = workspace.logs.appending(request.spec.id).appending(name)
    var shown = folder
    shownFolder = shown.removePrefix(workspace.tree) ? shown.string : folder.string
  }

  var log: FilePath { folder.appending("build.log") }
  var shownLog: String { shownFolder + "/build.log" }
  var shownCommand: String { shownFolder + "/command" }

  /// Architecture of this machine as rpm names it.
  static var machine: String {
    #if arch(arm64)
      "aarch64"
    #else
      "x86_64"
    #endif
  }

  func writeCommand(
    _ request: BuildRequest, layer: RootLayer, workspace: Workspace, privilege: Privilege
  ) throws(PackagesError) {
    try Artifacts.folder(folder)
    let scratch = BuildScratch(name: "again-\(request.spec.id)", on: layer, in: workspace)
    let text = ReproduceScript.text(
      request, scratch: scratch, privilege: privilege, machine: BuildFiles.machine)
    do {
      try text.write(toFile: folder.appending("command").string, atomically: true, encoding: .utf8)
      try (JSONEncoder.snake.encode(request.repositories) + Data([10]))
        .write(to: URL(filePath: folder.appending("repositories.json").string), options: .atomic)
    } catch {
      throw .file(path: folder.string, doing: "write into", .ioError)
    }
  }

  /// - Parameter watch: returns when the build has met a limit.
  func run(
    _ command: Command, log: BuildLog, group: ControlGroup?,
    watch: @escaping @Sendable () async throws -> LimitHit
  ) async throws(PackagesError) -> Ending {
    do {
      let file = try FileDescriptor.open(
        self.log, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      defer { try? file.close() }
      let bound = command.joining(group).bound(to: getpid())
      return try await withThrowingTaskGroup(of: Ending.self) { tasks in
        tasks.addTask { .exited(try await bound.run(log: file) { log.read($0) }) }
        tasks.addTask { .limited(try await watch()) }
        // the watch and the build end each other; leaving the group waits for both
        defer { tasks.cancelAll() }
        return try await tasks.next() ?? .exited(1)
      }
    } catch let error as Errno {
      guard error == .noSpace else { throw .file(path: self.log.string, doing: "write", error) }
      throw .diskFull(spec: spec, path: folder.string, available: 0)
    } catch {
      switch SandboxError.wrap(error) {
      case .interrupted: throw .interrupted
      case let error: throw .sandbox(error)
      }
    }
  }
}
