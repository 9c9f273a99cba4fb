import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Finished builds by their key: what each gave, its files by digest in the content store. The engine remembers the
/// last build of a spec; this one all that are still on the disk, so that a branch that was built before is not built
/// again.
package struct BuildRecords: Sendable {
  private let workspace: Workspace
  package init(_ workspace: Workspace) { self.workspace = workspace }

  private func path(_ key: Digest) -> FilePath {
    workspace.builds.appending(String(key.hex.prefix(2))).appending("\(key.hex).json")
  }

  /// Written once all files of the build are in the store.
  package func keep(_ built: BuiltPackage) throws {
    let path = path(built.key)
    try FileManager.default.createDirectory(
      atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
    try AtomicFile.write(JSONEncoder().encode(built), to: path)
  }

  /// The build of this key, its packages in `out/` again; nil where none is known or a file of it is gone.
  ///
  /// - Parameter previous: what the last build of the spec has in `out/`, relative to it; what is not of this one goes.
  package func restore(
    _ key: Digest, of spec: SpecInfo, previous: [String]
  ) throws -> (built: BuiltPackage, published: [String])? {
    guard let data = FileManager.default.contents(atPath: path(key).string),
      var built = try? JSONDecoder().decode(BuiltPackage.self, from: data), built.key == key,
      built.spec == spec.id, ([built.srpm] + built.rpms.map(\.file)).map(\.digest).allSatisfy(isWhole),
      // of a build that was watched, the list of what it opened says whether it still holds
      built.opened.map({ isWhole($0.list) }) ?? true
    else { return nil }
    built.srpm.path = place(built.srpm, in: workspace.srpms)
    for position in built.rpms.indices {
      let file = built.rpms[position].file
      built.rpms[position].file.path = place(file, in: workspace.rpms(arch: file.nevra.arch))
    }
    built.isRestored = true
    let published = try Publication(workspace: workspace, spec: spec)
      .publish([built.srpm] + built.rpms.map(\.file), previous: previous)
    return (built, published)
  }

  /// Whether the files that a record names are in the store, as far as their names say.
  package func isRestorable(_ record: FilePath, without gone: Set<Digest>) -> Bool {
    guard let data = FileManager.default.contents(atPath: record.string),
      let built = try? JSONDecoder().decode(BuiltPackage.self, from: data)
    else { return false }
    let files = ([built.srpm] + built.rpms.map(\.file)).map(\.digest) + (built.opened.map { [$0.list] } ?? [])
    return files.allSatisfy {
      !gone.contains($0) && access(Artifacts(workspace).path($0).string, F_OK) == 0
    }
  }

  /// Names files of the store in `out/`.
  package func publish(_ files: [RPMFile], areSources: Bool = false) throws {
    for file in files {
      let folder = areSources ? workspace.srpms : workspace.rpms(arch: file.nevra.arch)
      try Artifacts(workspace).publish(file.digest, as: folder.appending(file.nevra.fileName))
    }
  }

  /// The workspace may have moved since.
  private func place(_ file: RPMFile, in folder: FilePath) -> String {
    folder.appending(FilePath(file.path).lastComponent?.string ?? file.nevra.fileName).string
  }

  /// The store is a cache on a disk: what it says is checked like everything else.
  private func isWhole(_ digest: Digest) -> Bool {
    let stored = Artifacts(workspace).path(digest)
    guard let found = try? Digest.of(file: stored) else { return false }
    if found != digest { unlink(stored.string) }
    return found == digest
  }

  /// Whether a file in `out/` still is the one that a build put there: the same file as in the store, or, where the
  /// store has given it up, one of its size.
  package func isPublished(_ file: RPMFile) -> Bool {
    var (out, stored) = (stat(), stat())
    guard stat(file.path, &out) == 0, Int64(out.st_size) == file.size else { return false }
    guard stat(Artifacts(workspace).path(file.digest).string, &stored) == 0 else { return true }
    return out.st_ino == stored.st_ino && out.st_dev == stored.st_dev
  }
}
