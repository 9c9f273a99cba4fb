import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// One making of a medium, in the mounted packages of the installer: payload, boot loaders, initrd, then the volume.
struct InstallerRun: Sendable {
  let request: InstallerRequest
  let identity: ImageIdentity
  let work: FilePath
  let root: MountedRoot
  let steps: ImageSteps
  let output: OutputFolder
  let report: ActivityReport

  private var tree: RootTree { RootTree(root.seen) }
  private var recipe: RootRecipe {
    RootRecipe(root: root.path, timestamp: request.timestamp, readable: [work])
  }
  /// Becomes the medium.
  private var medium: FilePath { work.appending("medium") }
  private var grub: FilePath { work.appending("grub") }
  private var shape: InstallerMedium {
    InstallerMedium(timestamp: request.timestamp, title: "Install Azure Linux \(request.releaseVersion)")
  }

  private func begin(_ step: String) { report(.step(subject: request.name, step)) }
  private func place(_ path: String) -> FilePath { medium.pushing(FilePath(path)) }

  func build() async throws -> InstallerManifest {
    for folder in ["isolinux", "boot/grub2", InstallerMedium.efiFolder, "image"] {
      try makeFolder(place(folder))
    }
    let (image, plan) = try await addPayload()
    let kernel = try await chooseKernel()
    try await own(kernel.path, as: place(InstallerMedium.kernel))
    try await addBootLoaders()
    try await addInitrd(plan, kernel)
    begin("writing \(request.file)")
    for command in shape.settle(medium) { try await steps.plain("settling times", command) }
    try output.remove(InstallerManifest.fileName)
    try await steps.plain(
      "writing \(request.file)", shape.iso(of: medium, to: output.aside(request.file)),
      environment: shape.environment)
    try output.publish(request.file)
    let manifest = InstallerManifest(
      name: request.name, releaseVersion: request.releaseVersion, file: request.file,
      size: try output.sizeOnDisk(request.file), target: request.target, diskSize: plan.size,
      diskDigest: plan.disk, packages: request.rpms.map(\.nevra.description).sorted(), image: image)
    try output.publish(InstallerManifest.fileName, json: manifest)
    return manifest
  }

  private func makeFolder(_ folder: FilePath) throws {
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
  }

  private func write(_ text: String, to file: FilePath) throws {
    try Data(text.utf8).write(to: URL(filePath: file.string))
  }

  /// The disk, packed; and what the installer is told of it.
  private func addPayload() async throws -> (ImageManifest, InstallerPlan) {
    begin("packing the disk")
    guard let image = try? ImageManifest.read(in: request.image),
      let artifact = image.disks(in: [.raw]).first?.artifact
    else {
      throw ImageError.file(request.image, doing: "use the image in", reason: "it has no raw disk")
    }
    let disk = request.image.appending(artifact.file)
    let payload = place(InstallerPlan.payloadFile)
    try await steps.plain("packing the disk", InstallerMedium.pack(disk, to: payload))
    let size = try FileManager.default.attributesOfItem(atPath: disk.string)[.size] as? Int ?? 0
    return (
      image,
      InstallerPlan(
        target: request.target, bootType: image.bootType, size: size, disk: try Digest.of(file: disk),
        payload: try Digest.of(file: payload))
    )
  }

  private func chooseKernel() async throws -> Kernel {
    let result = try await steps.attempt(
      "looking for the kernel", recipe.outside, recipe.files(providing: request.kernel), isLogged: false)
    let files = result.isSuccess ? result.text.split(separator: "\n").map(String.init) : []
    return try Kernel(package: request.kernel, files: files, tree: tree)
  }

  /// Copies a file of the packages, which may be readable for root only.
  private func own(_ path: String, as file: FilePath) async throws {
    let source = recipe.place(ofFolder: path, in: tree)
    try await steps.owning("copying \(path)", ["install", "-m", "0644", source.string, file.string])
  }

  private func addBootLoaders() async throws {
    begin("making the boot loaders")
    try write(shape.menu, to: place(InstallerMedium.configuration))
    try makeFolder(grub)
    try write(shape.stub, to: grub.appending("load.cfg"))
    var confinement = recipe.inside()
    confinement.mounts.append(.bind(grub, at: "/tmp/grub"))
    try await steps.confined(
      "making GRUB for a BIOS", confinement, InstallerMedium.biosImage(in: "/tmp/grub"))
    try FileManager.default.moveItem(
      atPath: grub.appending("eltorito.img").string, toPath: place(InstallerMedium.biosImage).string)
    let esp = work.appending("esp")
    for folder in ["EFI/BOOT", "boot/grub2"] { try makeFolder(esp.pushing(FilePath(folder))) }
    try write(shape.stub, to: esp.appending("boot/grub2/grub.cfg"))
    let found = tree.contents(of: "/boot/efi/EFI/BOOT").files
    for program in InstallerMedium.efiPrograms {
      // case is the packages' affair: FAT has none
      guard let name = found.first(where: { $0.lowercased() == program }) else {
        throw ImageError.programMissing(
          "/boot/efi/EFI/BOOT/\(program)", package: "shim and grub2-efi-binary",
          neededFor: "starting the installer by UEFI")
      }
      let file = place("\(InstallerMedium.efiFolder)/\(program)")
      try await own("/boot/efi/EFI/BOOT/\(name)", as: file)
      try FileManager.default.copyItem(
        atPath: file.string, toPath: esp.pushing(FilePath("EFI/BOOT/\(program)")).string)
    }
    for command in shape.settle(esp) { try await steps.plain("settling times", command) }
    let used = try await steps.plain("measuring", ["du", "-sk", "--apparent-size", esp.string])
    let kibibytes = (used.text.split(separator: "\t").first.flatMap { Int($0) } ?? 0) + 1024
    for command in shape.efiImage(
      place(InstallerMedium.efiImage), from: esp, kibibytes: kibibytes, serial: identity.volumeID("efiboot"))
    {
      try await steps.plain("making the UEFI boot image", command, environment: shape.environment)
    }
  }

  /// The packages without what no installer reads, and the installer.
  private func addInitrd(_ plan: InstallerPlan, _ kernel: Kernel) async throws {
    begin("making the installer")
    let modules = "/usr/lib/modules/\(kernel.version)"
    let list = String(decoding: tree.read("\(modules)/modules.dep") ?? Data(), as: UTF8.self)
    let needed = HotInitrd.order(InstallerPlan.drivers, dependencies: list)
    let keep = work.appending("modules")
    try write(needed.map { "\($0)\n" }.joined(), to: keep)
    try await steps.confined(
      "leaving out what an installer does not need", recipe.editing,
      InstallerInitrd.prune(root.path, modules: modules, keep: keep))
    for (name, path, mode, text) in [
      ("init", "init", "0755", InstallerScript.text),
      ("settings", "etc/azl-installer.conf", "0644", plan.settings),
    ] {
      let file = work.appending(name)
      try write(text, to: file)
      try await steps.confined(
        "writing /\(path)", recipe.editing,
        ["install", "-m", mode, file.string, root.path.pushing(FilePath(path)).string])
    }
    try await steps.settle(recipe, tree)
    try await steps.owning(
      "packing the installer", Archives.initrd(of: root.path, to: place(InstallerMedium.initrd)))
  }
}
