import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Brings a finished disk out of scratch: written aside, synced, renamed; the manifest last.
struct Publication {
  let run: ImageRun
  let output: OutputFolder

  func publish(kernel: Kernel?, commandLine: String?, warnings: [String]) async throws -> ImageManifest {
    try output.remove(ImageManifest.fileName)
    let artifacts = try await makeArtifacts()
    try output.remove("vmlinuz")
    try output.remove("initrd")
    if let kernel { try await copy(kernel.path, as: "vmlinuz") }
    if let initrd = kernel?.initrd { try await copy(initrd, as: "initrd") }
    let manifest = manifest(of: artifacts, kernel.map { file(of: $0, commandLine) }, warnings)
    try output.publish(ImageManifest.fileName, json: manifest)
    return manifest
  }

  /// What is made from a disk, its raw file last: that one is moved, not copied.
  private func makeArtifacts() async throws -> [ImageManifest.Artifact] {
    let plans = ArtifactPlan.all(
      run.configuration, disks: run.disks, version: run.request.version, isDiskOnly: run.request.isDiskOnly)
    let disks = plans.map(\.disk)
    var artifacts: [ImageManifest.Artifact] = []
    for (index, plan) in plans.enumerated() {
      let isLast = disks.lastIndex(of: plan.disk) == index
      artifacts.append(try await make(plan, isLast: isLast))
    }
    return artifacts.sorted { ($0.type.rawValue, $0.file) < ($1.type.rawValue, $1.file) }
  }

  private func file(of kernel: Kernel, _ commandLine: String?) -> ImageManifest.KernelFile {
    ImageManifest.KernelFile(
      version: kernel.version, file: "vmlinuz", initrd: kernel.initrd.map { _ in "initrd" },
      commandLine: commandLine ?? "")
  }

  private func manifest(
    of artifacts: [ImageManifest.Artifact], _ kernel: ImageManifest.KernelFile?, _ warnings: [String]
  ) -> ImageManifest {
    ImageManifest(
      name: run.system.name, releaseVersion: run.request.releaseVersion,
      packages: run.request.rpms.map(\.nevra.description).sorted(), artifacts: artifacts,
      bootType: run.system.bootType, diskUUID: run.disks?.first.uuid,
      partitions: run.disks?.partitions.map(ImageManifest.Partition.init) ?? [], kernel: kernel,
      login: run.system.login,
      unlock: run.disks?.protection == .encryption ? run.system.encryption.password : nil, warnings: warnings)
  }

  private func make(_ plan: ArtifactPlan, isLast: Bool) async throws -> ImageManifest.Artifact {
    run.begin("writing \(plan.file)")
    let plain = output.aside(plan.plain ?? plan.file)
    switch plan.source {
    case .disk(let index): try await convert(plan, disk: index, to: plain, isLast: isLast)
    case .root: try await pack(plan, to: plain)
    case .partition(let partition):
      try await run.steps.plain(
        "copying partition \(partition.id)", run.disk(partition.disk).extract(partition, to: plain))
    }
    if plan.artifact.compression != .unset, let name = plan.plain {
      try await compress(plain, named: name, as: plan.artifact.compression, to: output.aside(plan.file))
      try output.remove(plain.lastComponent?.string ?? "")
    }
    try output.publish(plan.file)
    return ImageManifest.Artifact(
      type: plan.artifact.kind == .unset ? plan.artifact.compression : plan.artifact.kind, file: plan.file,
      size: try output.sizeOnDisk(plan.file), disk: plan.disk)
  }

  private func convert(_ plan: ArtifactPlan, disk index: Int, to file: FilePath, isLast: Bool) async throws {
    let disk = run.disk(index)
    if plan.artifact.kind == .ova { return try await makeAppliance(plan, disk: index, to: file) }
    // a type that is not given is the disk itself
    let format = DiskFormat(plan.artifact.kind) ?? .raw
    let settle = identity(ofDisk: index)
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

  private func identity(ofDisk index: Int) -> VirtualDiskIdentity {
    VirtualDiskIdentity(
      identity: index == 0 ? run.diskIdentity : run.diskIdentity.part("disk \(index)"),
      timestamp: run.request.timestamp)
  }

  private func makeAppliance(_ plan: ArtifactPlan, disk index: Int, to file: FilePath) async throws {
    let folder = run.work.appending("appliance-\(UUID().uuidString.lowercased())")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    let appliance = VirtualAppliance(name: plan.stem, folder: folder, timestamp: run.request.timestamp)
    try await run.steps.plain("converting to vmdk", appliance.convert(run.disk(index).disk))
    try identity(ofDisk: index).settleVMDK(appliance.disk)
    let facts = try FileManager.default.attributesOfItem(atPath: appliance.disk.string)
    let envelope = appliance.envelope(
      fileSize: facts[.size] as? Int ?? 0, capacity: run.disks?.layouts[index].size ?? 0,
      version: run.request.releaseVersion, isEFI: run.system.bootType == .efi)
    try Data(envelope.utf8).write(to: URL(filePath: appliance.description.string))
    try await run.steps.plain("signing \(plan.stem)", appliance.sign())
    try await run.steps.plain("packing \(plan.file)", appliance.pack(to: file))
    try FileManager.default.removeItem(atPath: folder.string)
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
      ? Archives.tar(method, ofFile: source, named: name, to: file, timestamp: run.request.timestamp)
      : Archives.compress(method, source, to: file)
    try await run.steps.plain("compressing \(name)", command)
  }

  /// In the namespace of the root's files: a kernel may be readable for root only.
  private func copy(_ path: String, as name: String) async throws {
    let source = run.recipe.place(ofFolder: path, in: run.tree)
    try await run.steps.owning(
      "copying \(name)",
      ["install", "-m", "0644", source.string, output.aside(name).string])
    try output.publish(name)
  }
}

extension ImageManifest.Partition {
  init(_ partition: DiskLayout.Partition) {
    self.init(
      id: partition.id, disk: partition.disk, number: partition.number, uuid: partition.uuid,
      fileSystem: partition.fileSystem,
      fileSystemUUID: partition.fileSystemUUID, mountPoint: partition.mount?.point, offset: partition.offset,
      size: partition.size)
  }
}
