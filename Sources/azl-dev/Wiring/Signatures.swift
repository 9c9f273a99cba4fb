import AzureLinux
import Foundation
import SystemPackage

enum Signatures {
  /// Of the spec's sources; empty when it has no signatures file, which matters only if it has sources.
  static func read(workspace: Workspace, spec: SpecLocation) throws -> [String: Digest] {
    let path = "\(spec.directory)/\(spec.id).signatures.json"
    guard let data = FileManager.default.contents(atPath: workspace.tree.appending(path).string) else {
      return [:]
    }
    return try SignaturesFile(data, path: path).digests
  }
}
