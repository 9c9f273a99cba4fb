import Foundation
import SystemPackage

/// The %files list of an unpacked root: every file and link by name, folders only where they are empty
/// (`filesystem` owns the common ones).
struct FileList {
  struct Owner: Hashable {
    var user: String
    var group: String
  }

  /// Paths like `/usr/bin/wall` whose owner is not root:root.
  var owners: [String: Owner]
  var configuration: Set<String>

  func lines(root: FilePath) throws -> [String] {
    var lines: [String] = []
    try walk("", root: root.string, into: &lines)
    return lines
  }

  /// Answers whether the folder held anything.
  @discardableResult
  private func walk(_ folder: String, root: String, into lines: inout [String]) throws -> Bool {
    let names = try FileManager.default.contentsOfDirectory(atPath: root + folder).sorted()
    for name in names {
      let path = "\(folder)/\(name)"
      let type = try FileManager.default.attributesOfItem(atPath: root + path)[.type] as? FileAttributeType
      if type == .typeDirectory {
        if try !walk(path, root: root, into: &lines) {
          lines.append("\(attributes(path))%dir \(quoted(path))")
        }
      } else {
        let mark = configuration.contains(path) && type == .typeRegular ? "%config(noreplace) " : ""
        lines.append("\(attributes(path))\(mark)\(quoted(path))")
      }
    }
    return !names.isEmpty
  }

  private func attributes(_ path: String) -> String {
    owners[path].map { "%attr(-,\($0.user),\($0.group)) " } ?? ""
  }

  /// rpm expands shell patterns in names; `?` matches the character itself.
  private func quoted(_ path: String) -> String {
    let pattern = String(path.map { "[]*?{}\\".contains($0) ? "?" : $0 })
    return "\"\(SeedSpec.escaped(pattern))\""
  }

  /// Owners other than root:root from the listing that `dpkg-deb --contents` prints.
  static func owners(listing: String) -> [String: Owner] {
    var owners: [String: Owner] = [:]
    for line in listing.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard fields.count == 6, fields[1] != "root/root", fields[5].hasPrefix("./") else { continue }
      let names = fields[1].split(separator: "/")
      let path = "/" + fields[5].dropFirst(2).split(separator: " -> ", maxSplits: 1)[0]
      let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
      if names.count == 2 { owners[merged(trimmed)] = Owner(user: String(names[0]), group: String(names[1])) }
    }
    return owners
  }

  /// `path` as it is with a merged /usr.
  static func merged(_ path: String) -> String {
    for (old, new) in MergedUsr.moves where path.hasPrefix("/\(old)/") {
      return "/\(new)\(path.dropFirst(old.count + 1))"
    }
    return path
  }
}
