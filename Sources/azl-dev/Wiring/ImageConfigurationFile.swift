import AzureLinux
import Foundation
import SystemPackage

/// An image configuration on disk, with the files that it names.
struct ImageConfigurationFile {
  let path: FilePath
  /// Where relative paths in it start.
  let base: FilePath
  private let tree: FilePath?

  /// - Parameter base: without, the folder that the configuration is in.
  init(_ path: FilePath, tree: FilePath?, base: FilePath? = nil) {
    self.path = path.lexicallyNormalized()
    self.base = base?.lexicallyNormalized() ?? self.path.removingLastComponent()
    self.tree = tree
  }

  /// As findings name it.
  var name: String { shown(path) }

  func check(exists: (FilePath) -> Bool = { FileManager.default.fileExists(atPath: $0.string) }) throws
    -> ImageCheck.Outcome
  {
    guard let data = FileManager.default.contents(atPath: path.string) else {
      throw TreeError.unreadable(name, "no such file")
    }
    return withoutActuallyEscaping(exists) { exists in
      ImageCheck(
        file: name, list: { FileManager.default.contents(atPath: place($0).string) },
        exists: { exists(place($0)) }, shown: { shown(place($0)) }
      ).run(data)
    }
  }

  /// Throws what upstream's rules refuse.
  func valid(
    exists: (FilePath) -> Bool
  ) throws -> (configuration: ImageConfiguration, lists: [String: PackageList], warnings: [ImageFinding]) {
    let outcome = try check(exists: exists)
    guard let configuration = outcome.configuration, outcome.findings.errors.isEmpty else {
      throw ImageConfigurationError(findings: outcome.findings)
    }
    return (configuration, outcome.lists, outcome.findings)
  }

  private func place(_ named: String) -> FilePath { base.pushing(FilePath(named)).lexicallyNormalized() }

  /// Relative to the tree, where it is there.
  private func shown(_ path: FilePath) -> String {
    var relative = path
    if let tree, relative.removePrefix(tree) { return relative.string }
    return path.string
  }
}
