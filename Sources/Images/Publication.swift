import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Brings a finished disk out of scratch: written aside, synced, renamed; the manifest last.
struct Publication {
  let run: ImageRun
  let output: FilePath

  func publish(kernel: Kernel?, commandLine: String?, warnings: [String]) async throws -> ImageManifest {
    try remove(ImageManifest.fileName)
    var artifacts: [ImageManifest.Artifact] = []
    let plans = ArtifactPlan.all(
      run.configuration, layout: run.layout, version: run.request.version)
    for (index, plan) in plans.enumerated() {
      artifacts.append(try await make(plan, isLast: index == plans.count - 1))
    }
    try remove("vmlinuz")
    try remove("initrd")
    if let kernel { try await copy(kernel.path, as: "vmlinuz") }
    if let initrd = kernel?.initrd { try await copy(initrd, as: "initrd") }
    let manifest = ImageManifest(
      name: run.system.name, releaseVersion: run.request.releaseVersion,
      packages: run.request.rpms.map(\.nevra.description).sorted(),
      artifacts: artifacts.sorted { ($0.type.rawValue, $0.file) < ($1.type.rawValue, $1.file) },
      bootType: run.system.bootType, diskUUID: run.layout?.uuid,
      partitions: run.layout?.partitions.map(ImageManifest.Partition.init) ?? [],
      kernel: kernel.map { kernel in
        .init(
          version: kernel.version, file: "vmlinuz", initrd: kernel.initrd.map { _ in "initrd" },
          commandLine: commandLine ?? "")
      },
      login: run.system.login, warnings: warnings)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try publish(ImageManifest.fileName) { try encoder.encode(manifest).write(to: URL(filePath: $0.string)) }
    return manifest
  }

  private func make(_ plan: ArtifactPlan, isLast: Bool) async throws -> ImageManifest.Artifact {
    run.begin("writing \(plan.file)")
    let plain = aside(plan.plain ?? plan.file)
    switch plan.source {
    case .disk: try await convert(plan, to: plain, isLast: isLast)
    case .root: try await pack(plan, to: plain)
    case .partition(let partition):
      try await run.steps.plain("copying partition \(partition.id)", run.disk.extract(partition, to: plain))
    }
    if plan.artifact.compression != .unset, let name = plan.plain {
      try await compress(plain, named: name, as: plan.artifact.compression, to: aside(plan.file))
      try remove(plain.lastComponent?.string ?? "")
    }
    try publish(plan.file) { _ in }
    return ImageManifest.Artifact(
      type: plan.artifact.kind == .unset ? plan.artifact.compression : plan.artifact.kind, file: plan.file,
      size: try sizeOnDisk(output.appending(plan.file)))
  }

  private func aside(_ name: String) -> FilePath { output.appending(".\(name).new") }

  private func convert(_ plan: ArtifactPlan, to file: FilePath, isLast: Bool) async throws {
    let disk = run.disk
    // a type that is not given is the disk itself
    let format = DiskFormat(plan.artifact.kind) ?? .raw
    let settle = VirtualDiskIdentity(identity: run.diskIdentity, timestamp: run.request.timestamp)
    switch format {
    case .raw:
      let words = isLast && plan.isDiskItself ? ["mv"] : ["cp", "--sparse=always", "--reflink=auto"]
      try await run.steps.plain("copying the disk", words + [disk.disk.string, file.string])
    case .vhd, .vhdx, .qcow2:
      try await run.steps.plain("converting to \(format.rawValue)", disk.convert(to: format, output: file))
      if format == .vhd { try settle.settleFixedVHD(file) }
      if format == .vhdx { try settle.settleVHDX(file) }
    }
  }

  /// Of the root folder.
  private func pack(_ plan: ArtifactPlan, to file: FilePath) async throws {
    let root = run.root.path
    let kind = plan.artifact.kind == .unset ? plan.artifact.compression : plan.artifact.kind
    let command =
      switch kind.rawValue {
      case "initrd": Archives.initrd(of: root, to: file)
      case "squashfs": Archives.squashfs(of: root, to: file, timestamp: run.request.timestamp)
      case "tar.xz": Archives.tar(.xz, of: root, to: file)
      default: Archives.tar(.gz, of: root, to: file)
      }
    try await run.steps.owning("packing \(plan.file)", command)
  }

  private func compress(
    _ source: FilePath, named name: String, as kind: ImageConfiguration.Artifact.Kind, to file: FilePath
  ) async throws {
    let method: Archives.Compression = kind.rawValue.hasSuffix("xz") ? .xz : .gz
    let command =
      kind.rawValue.hasPrefix("tar.")
      ? Archives.tar(method, ofFile: source, named: name, to: file)
      : Archives.compress(method, source, to: file)
    try await run.steps.plain("compressing \(name)", command)
  }

  /// In the namespace of the root's files: a kernel may be readable for root only.
  private func copy(_ path: String, as name: String) async throws {
    let source = run.recipe.place(ofFolder: path, in: run.tree)
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
