import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Brings a finished disk out of scratch: written aside, synced, renamed; the manifest last.
struct Publication {
  let run: ImageRun
  let output: FilePath

  func publish(kernel: Kernel, commandLine: String, warnings: [String]) async throws -> ImageManifest {
    try remove(ImageManifest.fileName)
    var artifacts: [ImageManifest.Artifact] = []
    // what is made from the raw disk first, then the raw disk itself: the last copy of it is a move
    let wanted = run.configuration.disk.artifacts.sorted { $0.kind.rawValue > $1.kind.rawValue }
    for (index, artifact) in wanted.enumerated() {
      artifacts.append(try await make(artifact, isLast: index == wanted.count - 1))
    }
    let tree = run.tree
    try await copy(tree.place(of: kernel.path), as: "vmlinuz")
    try remove("initrd")
    if let initrd = kernel.initrd { try await copy(tree.place(of: initrd), as: "initrd") }
    let manifest = ImageManifest(
      name: run.system.name, releaseVersion: run.request.releaseVersion,
      packages: run.request.rpms.map(\.nevra.description).sorted(),
      artifacts: artifacts.sorted { ($0.type.rawValue, $0.file) < ($1.type.rawValue, $1.file) },
      diskUUID: run.layout.uuid, partitions: run.layout.partitions.map(ImageManifest.Partition.init),
      kernel: .init(
        version: kernel.version, file: "vmlinuz", initrd: kernel.initrd.map { _ in "initrd" },
        commandLine: commandLine),
      login: run.system.login, warnings: warnings)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try publish(ImageManifest.fileName) { try encoder.encode(manifest).write(to: URL(filePath: $0.string)) }
    return manifest
  }

  private func make(
    _ artifact: ImageConfiguration.Artifact, isLast: Bool
  ) async throws -> ImageManifest.Artifact {
    let name = "\(artifact.name)-\(run.request.releaseVersion).\(artifact.kind.rawValue)"
    run.begin("writing \(name)")
    let aside = output.appending(".\(name).new")
    switch artifact.kind {
    case .raw:
      try await run.steps.plain(
        "copying the disk",
        (isLast ? ["mv"] : ["cp", "--sparse=always", "--reflink=auto"]) + [
          run.disk.disk.string, aside.string,
        ])
    case .vhdx:
      try await run.steps.plain(
        "converting to \(artifact.kind.rawValue)", run.disk.convert(to: .vhdx, output: aside))
    default: preconditionFailure("because refusals of the configuration name every other format")
    }
    try publish(name) { _ in }
    return ImageManifest.Artifact(
      type: artifact.kind, file: name, size: try sizeOnDisk(output.appending(name)))
  }

  /// In the namespace of the root's files: a kernel may be readable for root only.
  private func copy(_ source: FilePath?, as name: String) async throws {
    guard let source else { return }
    try await run.steps.owning(
      "copying \(name)",
      ["install", "-m", "0644", source.string, output.appending(".\(name).new").string])
    try publish(name) { _ in }
  }

  private func publish(_ name: String, write: (FilePath) throws -> Void) throws {
    let aside = output.appending(".\(name).new")
    try write(aside)
    let file = try FileDescriptor.open(aside, .readOnly, options: [.closeOnExec])
    let synced = fsync(file.rawValue)
    try file.close()
    guard synced == 0, rename(aside.string, output.appending(name).string) == 0 else {
      throw ImageError.file(
        output.appending(name), doing: "publish", reason: Errno(rawValue: errno).description)
    }
  }

  private func remove(_ name: String) throws {
    guard unlink(output.appending(name).string) == 0 || errno == ENOENT else {
      throw ImageError.file(
        output.appending(name), doing: "replace", reason: Errno(rawValue: errno).description)
    }
  }

  /// Of a sparse file, what it really takes.
  private func sizeOnDisk(_ path: FilePath) throws -> Int64 {
    var facts = stat()
    guard stat(path.string, &facts) == 0 else {
      throw ImageError.file(path, doing: "measure", reason: Errno(rawValue: errno).description)
    }
    return Int64(facts.st_blocks) * 512
  }
}

extension ImageManifest.Partition {
  init(_ partition: DiskLayout.Partition) {
    self.init(
      id: partition.id, number: partition.number, uuid: partition.uuid, fileSystem: partition.fileSystem,
      fileSystemUUID: partition.fileSystemUUID, mountPoint: partition.mount?.point, offset: partition.offset,
      size: partition.size)
  }
}
