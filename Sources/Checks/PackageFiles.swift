import AzureLinux
import Foundation
import Storage
import SystemPackage

package enum ChecksError: Failure {
  case unreadable(path: String, reason: String)

  package var message: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \"\(path)\": \(reason)"
    }
  }
  package var exitCode: ExitCode { .environment }
}

/// The files of one package directory as far as checks read them.
package struct PackageFiles: Sendable, Hashable {
  /// Paths below the directory, in the order of a walk: of files with one name the first counts as the source.
  package private(set) var paths: [String]
  /// Of specs and signatures files beside the spec.
  private var contents: [String: Data]
  /// By path, of the files that were asked for.
  private var digests: [String: Digest]

  package init(_ files: [String: Data]) {
    paths = Self.walked(files.keys)
    contents = files
    digests = files.mapValues { Digest.of($0) }
  }

  /// - Parameters:
  ///   - folder: the package directory.
  ///   - name: what errors call it.
  ///   - sources: base names whose content is hashed, wherever they lie below the folder.
  package init(folder: FilePath, name: String, sources: Set<String>) throws(ChecksError) {
    contents = [:]
    digests = [:]
    var found: [String] = []
    for path in FileManager.default.enumerator(atPath: folder.string)?.compactMap({ $0 as? String }) ?? [] {
      let base = Self.base(path)
      var facts = stat()
      guard !EditorFiles.isOne(base), stat(folder.appending(path).string, &facts) == 0,
        facts.st_mode & S_IFMT == S_IFREG
      else { continue }
      found.append(path)
    }
    paths = Self.walked(found)
    for path in paths {
      let file = folder.appending(path)
      do {
        if path == Self.base(path), path.hasSuffix(".spec") || path.hasSuffix(".signatures.json") {
          contents[path] = try Data(contentsOf: URL(fileURLWithPath: file.string))
        }
        if sources.contains(Self.base(path)) { digests[path] = try Digest.of(file: file) }
      } catch {
        throw .unreadable(path: "\(name)/\(path)", reason: error.localizedDescription)
      }
    }
  }

  /// Names in byte order, a folder's content in the place of its name.
  private static func walked(_ paths: some Sequence<String>) -> [String] {
    let keyed = paths.map { (key: Array($0.replacing("/", with: "\0").utf8), path: $0) }
    return keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.path)
  }

  private static func base(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

  /// The first file of this name in the walk.
  package func first(named name: String) -> String? { paths.first { Self.base($0) == name } }

  package func data(_ path: String) -> Data? { contents[path] }
  package func text(_ path: String) -> String? { contents[path].map { String(decoding: $0, as: UTF8.self) } }
  package func digest(_ path: String) -> Digest? { digests[path] }
}
