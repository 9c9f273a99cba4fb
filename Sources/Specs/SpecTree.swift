import AzureLinux
import Foundation
import Storage
import SystemPackage

/// The specs of a tree, `<folder>/<dir>/<name>.spec`, and the identity of a package directory's content.
package struct SpecTree: Sendable {
  package let tree: FilePath
  package let folders: [String]

  package init(tree: FilePath, folders: [String]) {
    self.tree = tree
    self.folders = folders
  }

  /// Sorted by id; in folders named first when two have the same id.
  package func list() throws -> [SpecLocation] {
    var found: [String: SpecLocation] = [:]
    for folder in folders {
      for directory in names(in: tree.appending(folder)) {
        for file in names(in: tree.appending(folder).appending(directory)) where file.hasSuffix(".spec") {
          guard !EditorFiles.isOne(file) else { continue }
          let id = String(file.dropLast(5))
          if found[id] == nil { found[id] = SpecLocation(id: id, path: "\(folder)/\(directory)/\(file)") }
        }
      }
    }
    guard !found.isEmpty else { throw SpecsError.noSpecs(tree: tree.string, folders: folders) }
    return found.values.sorted()
  }

  private func names(in folder: FilePath) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted()
  }

  /// Of names, contents, executable bits and link targets below the package directory; files that git ignores
  /// count, files that an editor leaves behind do not.
  package func digest(of spec: SpecLocation) throws -> Digest {
    let folder = tree.appending(spec.directory)
    let hash = SHA256()
    for name in try paths(below: folder).sorted() {
      let path = folder.appending(name)
      var facts = stat()
      guard lstat(path.string, &facts) == 0 else { continue }
      switch facts.st_mode & S_IFMT {
      case S_IFREG:
        hash.update("f \(name) \(facts.st_mode & 0o111 != 0) ")
        do { hash.update(try Digest.of(file: path).hex) } catch {
          throw SpecsError.unreadable(path: path.string, reason: "\(error)")
        }
      case S_IFLNK:
        hash.update(
          "l \(name) \((try? FileManager.default.destinationOfSymbolicLink(atPath: path.string)) ?? "")")
      default: continue
      }
      hash.update("\n")
    }
    return hash.finish()
  }

  private func paths(below folder: FilePath) throws -> [String] {
    (FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? [])
      .filter { path in !EditorFiles.isOne(String(path.split(separator: "/").last ?? "")) }
  }

  /// The text of a spec and of the `*.inc` files beside it, for what is looked for in text.
  package func text(of spec: SpecLocation) throws -> Data {
    do {
      var text = try Data(contentsOf: URL(filePath: tree.appending(spec.path).string))
      for name in names(in: tree.appending(spec.directory)) where name.hasSuffix(".inc") {
        text +=
          (try? Data(contentsOf: URL(filePath: tree.appending(spec.directory).appending(name).string)))
          ?? Data()
      }
      return text
    } catch {
      throw SpecsError.unreadable(path: spec.path, reason: error.localizedDescription)
    }
  }
}
