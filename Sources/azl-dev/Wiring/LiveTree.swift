import AzureLinux
import Foundation
import Pipeline
import Specs
import Storage
import SystemPackage

/// What is in the tree, as of the last look.
actor LiveTree: TreeReading {
  private let tree: FilePath
  private let reader: Specs.SpecTree
  private var list: [SpecLocation] = []
  private var digests: [String: Digest] = [:]

  init(workspace: Workspace, settings: Settings) {
    tree = workspace.tree
    reader = Specs.SpecTree(tree: workspace.tree, folders: settings.specDirs)
  }

  func specs() throws -> [SpecLocation] { list }

  func digest(of directory: String) throws -> Digest {
    guard let known = digests[directory] else {
      throw TreeError.unreadable(directory, "no package directory")
    }
    return known
  }

  func digest(ofFile path: String) throws -> Digest? { try? Digest.of(file: tree.appending(path)) }

  func look(at paths: Set<String>?) throws -> Set<String> {
    let old = digests
    list = try reader.list()
    let wanted = paths.map { Set($0.map(PackageDirectory.of)) }
    var now: [String: Digest] = [:]
    for spec in list where now[spec.directory] == nil {
      let known = wanted.map { $0.contains(spec.directory) } == false ? old[spec.directory] : nil
      now[spec.directory] = try known ?? reader.digest(of: spec)
    }
    digests = now
    return Set(now.filter { old[$0.key] != $0.value }.keys).union(old.keys.filter { now[$0] == nil })
  }
}
