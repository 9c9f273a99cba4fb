import Foundation
import SystemPackage

/// Moves the contents of an unpacked Debian package to where a merged /usr has them.
struct MergedUsr {
  /// Old places and the folder that each is a link to in the `filesystem` package.
  static let moves = [
    ("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib"), ("lib32", "usr/lib"),
    ("libx32", "usr/lib"), ("usr/lib64", "usr/lib"), ("usr/lib32", "usr/lib"), ("usr/libx32", "usr/lib"),
  ]

  let root: String
  /// Programs by their old absolute path, which scripts and other packages still ask for.
  private(set) var programs: [String] = []

  init(root: FilePath) { self.root = root.string }

  mutating func apply() throws {
    for (old, new) in MergedUsr.moves {
      var isFolder: ObjCBool = false
      let path = "\(root)/\(old)"
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue,
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil
      else { continue }
      try merge(old, into: new)
      try FileManager.default.removeItem(atPath: path)
    }
  }

  private mutating func merge(_ old: String, into new: String) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: "\(root)/\(new)", withIntermediateDirectories: true)
    for name in try files.contentsOfDirectory(atPath: "\(root)/\(old)") {
      let from = "\(old)/\(name)"
      let to = "\(new)/\(name)"
      if let target = try? files.destinationOfSymbolicLink(atPath: "\(root)/\(from)") {
        if old == "bin" || old == "sbin" { programs.append("/\(from)") }
        if exists(to) { continue }
        try files.createSymbolicLink(
          atPath: "\(root)/\(to)", withDestinationPath: MergedUsr.rewritten(target: target, of: from))
      } else if isFolder(from) {
        try merge(from, into: to)
      } else {
        if old == "bin" || old == "sbin" { programs.append("/\(from)") }
        // a link to the file that is being moved gives way to it
        if exists(to) { try files.removeItem(atPath: "\(root)/\(to)") }
        try files.moveItem(atPath: "\(root)/\(from)", toPath: "\(root)/\(to)")
      }
    }
  }

  /// A relative target that leaves its top folder would point elsewhere from the new place.
  static func rewritten(target: String, of path: String) -> String {
    guard !target.hasPrefix("/") else { return target }
    let top = path.prefix { $0 != "/" }
    let resolved = FilePath("/\(path)").removingLastComponent().pushing(FilePath(target))
      .lexicallyNormalized()
    return resolved.string.hasPrefix("/\(top)/") ? target : resolved.string
  }

  private func exists(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")) != nil
  }

  private func isFolder(_ path: String) -> Bool {
    var answer: ObjCBool = false
    return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &answer) && answer.boolValue
  }
}
