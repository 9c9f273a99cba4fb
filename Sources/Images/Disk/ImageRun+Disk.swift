import AzureLinux
import Foundation
import Sandbox
import SystemPackage

extension ImageRun {
  /// Partition table, then each file system filled from its part of the root, nested mounts first.
  func makeDisk() async throws {
    begin("making the disk")
    let script = work.appending("layout")
    try Data(layout.script.utf8).write(to: URL(filePath: script.string))
    try await steps.plain(
      "making the disk", ["truncate", "--size", String(layout.size), disk.disk.string],
      environment: disk.environment)
    try await steps.plain(
      "writing the partition table", disk.partitionTable(script: script), environment: disk.environment)

    let nested = layout.partitions.sorted { ($0.mount?.point.count ?? 0) > ($1.mount?.point.count ?? 0) }
    for partition in nested {
      begin("filling partition \(partition.id)")
      let part = try await source(of: partition)
      if partition.configuration.fileSystem.isFAT {
        try await fillFAT(partition, from: part)
      } else {
        try await fillExt(partition, from: part)
      }
    }
  }

  /// The folder that becomes the partition, taken out of the root; its place stays as an empty mount point.
  private func source(of partition: DiskLayout.Partition) async throws -> FilePath {
    guard let point = partition.mount?.point, point != "/" else {
      return partition.mount == nil ? try await emptyFolder(partition) : tree.root
    }
    guard let place = tree.place(of: point) else {
      throw ImageError.file(FilePath(point), doing: "find", reason: "links lead in a circle")
    }
    let part = work.appending("part-\(partition.number)")
    try await steps.owning(
      "taking out \(point)",
      [
        "sh", "-ec",
        #"mkdir -p "$1"; mv "$1" "$2"; mkdir "$1"; chmod --reference="$2" "$1"; touch -d "@$3" "$1""#,
        "sh", place.string, part.string, String(request.timestamp),
      ])
    return part
  }

  private func emptyFolder(_ partition: DiskLayout.Partition) async throws -> FilePath {
    let part = work.appending("part-\(partition.number)")
    try await steps.owning("making a folder", ["mkdir", "-m", "0755", part.string])
    return part
  }

  private func fillExt(_ partition: DiskLayout.Partition, from part: FilePath) async throws {
    let usage = try await steps.owning("measuring \(partition.id)", ["du", "-sxk", part.string])
    let needed = (usage.text.split(separator: "\t").first.flatMap { Int($0) } ?? 0) * 1024
    if needed >= partition.size { throw full(partition, needed: needed) }
    try await steps.owning(
      "making \(partition.fileSystem) on \(partition.id)", disk.ext(partition, from: part),
      environment: disk.environment)

    let facts = try await steps.plain(
      "reading \(partition.id)", disk.describe(partition), environment: disk.environment)
    let commands = work.appending("times-\(partition.number)")
    try Data(disk.steadyTimes(inodes: usedInodes(facts.text)).utf8).write(to: URL(filePath: commands.string))
    try await steps.plain(
      "settling times on \(partition.id)", disk.edit(partition, commands: commands),
      environment: disk.environment)
  }

  private func usedInodes(_ facts: String) -> Int {
    func number(_ key: String) -> Int {
      let line = facts.split(separator: "\n").first { $0.hasPrefix(key) }
      return line.flatMap { Int($0.dropFirst(key.count).trimmingCharacters(in: .whitespaces)) } ?? 0
    }
    return number("Inode count:") - number("Free inodes:")
  }

  /// One file at a time in sorted order: the order decides where everything lies.
  private func fillFAT(_ partition: DiskLayout.Partition, from part: FilePath) async throws {
    let (folders, files) = RootTree(part).contents(of: "/")
    let needed = try files.reduce(0) { sum, file in
      let facts = try FileManager.default.attributesOfItem(atPath: part.pushing(FilePath(file)).string)
      return sum + (facts[.size] as? Int ?? 0)
    }
    // tables and folders take their share
    if needed + (1 << 20) > partition.size { throw full(partition, needed: needed + (1 << 20)) }
    let file = work.appending("fat-\(partition.number)")
    try await steps.plain(
      "making FAT on \(partition.id)", disk.fat(partition, file: file), environment: disk.environment)
    if !folders.isEmpty {
      try await steps.plain(
        "making folders on \(partition.id)", disk.fatFolders(folders, file: file),
        environment: disk.environment)
    }
    let byFolder = Dictionary(grouping: files) { FilePath($0).removingLastComponent().string }
    for (folder, files) in byFolder.sorted(by: { $0.key < $1.key }) {
      let sources = files.map { part.pushing(FilePath($0)) }
      try await steps.owning(
        "copying to \(partition.id)", disk.fatFiles(sources, to: folder, file: file),
        environment: disk.environment)
    }
    try await steps.plain(
      "placing \(partition.id)", disk.insert(file, as: partition), environment: disk.environment)
  }

  private func full(_ partition: DiskLayout.Partition, needed: Int) -> ImageError {
    .partitionFull(id: partition.id, needed: (needed + (1 << 20) - 1) >> 20, size: partition.size >> 20)
  }
}
