import Foundation
import SystemPackage

/// Reads an image's root folder from outside it, following links as the image itself would: an absolute link never
/// leaves the root.
package struct RootTree: Sendable {
  package let root: FilePath

  package init(_ root: FilePath) { self.root = root }

  /// Where `path` of the image lies on this machine; parts that do not exist are taken as they stand. nil when links
  /// lead in a circle.
  package func place(of path: String) -> FilePath? { components(of: path).map { root.appending($0) } }

  /// The same by its names below the root.
  package func components(of path: String) -> [FilePath.Component]? {
    var pending = Array(path.split(separator: "/").map(String.init).reversed())
    var resolved: [FilePath.Component] = []
    var links = 0
    while let name = pending.popLast() {
      guard name != ".", let part = FilePath.Component(name) else { continue }
      if name == ".." {
        _ = resolved.popLast()
        continue
      }
      let here = root.appending(resolved + [part])
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: here.string) else {
        resolved.append(part)
        continue
      }
      links += 1
      if links > 40 { return nil }
      if target.hasPrefix("/") { resolved = [] }
      pending += target.split(separator: "/").map(String.init).reversed()
    }
    return resolved
  }

  /// nil when there is no such file.
  package func read(_ path: String) -> Data? {
    place(of: path).flatMap { FileManager.default.contents(atPath: $0.string) }
  }

  package func exists(_ path: String) -> Bool {
    place(of: path).map { FileManager.default.fileExists(atPath: $0.string) } ?? false
  }

  /// Folders and files beneath a folder of the image, relative to it, sorted; what FAT cannot hold is left out.
  package func contents(of folder: String) -> (folders: [String], files: [String]) {
    guard let place = place(of: folder), let walk = FileManager.default.enumerator(atPath: place.string)
    else {
      return ([], [])
    }
    var folders: [String] = []
    var files: [String] = []
    for case let path as String in walk {
      switch walk.fileAttributes?[.type] as? FileAttributeType {
      case .typeDirectory: folders.append(path)
      case .typeRegular: files.append(path)
      default: continue
      }
    }
    return (folders.sorted(), files.sorted())
  }
}
