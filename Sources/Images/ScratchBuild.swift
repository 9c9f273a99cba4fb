import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// What a build of an image or a medium needs around it: a folder of its own in `scratch`, and namespaces for its
/// commands. Both are gone when it ends, however it does.
struct ScratchBuild: Sendable {
  /// `layers` and `scratch` are in it.
  let store: FilePath
  let privilege: Privilege
  let limits: ImageLimits

  /// - Parameters:
  ///   - kind: begins the folder's name.
  ///   - output: is there when `body` begins; so is the log, empty. What is unfinished there goes with a failure.
  ///   - body: is given the folder, and who runs commands in the namespaces.
  func run<Value: Sendable>(
    _ kind: String, output: FilePath, log: FilePath,
    _ body: (FilePath, ImageSteps) async throws -> Value
  ) async throws(ImageError) -> Value {
    let scratch = store.appending("scratch")
    let work = scratch.appending("\(kind)-\(UUID().uuidString.lowercased())")
    do {
      for folder in [work, output, log.removingLastComponent()] {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      }
      try Data().write(to: URL(filePath: log.string))
      let value = try await privilege.whileHeld { namespace in
        try await body(
          work, ImageSteps(privilege: privilege, namespace: namespace, log: log, limits: limits))
      }
      await ImageSteps.remove(work, privilege)
      return value
    } catch {
      let space = try? DiskSpace(of: scratch)
      await ImageSteps.remove(work, privilege)
      OutputFolder(path: output).discardUnfinished()
      if let space, space.isExhausted { throw .diskFull(scratch, available: space.available) }
      throw error as? ImageError ?? .sandbox(.wrap(error))
    }
  }

  /// - Parameters:
  ///   - layers: relative to the store, topmost first.
  ///   - body: is given a root of them, and where in the store lies what is written over them.
  func overlaying<Value: Sendable>(
    _ layers: [String], in work: FilePath, _ body: (MountedRoot, _ upper: String) async throws -> Value
  ) async throws -> Value {
    let name = "scratch/\(work.lastComponent?.string ?? "")"
    let overlay = Overlay(
      store: store, lower: layers, upper: "\(name)/upper", work: "\(name)/overlay", merged: "\(name)/root")
    try overlay.prepare()
    return try await overlay.whileMounted(privilege: privilege) { try await body($0, overlay.upper) }
  }
}
