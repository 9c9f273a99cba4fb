import Foundation

/// What debugfs has to do so that a file system holds what an overlay's upper folder puts over it. Pure.
///
/// Made of the paths that the file system has, and of upper folders, one after the other.
struct FileSystemPatch {
  /// What is there, and which of it are folders.
  private(set) var paths: [String: Bool]
  private var script = DebugfsScript()
  /// Values of extended attributes: debugfs reads them from files.
  private(set) var values: [[UInt8]] = []
  /// Something that is not written this way; the file system has to be made anew.
  var obstacle: String? { unwritable ?? script.obstacle }
  var text: String { script.text }
  private var unwritable: String?
  /// Seconds since 1970.
  private let timestamp: Int
  private let valuesFolder: String

  init(paths: [String: Bool], timestamp: Int, valuesFolder: String) {
    self.paths = paths
    self.timestamp = timestamp
    self.valuesFolder = valuesFolder
  }

  /// - Parameters:
  ///   - upper: its place on this machine.
  ///   - leavingOut: paths whose contents belong to other file systems.
  mutating func apply(_ entries: [TreeEntry], of upper: String, leavingOut: [String]) {
    var firstNames: [Int: String] = [:]
    for entry in entries where !leavingOut.contains(where: { entry.path.hasPrefix($0 + "/") }) {
      switch entry.kind {
      case .other: unwritable = entry.path
      case .whiteout: remove(entry.path)
      case .folder: putFolder(entry)
      case .file:
        if entry.names > 1, let first = firstNames[entry.inode] {
          remove(entry.path)
          script.add("ln \(quoted(first)) \(quoted(entry.path))")
          script.add("sif \(quoted(first)) links_count \(entry.names)")
          paths[entry.path] = false
          continue
        }
        firstNames[entry.inode] = entry.path
        remove(entry.path)
        script.add("write \(quoted(upper + "/" + entry.path, isOutside: true)) \(quoted(entry.path))")
        paths[entry.path] = false
        settle(entry, type: 0o100000)
      case .link(let target):
        remove(entry.path)
        script.add("symlink \(quoted(entry.path)) \(quoted(target, isOutside: true))")
        paths[entry.path] = false
        settle(entry, type: 0o120000)
      }
    }
  }

  private mutating func putFolder(_ entry: TreeEntry) {
    if paths[entry.path] == true || entry.path.isEmpty {
      if entry.isOpaque { removeContents(of: entry.path) }
    } else {
      remove(entry.path)
      script.add("mkdir \(quoted(entry.path))")
      paths[entry.path] = true
    }
    settle(entry, type: 0o040000)
  }

  private mutating func settle(_ entry: TreeEntry, type: Int) {
    let path = quoted(entry.path)
    let fields: [(String, String)] = [
      ("mode", "0" + String(type | entry.mode, radix: 8)), ("uid", String(entry.uid)),
      ("gid", String(entry.gid)),
      ("mtime", "@\(entry.changed)"), ("ctime", "@\(timestamp)"), ("atime", "@\(timestamp)"),
    ]
    for (name, value) in fields { script.add("sif \(path) \(name) \(value)") }
    for (name, value) in entry.attributes.sorted(by: { $0.key < $1.key })
    where !TreeEntry.marks.contains(where: name.hasPrefix) {
      // lists of access rights have another form on disk
      if name.hasPrefix("system.") { unwritable = entry.path }
      script.add(
        "ea_set -f \(script.quoted("\(valuesFolder)/\(values.count)")) \(path) \(script.quoted(name))")
      values.append(value)
    }
  }

  private mutating func remove(_ path: String) {
    guard let isFolder = paths.removeValue(forKey: path) else { return }
    if isFolder {
      removeContents(of: path)
      script.add("rmdir \(quoted(path))")
    } else {
      script.add("rm \(quoted(path))")
    }
  }

  private mutating func removeContents(of folder: String) {
    let prefix = folder.isEmpty ? "" : folder + "/"
    // the deepest first
    for path in paths.keys.filter({ $0.hasPrefix(prefix) && $0 != folder && !$0.isEmpty }).sorted(by: >) {
      script.add(
        paths.removeValue(forKey: path) == true ? "rmdir \(quoted(path))" : "rm \(quoted(path))")
    }
  }

  private mutating func quoted(_ path: String, isOutside: Bool = false) -> String {
    script.quoted(isOutside ? path : "/" + path)
  }
}
