import AzureLinux
import Foundation
import Sandbox
import SystemPackage

extension ImageRun {
  /// What boots an image, as its packages and its configuration have it.
  private enum Loader {
    case systemdBoot(esp: String)
    case grub(esp: String)
    case grubBIOS
  }

  private func loader(_ layout: DiskLayout) throws -> Loader? {
    switch system.bootType {
    case .nothing, .unset: return nil
    case .legacy: return .grubBIOS
    case .efi:
      guard let esp = layout.esp?.mount?.point else {
        preconditionFailure("because refusals name an efi image without an ESP")
      }
      // as upstream: packages bring GRUB onto the ESP
      if tree.exists("\(esp)/EFI/BOOT/grubx64.efi") { return .grub(esp: esp) }
      guard tree.exists(SystemdBoot.program) else { throw ImageError.bootLoaderMissing }
      return .systemdBoot(esp: esp)
    }
  }

  /// - Returns: the kernel's command line; nil for what has no disk or no kernel.
  func addBootLoader(_ kernel: Kernel?) async throws -> String? {
    guard let layout, let kernel, let rootPartition = layout.mounted(at: "/") else { return nil }
    let line = KernelArguments.line(system, layout: layout, root: rootPartition)
    let title = "Azure Linux \(request.releaseVersion)"
    let grub = Grub(layout: layout, title: title, kernel: kernel, commandLine: line)
    switch try loader(layout) {
    case nil: break
    case .systemdBoot(let esp):
      try await place(
        "boot",
        SystemdBoot.files(esp: esp, title: title, kernel: kernel, tree: tree, commandLine: line))
    case .grub(let esp):
      try await place("boot", grub.files(esp: esp, writesConfiguration: system.grubMkconfig))
    case .grubBIOS:
      try await makeGRUB(grub)
      try await place("boot", grub.files(esp: nil, writesConfiguration: system.grubMkconfig))
    }
    return line
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
    guard system.bootType == .legacy, let layout else { return }
    guard let place = GrubBIOS(layout) else {
      preconditionFailure("because refusals name a legacy disk without room for GRUB")
    }
    try place.write(
      boot: grubFolder.appending("boot.img"), core: grubFolder.appending("core.img"), disk: disk.disk)
  }
}
