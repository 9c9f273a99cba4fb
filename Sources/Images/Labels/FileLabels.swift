import Foundation
import SystemPackage

/// The labels of a file system's files: which there are to be, and what debugfs has to do for it. They are written into
/// the finished file system, since only a machine's root may give files of a mounted one a label, and only where the
/// kernel has no policy of its own. Pure.
struct FileLabels {
  /// By kind: find's letter, which is matchpathcon's too.
  private var paths: [String: [String]] = [:]
  private let point: String

  /// In no order; the first is the folder itself.
  static func list(_ folder: String) -> [String] { ["find", folder, "-printf", #"%y\0%P\0"#] }

  /// - Parameters:
  ///   - list: what that printed.
  ///   - point: where the file system is mounted.
  init(_ list: Data, mountedAt point: String) {
    self.point = point == "/" ? "" : point
    let cells = list.split(separator: 0, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    for start in stride(from: 0, to: cells.count - 1, by: 2) {
      paths[cells[start], default: []].append(cells[start + 1])
    }
    // mke2fs makes it
    if paths["d"]?.contains("lost+found") == false { paths["d"]?.append("lost+found") }
    for kind in paths.keys { paths[kind]?.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
  }

  /// Of this machine; it reads the image's policy, whatever the machine's own is.
  static let program = "matchpathcon"

  var kinds: [String] { paths.keys.sorted() }

  /// Each path as the image knows it, ended by a zero: the input of `lookup`.
  func names(_ kind: String) -> Data {
    Data((paths[kind] ?? []).map { name(of: $0) + "\0" }.joined().utf8)
  }

  /// A label a line, in the order of the names: nobody's names can come between.
  static func lookup(_ kind: String, contexts: FilePath, names: FilePath) -> [String] {
    [
      "sh", "-ec", #"exec xargs -0 -r \#(program) -N -n -m "$1" -f "$2" < "$3""#, "sh", kind,
      contexts.string, names.string,
    ]
  }

  /// What debugfs has to do, and the values that it reads from files of their numbers in a folder.
  struct Commands {
    var script = DebugfsScript()
    var values: [Data] = []
  }

  /// - Parameter answers: of `lookup`, by kind. nil where there are not as many labels as names.
  func commands(_ answers: [String: String], valuesIn folder: FilePath) -> Commands? {
    var numbers: [Substring: Int] = [:]
    var commands = Commands()
    for kind in kinds {
      let names = paths[kind] ?? []
      let labels = (answers[kind] ?? "").split(separator: "\n")
      guard names.count == labels.count else { return nil }
      for (path, label) in zip(names, labels) where label != "<<none>>" {
        let number = numbers[label] ?? numbers.count
        if numbers.updateValue(number, forKey: label) == nil {
          commands.values.append(Data(label.utf8) + [0])
        }
        let value = commands.script.quoted(folder.appending(String(number)).string)
        commands.script.add("ea_set -f \(value) \(commands.script.quoted("/" + path)) security.selinux")
      }
    }
    return commands
  }

  private func name(of path: String) -> String {
    path.isEmpty ? (point.isEmpty ? "/" : point) : "\(point)/\(path)"
  }
}
