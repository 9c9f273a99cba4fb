import AzureLinux
import CLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The file system of a layer of packages alone, made once and kept beside the layer: what is written over the layer
/// is written into a copy of it, which takes less than making it anew.
struct FileSystemStock: Sendable {
  let store: FilePath
  /// The undermost layer, relative to the store.
  let lower: String
  let partition: DiskLayout.Partition
  /// Mount points of other file systems, relative.
  let others: [String]
  /// Seconds since 1970.
  let timestamp: Int

  private var tools: DiskTools { DiskTools(disk: file, timestamp: timestamp) }

  private var folder: FilePath {
    var own = partition
    // as a file of its own, from its first byte
    own.firstSector = 0
    let words = DiskTools(disk: "disk", timestamp: timestamp).ext(own, from: "root") + others
    let name = Digest.of((["azl-dev/file-system/1"] + words).joined(separator: "\n")).hex
    return store.appending(lower).removingLastComponent().appending("disk-\(name.prefix(16))")
  }

  var file: FilePath { folder.appending("disk") }

  /// Each path, and whether it is a folder.
  func paths() throws -> [String: Bool] {
    let data = try Data(contentsOf: URL(filePath: folder.appending("paths").string))
    let cells = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return stride(from: 0, to: cells.count - 1, by: 2).reduce(into: [:]) {
      $0[cells[$1 + 1]] = cells[$1] == "d"
    }
  }

  /// - Parameter scratch: of this build, removed with it.
  func make(
    scratch: FilePath, privilege: Privilege, steps: ImageSteps,
    fill: (DiskTools, DiskLayout.Partition, FilePath, ImageSteps) async throws -> Void
  ) async throws {
    guard !FileManager.default.fileExists(atPath: folder.string) else { return }
    let name = "scratch/\(scratch.lastComponent?.string ?? "")/plain"
    let overlay = Overlay(
      store: store, lower: [lower], upper: "\(name)/upper", work: "\(name)/overlay", merged: "\(name)/root")
    try overlay.prepare()
    let aside = scratch.appending("plain/made")
    try FileManager.default.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
    try await overlay.whileMounted(privilege: privilege) { root in
      let steps = steps.inside(root)
      let recipe = RootRecipe(root: root.path, timestamp: timestamp)
      for other in others {
        try await steps.confined(
          "emptying \(other)", recipe.editing,
          [
            "sh", "-ec", #"[ ! -d "$1" ] || { find "$1" -mindepth 1 -delete; touch -d "@$2" "$1"; }"#, "sh",
            recipe.place(ofFolder: other, in: RootTree(root.seen)).string, String(timestamp),
          ])
      }
      let list = try await steps.list(
        "listing the packages' files", ["find", root.path.string, "-mindepth", "1", "-printf", #"%y\0%P\0"#])
      try list.output.write(to: URL(filePath: aside.appending("paths").string))
      var own = partition
      own.firstSector = 0
      let tools = DiskTools(disk: aside.appending("disk"), timestamp: timestamp)
      try await steps.plain(
        "making a disk", ["truncate", "--size", String(partition.size), tools.disk.string])
      try await fill(tools, own, root.path, steps)
    }
    try await steps.plain("syncing", ["sync", "--file-system", aside.string])
    guard rename(aside.string, folder.string) == 0 || FileManager.default.fileExists(atPath: folder.string)
    else {
      throw ImageError.file(folder, doing: "publish", reason: Errno(rawValue: errno).description)
    }
  }

  /// Into a place of the disk that is all zeros; holes stay holes.
  func copy(to disk: FilePath) throws {
    let source = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
    defer { try? source.close() }
    let target = try FileDescriptor.open(disk, .readWrite, options: [.closeOnExec])
    try target.closeAfter {
      guard clinux_copy_data(source.rawValue, target.rawValue, off_t(partition.offset)) == 0 else {
        throw ImageError.file(disk, doing: "copy the packages to", reason: Errno(rawValue: errno).description)
      }
    }
  }
}
