import Foundation
import SystemPackage

/// Where this process may make control groups, by controller: in the one hierarchy of version 2, or in version 1's
/// own of each. Nil where it may not; then only limits of single processes are left.
package struct ControlGroups: Hashable, Sendable {
  package enum Version: Int, Hashable, Sendable {
    case one = 1
    case two
  }

  package struct Place: Hashable, Sendable {
    package var version: Version
    /// An existing group, in which groups of builds are made.
    package var parent: FilePath
  }

  package var memory: Place?
  package var processes: Place?

  /// Names of groups start so, then comes the pid of their maker.
  static let prefix = "azl-dev-"

  package init(memory: Place? = nil, processes: Place? = nil) {
    self.memory = memory
    self.processes = processes
  }

  /// As this machine has them now.
  package static func find() -> ControlGroups {
    let files = KernelFiles(
      mounts: read("/proc/self/mountinfo"), own: read("/proc/self/cgroup"),
      isWritable: { access($0.string, W_OK) == 0 }, content: { read($0.string) })
    return ControlGroups(memory: files.place(of: "memory"), processes: files.place(of: "pids"))
  }

  /// By handle: what Foundation reads by path ends after a page of such a file.
  private static func read(_ path: String) -> String {
    String(decoding: FileHandle(forReadingAtPath: path)?.readDataToEndOfFile() ?? Data(), as: UTF8.self)
  }

  /// Groups of makers that are gone; the kernel removes only those that are empty.
  package func removeAbandoned() {
    for parent in Set([memory, processes].compactMap { $0?.parent }) {
      for name in Folders.entries(parent) where name.hasPrefix(Self.prefix) {
        let maker = Int32(name.dropFirst(Self.prefix.count).prefix { $0.isNumber }) ?? 0
        if maker > 0, kill(maker, 0) != 0, errno == ESRCH { rmdir(parent.appending(name).string) }
      }
    }
  }
}

/// What the kernel says of control groups. Pure but for the two questions, so that other machines' answers can be read.
struct KernelFiles {
  var mounts: String
  var own: String
  var isWritable: (FilePath) -> Bool
  var content: (FilePath) -> String

  func place(of controller: String) -> ControlGroups.Place? { second(controller) ?? first(controller) }

  /// Version 2: the nearest group from here up that shares the controller out, and may be written. A process may be
  /// moved only by who may write the list of processes of the group above both.
  private func second(_ controller: String) -> ControlGroups.Place? {
    guard let mount = mounted.first(where: { $0.type == "cgroup2" }), let path = path(of: "") else {
      return nil
    }
    var group = FilePath(mount.point.string + inside(path, mount.root))
    while group.starts(with: mount.point) {
      let shared = content(group.appending("cgroup.subtree_control")).split { $0.isWhitespace }
      if shared.contains(where: { $0 == controller }), isWritable(group),
        isWritable(group.appending("cgroup.procs"))
      {
        return .init(version: .two, parent: group)
      }
      guard group.removeLastComponent() else { break }
    }
    return nil
  }

  private func first(_ controller: String) -> ControlGroups.Place? {
    guard
      let mount = mounted.first(where: { $0.type == "cgroup" && $0.options.contains(Substring(controller)) }),
      let path = path(of: controller)
    else { return nil }
    return [FilePath(mount.point.string + inside(path, mount.root)), mount.point]
      .first { isWritable($0) && isWritable($0.appending("cgroup.procs")) }
      .map { .init(version: .one, parent: $0) }
  }

  private struct Mount {
    var root: Substring
    var point: FilePath
    var type: Substring
    var options: [Substring]
  }

  /// `id parent major:minor root point options … - type source super-options`
  private var mounted: [Mount] {
    mounts.split(separator: "\n").compactMap { line in
      let halves = line.components(separatedBy: " - ")
      guard halves.count == 2 else { return nil }
      let left = halves[0].split(separator: " ")
      let right = halves[1].split(separator: " ")
      guard left.count > 4, right.count > 2 else { return nil }
      return Mount(
        root: left[3], point: FilePath(String(left[4])), type: right[0],
        options: right[2].split(separator: ","))
    }
  }

  /// `id:controllers:path`, with no controllers for version 2.
  private func path(of controller: String) -> Substring? {
    for line in own.split(separator: "\n") {
      let cells = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard cells.count == 3 else { continue }
      if controller.isEmpty
        ? cells[1].isEmpty : cells[1].split(separator: ",").contains(Substring(controller))
      {
        return cells[2]
      }
    }
    return nil
  }

  /// A container often sees only its own part of the hierarchy mounted.
  private func inside(_ path: Substring, _ root: Substring) -> String {
    let part = root != "/" && path.hasPrefix(root) ? path.dropFirst(root.count) : path
    return part == "/" ? "" : String(part)
  }
}
