import AzureLinux
import Foundation
import Sandbox
import SystemPackage

extension ImageRun {
  /// What boots an image, as its packages and its configuration have it.
  fileprivate enum Loader {
    case systemdBoot(esp: String)
    case grub(esp: String)
    case grubBIOS
  }

  private func loader(_ disks: DiskSet) throws -> Loader? {
    switch system.bootType {
    case .nothing, .unset: return nil
    case .legacy: return .grubBIOS
    case .efi:
      guard let esp = disks.esp?.mount?.point else {
        preconditionFailure("because refusals name an efi image without an ESP")
      }
      // as upstream: packages bring GRUB onto the ESP
      if tree.exists("\(esp)/EFI/BOOT/grubx64.efi") { return .grub(esp: esp) }
      guard tree.exists(SystemdBoot.program) else { throw ImageError.bootLoaderMissing }
      return .systemdBoot(esp: esp)
    }
  }

  /// What starts the kernel, and with which words; nil for what has no disk or no kernel.
  struct BootFiles {
    let kernel: Kernel
    let title: String
    var commandLine: String
    fileprivate let loader: Loader?
  }

  func addBootLoader(_ kernel: Kernel?) async throws -> BootFiles? {
    guard let disks, let kernel, let rootPartition = disks.mounted(at: "/") else { return nil }
    let boot = BootFiles(
      kernel: kernel, title: "Azure Linux \(request.releaseVersion)",
      commandLine: KernelArguments.line(system, disks: disks, root: rootPartition), loader: try loader(disks))
    if let protection = disks.protection, disks.mounted(at: "/boot") == nil {
      switch boot.loader {
      case nil, .systemdBoot: break
      case .grub, .grubBIOS: throw ImageError.bootInProtectedRoot(key: protection.key)
      }
    }
    if case .grubBIOS = boot.loader { try await makeGRUB(grub(boot, disks)) }
    try await place("boot", files(boot, disks))
    return boot
  }

  private func grub(_ boot: BootFiles, _ disks: DiskSet) -> Grub {
    Grub(disks: disks, title: boot.title, kernel: boot.kernel, commandLine: boot.commandLine)
  }

  private func files(_ boot: BootFiles, _ disks: DiskSet) throws -> [PreparedFile] {
    switch boot.loader {
    case nil: []
    case .systemdBoot(let esp):
      try SystemdBoot.files(
        esp: esp, title: boot.title, kernel: boot.kernel, tree: tree, commandLine: boot.commandLine)
    case .grub(let esp): grub(boot, disks).files(esp: esp, writesConfiguration: system.grubMkconfig)
    case .grubBIOS: grub(boot, disks).files(esp: nil, writesConfiguration: system.grubMkconfig)
    }
  }

  /// With one more word for the kernel, where the boot loader's files lie by now: in folders of their own, which become
  /// other partitions than the root.
  func rewrite(
    _ boot: BootFiles, telling word: String, in parts: [(partition: DiskLayout.Partition, folder: FilePath)]
  ) async throws {
    guard let disks else { return }
    var boot = boot
    boot.commandLine += " \(word)"
    // the kernel stays where it was put, and is no longer where it was taken from
    let files = try files(boot, disks).filter { if case .text = $0.content { true } else { false } }
    // the longest mount point first, as they come
    var left = files
    for (partition, folder) in parts {
      guard let point = partition.mount?.point, point != "/" else { continue }
      let own = left.filter { $0.path.hasPrefix(point + "/") }
      left.removeAll { $0.path.hasPrefix(point + "/") }
      try await place(
        "boot", own.map { PreparedFile(String($0.path.dropFirst(point.count)), $0.content, mode: $0.mode) },
        in: folder)
    }
  }

  private var grubFolder: FilePath { work.appending("grub") }

  /// Where the packages are that bring GRUB for a BIOS, which the image itself need not have.
  private func makeGRUB(_ grub: Grub) async throws {
    begin("making the boot loader")
    let layer = PackageLayer(
      rpms: request.bootTools, docs: false, locales: "", timestamp: request.timestamp, store: store,
      privilege: steps.privilege)
    let made = try await layer.make(scratch: work, steps: steps.outside, report: report)
    try FileManager.default.createDirectory(atPath: grubFolder.string, withIntermediateDirectories: true)
    try Data(GrubBIOS.search(grub).utf8).write(to: URL(filePath: grubFolder.appending("load.cfg").string))
    let name = "scratch/\(work.lastComponent?.string ?? "")/tools"
    let overlay = Overlay(
      store: store, lower: made.lower, upper: "\(name)/upper", work: "\(name)/overlay", merged: "\(name)/root"
    )
    try overlay.prepare()
    let confinement = Confinement(
      root: .overlay(overlay), mounts: [.temporary("/tmp"), .bind(grubFolder, at: "/tmp/grub")],
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"], hostName: "azl-image")
    try await steps.outside.confined("making GRUB", confinement, GrubBIOS.make(in: "/tmp/grub"))
    try await steps.confined(
      "copying GRUB's modules", recipe.editing,
      [
        "sh", "-ec", #"mkdir -p -m 0700 "$2" && cp "$1"/* "$2" && chmod 0400 "$2"/*"#, "sh",
        grubFolder.appending("modules").string,
        recipe.place(ofFolder: "/boot/grub2/i386-pc", in: tree).string,
      ])
  }

  /// Onto the finished disk.
  func installGRUB() throws {
    guard system.bootType == .legacy, let disks else { return }
    guard let place = GrubBIOS(disks.first) else {
      preconditionFailure("because refusals name a legacy disk without room for GRUB")
    }
    try place.write(
      boot: grubFolder.appending("boot.img"), core: grubFolder.appending("core.img"), disk: disk(0).disk)
  }
}
