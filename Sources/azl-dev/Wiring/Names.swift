import AzureLinux
import Foundation
import Pipeline
import Solver
import SystemPackage

/// What the words of a command line stand for in the tree.
extension Workbench {
  func locate(_ name: String) async throws -> SpecLocation {
    try await orPublished { try await session.locate(inTree(name)) }
  }

  func locate(_ names: [String]) async throws -> [SpecLocation] {
    var found: [SpecLocation] = []
    for name in names {
      let spec = try await locate(name)
      if !found.contains(spec) { found.append(spec) }
    }
    return found
  }

  /// A path from where the caller stands becomes one of the tree; everything else stays as it is.
  func inTree(_ name: String) -> String {
    guard name == "." || name.contains("/") || name.hasSuffix(".spec") else { return name }
    var path = FilePath(URL(fileURLWithPath: here(name).string).resolvingSymlinksInPath().path)
    guard FileManager.default.fileExists(atPath: path.string), path.removePrefix(workspace.tree),
      !path.string.isEmpty
    else { return name }
    return path.string
  }

  /// Says of a name that the tree does not have whether the repositories do.
  func orPublished<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch PipelineError.unknownSpec(let name, let nearest) {
      guard let package = try? await packages.universe().newest(name: name) else {
        throw PipelineError.unknownSpec(name, nearest: nearest)
      }
      throw PipelineError.onlyPublished(name, package: package.nevra.description)
    }
  }
}
