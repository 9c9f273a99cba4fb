import AzureLinux
import Foundation
import Storage
import SystemPackage

/// A source that is neither in the package directory nor in the store.
package struct WantedSource: Hashable, Sendable {
  package var name: String
  /// Nil: whatever the server has.
  package var digest: Digest?
  package init(name: String, digest: Digest?) {
    self.name = name
    self.digest = digest
  }
}

/// Brings sources into the store, several at a time; the caller knows the servers. For each its digest, or why it did
/// not come.
package typealias FetchSources = @Sendable ([WantedSource]) async throws -> [Result<Digest, any Error>]

extension SourceSet {
  /// Each source from the package directory, else from the store, else by `fetch`. Patches are always local.
  ///
  /// - Parameter isChecked: every source needs an entry in the signatures file, wherever it comes from, and must fit
  ///   it; otherwise entries only say what of the store may be taken.
  package static func resolve(
    _ info: SpecInfo, signatures: [String: Digest], isChecked: Bool = true, workspace: Workspace,
    fetch: FetchSources? = nil
  ) async throws(PackagesError) -> SourceSet {
    let specPath = workspace.tree.appending(info.path)
    let folder = specPath.removingLastComponent()
    let local = LocalFiles(in: folder)
    let shownFolder = FilePath(info.path).removingLastComponent().string
    var files: [String: File] = [:]
    var missing: [WantedSource] = []

    for source in info.sources where files[source.file] == nil {
      let expected = signatures[source.file]
      if isChecked, expected == nil {
        throw .missingSignature(
          spec: info.id, file: source.file, signatures: "\(shownFolder)/\(info.id).signatures.json")
      }
      if let path = local[source.file] {
        let found = try digest(of: path)
        if isChecked, let expected, found != expected {
          throw .wrongHash(
            spec: info.id, file: source.file, path: shown(path, in: workspace), expected: expected,
            found: found)
        }
        files[source.file] = File(
          name: source.file, role: .source, origin: .local, path: path.string, digest: found)
      } else if let expected, let path = try stored(expected, workspace) {
        files[source.file] = File(
          name: source.file, role: .source, origin: .store, path: path.string, digest: expected)
      } else if !missing.contains(where: { $0.name == source.file }) {
        missing.append(WantedSource(name: source.file, digest: isChecked ? expected : nil))
      }
    }
    for file in try await fetched(missing, info, shownFolder, workspace, fetch) { files[file.name] = file }
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

  private static func fetched(
    _ missing: [WantedSource], _ info: SpecInfo, _ folder: String, _ workspace: Workspace,
    _ fetch: FetchSources?
  ) async throws(PackagesError) -> [File] {
    guard let first = missing.first else { return [] }
    guard let fetch else { throw .missingSource(spec: info.id, file: first.name, folder: folder) }
    let results: [Result<Digest, any Error>]
    do { results = try await fetch(missing) } catch is CancellationError {
      throw .interrupted
    } catch {
      throw failure(of: first.name, info, error)
    }
    var files: [File] = []
    let failed = zip(missing, results).filter { if case .failure = $1 { true } else { false } }.map(\.0.name)
    for (wanted, result) in zip(missing, results) {
      switch result {
      case .failure(let error):
        throw failure(of: wanted.name, info, error, others: failed.filter { $0 != wanted.name })
      case .success(let found):
        guard let path = try stored(found, workspace), found == wanted.digest ?? found else {
          throw .wrongHash(
            spec: info.id, file: wanted.name, path: "what the source server sent",
            expected: wanted.digest ?? found, found: found)
        }
        files.append(
          File(name: wanted.name, role: .source, origin: .server, path: path.string, digest: found))
      }
    }
    return files
  }

  private static func failure(
    of file: String, _ info: SpecInfo, _ error: any Error, others: [String] = []
  ) -> PackagesError {
    let more = others.isEmpty ? "" : "\n  nor were \(others.joined(separator: ", "))"
    guard let error = error as? any Failure else {
      return .fetchFailed(
        spec: info.id, file: file, reason: "\(error)\(more)", next: nil, exitCode: .environment)
    }
    // what the server has is not what the tree asks for
    let isOther = error.exitCode == .failed
    return .fetchFailed(
      spec: info.id, file: file, reason: error.message + more,
      next: isOther
        ? "if the server's file is the right one, write its hash into \(info.id).signatures.json "
          + "(azl-dev try \(info.id) --signatures update does); otherwise name another server in [sources] urls"
        : error.nextStep, exitCode: error.exitCode)
  }

  /// The store is a cache on a disk: what it says is checked like everything else.
  private static func stored(
    _ expected: Digest, _ workspace: Workspace
  ) throws(PackagesError) -> FilePath? {
    let path = Artifacts(workspace).path(expected)
    guard access(path.string, F_OK) == 0 else { return nil }
    if try digest(of: path) == expected { return path }
    unlink(path.string)
    return nil
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
