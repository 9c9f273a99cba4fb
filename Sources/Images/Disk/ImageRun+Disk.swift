import AzureLinux
import Foundation
import Sandbox
import SystemPackage

extension ImageRun {
  /// Partition tables, then each file system filled from its part of the root.
  ///
  /// - Returns: what the kernel has to be told of the root, which is known only now.
  func makeDisks(_ boot: BootFiles?) async throws -> String? {
    guard let disks else { return nil }
    for layout in disks.layouts { try await makeTable(layout) }
    // nested mounts are taken out first, and the root is filled before what may have to know of it
    let nested = disks.partitions.sorted { ($0.mount?.point.count ?? 0) > ($1.mount?.point.count ?? 0) }
    var parts: [(partition: DiskLayout.Partition, folder: FilePath)] = []
    for partition in nested
    where partition.configuration.fileSystem.isFAT || partition.configuration.fileSystem.isExt {
      parts.append((partition, try await source(of: partition)))
    }
    var word: String?
    if let root = parts.first(where: { $0.partition.mount?.point == "/" }) {
      try await fill(root.partition, from: root.folder)
      word = try await protect(root.partition)
      if let word, let boot { try await rewrite(boot, telling: word, in: parts) }
    }
    for part in parts where part.partition.mount?.point != "/" {
      try await fill(part.partition, from: part.folder)
    }
    for partition in disks.partitions where partition.isSwap { try await makeSwap(partition) }
    try await placeBinaries()
    return word
  }

  private func fill(_ partition: DiskLayout.Partition, from part: FilePath) async throws {
    begin("filling partition \(partition.id)")
    if partition.configuration.fileSystem.isFAT { return try await fillFAT(partition, from: part) }
    if try await !patch(partition) {
      try await fillExt(partition, from: part, disk(partition.disk), steps)
    }
    try await label(partition, from: part)
  }

  private func placeBinaries() async throws {
    for (index, configuration) in configuration.disks.enumerated() {
      for binary in configuration.rawBinaries {
        begin("placing \(binary.path)")
        try await steps.plain(
          "placing \(binary.path)", disk(index).place(binary, from: request.place(of: binary.path)),
          environment: disk(index).environment)
      }
    }
  }

  private func makeTable(_ layout: DiskLayout) async throws {
    begin("making disk \(layout.index)")
    let disk = disk(layout.index)
    let script = work.appending("layout-\(layout.index)")
    try Data(layout.script.utf8).write(to: URL(filePath: script.string))
    try await steps.plain(
      "making disk \(layout.index)", ["truncate", "--size", String(layout.size), disk.disk.string],
      environment: disk.environment)
    try await steps.plain(
      "writing the partition table", disk.partitionTable(script: script), environment: disk.environment)
  }

  func file(_ purpose: String, of partition: DiskLayout.Partition) -> FilePath {
    work.appending("\(purpose)-\(partition.disk)-\(partition.number)")
  }

  private func makeSwap(_ partition: DiskLayout.Partition) async throws {
    let disk = disk(partition.disk)
    let file = file("swap", of: partition)
    for command in disk.swap(partition, file: file) {
      try await steps.plain("making swap on \(partition.id)", command, environment: disk.environment)
    }
    try await steps.plain(
      "placing \(partition.id)", disk.insert(file, as: partition), environment: disk.environment)
  }

  /// The folder that becomes the partition, taken out of the root; its place stays as an empty mount point.
  private func source(of partition: DiskLayout.Partition) async throws -> FilePath {
    guard let point = partition.mount?.point, point != "/" else {
      return partition.mount == nil ? try await emptyFolder(partition) : root.path
    }
    guard tree.place(of: point) != nil else {
      throw ImageError.file(FilePath(point), doing: "find", reason: "links lead in a circle")
    }
    let place = recipe.place(ofFolder: point, in: tree)
    let part = file("part", of: partition)
    try await steps.owning(
      "taking out \(point)",
      [
        "sh", "-ec",
        // both folders were just changed, which must not show
        #"mkdir -p "$1"; mv "$1" "$2"; mkdir "$1"; chmod --reference="$2" "$1"; touch -d "@$3" "$1" "${1%/*}""#,
        "sh", place.string, part.string, String(request.timestamp),
      ])
    return part
  }

  private func emptyFolder(_ partition: DiskLayout.Partition) async throws -> FilePath {
    let part = file("part", of: partition)
    try await steps.owning("making a folder", ["mkdir", "-m", "0755", part.string])
    return part
  }

  private func fillExt(
    _ partition: DiskLayout.Partition, from part: FilePath, _ disk: DiskTools, _ steps: ImageSteps
  ) async throws {
    let usage = try await steps.owning("measuring \(partition.id)", ["du", "-sxk", part.string])
    let needed = (usage.text.split(separator: "\t").first.flatMap { Int($0) } ?? 0) * 1024
    if needed >= partition.fileSystemSize { throw full(partition, needed: needed) }
    try await steps.owning(
      "making \(partition.fileSystem) on \(partition.id)", disk.ext(partition, from: part),
      environment: disk.environment)

    let facts = try await steps.plain(
      "reading \(partition.id)", disk.describe(partition), environment: disk.environment)
    let commands = file("times", of: partition)
    try Data(disk.steadyTimes(inodes: usedInodes(facts.text)).utf8).write(to: URL(filePath: commands.string))
    try await steps.plain(
      "settling times on \(partition.id)", disk.edit(partition, commands: commands),
      environment: disk.environment)
  }

  /// The root out of the file system of its packages, with what lies over them written into it.
  ///
  /// - Returns: false where it has to be made anew.
  private func patch(_ partition: DiskLayout.Partition) async throws -> Bool {
    guard !isClean, partition.mount?.point == "/", let disks, let base = lower.last else { return false }
    let disk = disk(partition.disk)
    let others = disks.partitions.compactMap(\.mount?.point).filter { $0 != "/" }.map {
      String($0.dropFirst())
    }
    let stock = FileSystemStock(
      store: store, lower: base, partition: partition, others: others, timestamp: request.timestamp)
    try await stock.make(scratch: work, privilege: steps.privilege, steps: steps.outside) {
      try await fillExt($1, from: $2, $0, $3)
    }
    let values = work.appending("values")
    var patch = FileSystemPatch(
      paths: try stock.paths(), timestamp: request.timestamp, valuesFolder: values.string)
    for upper in lower.dropLast().reversed() + [self.upper] {
      let folder = store.appending(upper).string
      let list = try await steps.list("listing what is new", TreeEntry.list(folder))
      let attributes = try await steps.list("listing attributes", TreeEntry.attributes(folder))
      patch.apply(
        TreeEntry.parse(list.output, attributes: attributes.text, of: folder), of: folder, leavingOut: others)
    }
    guard patch.obstacle == nil else { return false }
    try FileManager.default.createDirectory(atPath: values.string, withIntermediateDirectories: true)
    for (number, value) in patch.values.enumerated() {
      try Data(value).write(to: URL(filePath: values.appending(String(number)).string))
    }
    let commands = work.appending("patch")
    try Data(patch.text.utf8).write(to: URL(filePath: commands.string))
    try stock.copy(to: disk.disk)
    let result = try await steps.owning(
      "writing what is new to \(partition.id)", disk.edit(partition, commands: commands),
      environment: disk.environment)
    guard !DebugfsScript.trouble(result).isEmpty else { return true }
    // mke2fs relies on zeros
    try await steps.plain("emptying \(partition.id)", disk.empty(partition), environment: disk.environment)
    return false
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
    let disk = disk(partition.disk)
    let file = file("fat", of: partition)
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
