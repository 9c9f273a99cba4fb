import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Fetches a source by file name and digest into a path; the caller knows the servers. It verifies nothing.
package typealias FetchSource = @Sendable (String, Digest, FilePath) async throws -> Void

extension SourceSet {
  /// Each source from the package directory, else from the store, else by `fetch` (and then kept in the store).
  /// Every source needs an entry in the signatures file, wherever it comes from; patches are always local.
  package static func resolve(
    _ info: SpecInfo, signatures: [String: Digest], workspace: Workspace, fetch: FetchSource? = nil
  ) async throws(PackagesError) -> SourceSet {
    let specPath = workspace.tree.appending(info.path)
    let folder = specPath.removingLastComponent()
    let local = LocalFiles(in: folder)
    let shownFolder = FilePath(info.path).removingLastComponent().string
    var files: [String: File] = [:]

    for source in info.sources where files[source.file] == nil {
      guard let expected = signatures[source.file] else {
        throw .missingSignature(
          spec: info.id, file: source.file, signatures: "\(shownFolder)/\(info.id).signatures.json")
      }
      if let path = local[source.file] {
        let found = try digest(of: path)
        guard found == expected else {
          throw .wrongHash(
            spec: info.id, file: source.file, path: shown(path, in: workspace), expected: expected,
            found: found)
        }
        files[source.file] = File(
          name: source.file, role: .source, origin: .local, path: path.string, digest: found)
      } else {
        files[source.file] = try await stored(
          source.file, expected, info: info, workspace: workspace, folder: shownFolder, fetch: fetch)
      }
    }
    for patch in info.patches where files[patch] == nil {
      guard let path = local[patch] else {
        throw .missingPatch(spec: info.id, file: patch, folder: shownFolder)
      }
      files[patch] = try File(
        name: patch, role: .patch, origin: .local, path: path.string, digest: digest(of: path))
    }
    for input in info.inputs {
      // an include from elsewhere in the tree is named by its path in the spec and is not staged
      let path = workspace.tree.appending(input)
      guard path.starts(with: folder), let name = path.lastComponent?.string, files[name] == nil else {
        continue
      }
      files[name] = try File(
        name: name, role: .include, origin: .local, path: path.string, digest: digest(of: path))
    }
    return try SourceSet(
      spec: File(
        name: info.id + ".spec", role: .spec, origin: .local, path: specPath.string,
        digest: digest(of: specPath)),
      files: files.values.sorted { $0.name < $1.name })
  }

  private static func stored(
    _ name: String, _ expected: Digest, info: SpecInfo, workspace: Workspace, folder: String,
    fetch: FetchSource?
  ) async throws(PackagesError) -> File {
    let path = Artifacts(workspace).path(expected)
    if !exists(path) {
      guard let fetch else { throw .missingSource(spec: info.id, file: name, folder: folder) }
      let aside = workspace.scratch.appending("source-\(UUID().uuidString.lowercased())")
      defer { unlink(aside.string) }
      do {
        try FileManager.default.createDirectory(
          atPath: workspace.scratch.string, withIntermediateDirectories: true)
        try await fetch(name, expected, aside)
      } catch is CancellationError {
        throw .interrupted
      } catch let error as any Failure {
        // what the server has is not what the tree asks for
        let other = error.exitCode == .failed
        throw .fetchFailed(
          spec: info.id, file: name, reason: error.message,
          next: other
            ? "if the server's file is the right one, write its hash into \(info.id).signatures.json; "
              + "otherwise name another server in [sources] urls"
            : error.nextStep, exitCode: error.exitCode)
      } catch {
        throw .fetchFailed(spec: info.id, file: name, reason: "\(error)", next: nil, exitCode: .environment)
      }
      let found = try digest(of: aside)
      guard found == expected else {
        throw .wrongHash(
          spec: info.id, file: name, path: "what the source server sent", expected: expected, found: found)
      }
      try Artifacts(workspace).adopt(aside, digest: found)
      return File(name: name, role: .source, origin: .server, path: path.string, digest: expected)
    }
    // the store is a cache on a disk: what it says is checked like everything else
    let found = try digest(of: path)
    guard found == expected else {
      unlink(path.string)
      return try await stored(name, expected, info: info, workspace: workspace, folder: folder, fetch: fetch)
    }
    return File(name: name, role: .source, origin: .store, path: path.string, digest: expected)
  }

  private static func digest(of path: FilePath) throws(PackagesError) -> Digest {
    do { return try Digest.of(file: path) } catch {
      throw .file(path: path.string, doing: "read", error as? Errno ?? .ioError)
    }
  }

  private static func shown(_ path: FilePath, in workspace: Workspace) -> String {
    var path = path
    return path.removePrefix(workspace.tree) ? path.string : path.string
  }

  private static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }
}

/// The files of a package directory by base name; of two with one name the one nearest to the spec counts.
private struct LocalFiles {
  private var paths: [String: FilePath] = [:]

  init(in folder: FilePath) {
    let names = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
    let order = { (name: String) in (name.utf8.count { $0 == UInt8(ascii: "/") }, name) }
    for name in names.sorted(by: { order($0) < order($1) }) {
      let path = folder.appending(name)
      var facts = stat()
      guard stat(path.string, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, let base = path.lastComponent
      else {
        continue
      }
      if paths[base.string] == nil { paths[base.string] = path }
    }
  }

  subscript(name: String) -> FilePath? { paths[name] }
}
