import AzureLinux
import CLinux
import Foundation
import Glibc
import Sandbox
import Storage
import SystemPackage

/// The files of a build root, as far as they decide what a build that was watched would do again.
///
/// The base, common to all roots, counts by what is installed in it; in the layer above it each file counts, those
/// that no package owns (caches that scriptlets made) included.
package struct RootFiles: Sendable {
  private let layer: RootLayer
  private let layers: RootLayers
  package init(layer: RootLayer, layers: RootLayers) {
    self.layer = layer
    self.layers = layers
  }

  /// rpm's database holds what is installed, with the time and checksum of each package: what the packages are like
  /// counts instead.
  private static let database = "var/lib/rpm/"
  /// Links to debug files by build id, which is another one after each change of code; nothing is built of them.
  private static let buildIDs = "usr/lib/.build-id"

  private var store: FilePath { layers.workspace.store }
  private var base: Digest { layer.beneath.last ?? layer.key }
  private var added: FilePath? { layer.kind == .base ? nil : layers.folder(of: layer.key).appending("root") }

  /// Which files there are: names, kinds, owners, modes, targets of links.
  package func names() throws(PackagesError) -> Digest {
    var lines = ["base \(base.hex)"]
    if let added {
      try Self.walk(added) { path, facts in
        guard !path.hasPrefix(Self.database), !path.hasPrefix(Self.buildIDs) else { return }
        let target =
          facts.st_mode & S_IFMT == S_IFLNK
          ? (try? FileManager.default.destinationOfSymbolicLink(atPath: added.appending(path).string)) ?? ""
          : ""
        lines.append(
          "\(path)\0\(facts.st_mode) \(facts.st_uid) \(facts.st_gid) \(facts.st_rdev)\0\(target)")
      }
    }
    return Digest.of(lines.sorted().joined(separator: "\n"))
  }

  /// What is in the files of a stored list.
  ///
  /// - Parameter contents: of the packages, for the rpm database.
  package func contents(of list: Digest, packages contents: [Digest]) throws(PackagesError) -> Digest {
    guard
      let text = try? String(contentsOfFile: Artifacts(layers.workspace).path(list).string, encoding: .utf8)
    else { throw .listMissing(list) }
    return try digest(of: text.split(separator: "\n").map(String.init), contents)
  }

  /// What a build that has just ended opened; nil when not all of it was seen.
  package func opened(
    in scratch: BuildScratch, contents: [Digest]
  ) throws(PackagesError) -> BuiltPackage.Opened? {
    guard let seen = BuildObserver.read(scratch.opened) else { return nil }
    var paths: Set<String> = []
    for (path, processes) in seen {
      // a file that was removed after it had been read
      let name = (path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path).drop { $0 == "/" }
      if name.hasPrefix(Self.database) {
        // rpmbuild looks for keys in it when it unpacks the source package: one process; others ask it
        if name.hasSuffix("/rpmdb.sqlite"), processes > 1 { paths.insert(String(name)) }
      } else if isThere(String(name)) {
        paths.insert(String(name))
      }
    }
    // under another name it would not be known again
    paths.formUnion(try removed(in: scratch))
    let list = paths.sorted()
    let text = list.joined(separator: "\n")
    let digest = Digest.of(text)
    let aside = scratch.path.appending("list")
    do { try text.write(toFile: aside.string, atomically: false, encoding: .utf8) } catch {
      throw .file(path: aside.string, doing: "write", .ioError)
    }
    try Artifacts(layers.workspace).adopt(aside, digest: digest)
    return .init(list: digest, count: list.count, contents: try self.digest(of: list, contents))
  }

  private func digest(of paths: [String], _ contents: [Digest]) throws(PackagesError) -> Digest {
    var lines: [String] = []
    for path in paths {
      lines.append("\(path)\0\(try content(of: path, contents))")
    }
    return Digest.of(lines.joined(separator: "\n"))
  }

  private func content(of path: String, _ contents: [Digest]) throws(PackagesError) -> String {
    if path.hasPrefix(Self.database) {
      return "\(base.hex) " + contents.map(\.hex).sorted().joined(separator: " ")
    }
    guard let file = layers.find(path, in: layer) else { return "gone" }
    guard let added, file.starts(with: added) else { return base.hex }
    var facts = stat()
    // what is no file has nothing in it
    guard lstat(file.string, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return "no file" }
    do { return try Digest.of(file: file).hex } catch {
      throw .file(path: file.string, doing: "read", error as? Errno ?? .ioError)
    }
  }

  /// Whether it is a file of the root, and not one that the build made.
  private func isThere(_ path: String) -> Bool { layers.find(path, in: layer) != nil }

  /// Files of the root that the build removed or renamed, as the overlay marks them.
  private func removed(in scratch: BuildScratch) throws(PackagesError) -> Set<String> {
    let upper = scratch.overlay.store.appending(scratch.overlay.upper)
    var gone: [String] = []
    try Self.walk(upper) { path, facts in
      let isWhiteout = facts.st_mode & S_IFMT == S_IFCHR && facts.st_rdev == 0
      if isWhiteout || Self.isOpaque(upper.appending(path)) { gone.append(path) }
    }
    var files: Set<String> = []
    for path in gone {
      for part in layer.lower {
        let place = store.appending(part).appending(path)
        var facts = stat()
        guard lstat(place.string, &facts) == 0 else { continue }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
          files.insert(path)
          continue
        }
        try Self.walk(place) { below, facts in
          if facts.st_mode & S_IFMT == S_IFREG { files.insert("\(path)/\(below)") }
        }
      }
    }
    return files.filter { !$0.hasPrefix(Self.database) }
  }

  private static func isOpaque(_ path: FilePath) -> Bool {
    var value: UInt8 = 0
    return getxattr(path.string, "trusted.overlay.opaque", &value, 1) == 1 && value == UInt8(ascii: "y")
  }

  /// Everything below a folder, by its path there.
  private static func walk(
    _ folder: FilePath, _ body: (String, stat) -> Void
  ) throws(PackagesError) {
    guard let enumerator = FileManager.default.enumerator(atPath: folder.string) else {
      throw .file(path: folder.string, doing: "read", .noSuchFileOrDirectory)
    }
    while let path = enumerator.nextObject() as? String {
      var facts = stat()
      guard lstat(folder.appending(path).string, &facts) == 0 else {
        throw .file(path: folder.appending(path).string, doing: "read", Errno(rawValue: errno))
      }
      body(path, facts)
    }
  }
}
