import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// Tests RPMs in a machine that was saved when its guest had come up: boots an image once, then resumes it each time.
/// What a test does is forgotten with its machine.
package struct HotRunner: Sendable {
  package var scratch: FilePath
  /// Of the saved machine of one image.
  package var folder: FilePath

  package init(scratch: FilePath, folder: FilePath) {
    self.scratch = scratch
    self.folder = folder
  }

  package enum Outcome: Sendable {
    case tested(BootReport, BootVerdict)
    /// Only a boot from the start can tell; the reason for people.
    case cold(String)
  }

  /// What stands beside a saved machine.
  private struct Base: Codable {
    var key: Digest
    static let file = "base.json"
    static let state = "state"
    static let disk = "disk.qcow2"
    static let initrd = "initrd"
  }

  /// Somebody tests in it now.
  package static func isInUse(_ folder: FilePath) -> Bool {
    guard
      let file = try? FileDescriptor.open(folder.appending(Base.file), .readOnly, options: [.closeOnExec])
    else { return false }
    defer { try? file.close() }
    return flock(file.rawValue, LOCK_EX | LOCK_NB) != 0
  }

  /// What each test will run is in the guest's memory when it is saved.
  private static let warming = SmokeTest(
    command:
      "for azl in rpm date head sha256sum systemctl; do command -v $azl | xargs cat; done >/dev/null 2>&1; "
      + "rpm -qa >/dev/null; ldconfig >/dev/null 2>&1; rpm -V rpm >/dev/null; systemctl list-units --failed >/dev/null; true"
  )

  /// Names of packages whose change a machine that already runs cannot show. Pure.
  package static func bootPackage(among names: [String]) -> String? {
    let parts = ["kernel", "systemd", "dracut", "initramfs", "grub2", "shim", "grubby"]
    return names.first { name in parts.contains { name == $0 || name.hasPrefix($0 + "-") } }
  }

  package func test(
    _ request: BootRequest, pushing rpms: [RPMFile], console: FilePath,
    report: @escaping ActivityReport = { _ in }, line: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws(BootError) -> Outcome {
    if let name = HotRunner.bootPackage(among: rpms.map(\.nevra.name)) {
      return .cold("\(name) takes part in booting")
    }
    let manifest = try ImageManifest.read(in: request.image)
    guard manifest.login != nil else { throw .noLogin(image: request.image) }
    let work = scratch.appending("hot-\(UUID().uuidString.lowercased())")
    defer { try? FileManager.default.removeItem(atPath: work.string) }
    do {
      for folder in [work, console.removingLastComponent(), folder.removingLastComponent()] {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      }
      let start = ContinuousClock.now
      guard let kernel = manifest.kernel else { return .cold("the image has no kernel beside it") }
      let disks = manifest.disks(in: [.raw, .qcow2, .vhdx, .vhd])
      guard disks.count < 2 else { return .cold("a machine with \(disks.count) disks is not saved") }
      guard let (format, disk) = disks.first else { throw BootError.noDisk(image: request.image) }
      let key = key(request, manifest, disk: disk.file)
      var baseSeconds: Double?
      if base()?.key != key {
        report(.step(subject: manifest.name, "booting once, to be resumed"))
        if let obstacle = obstacle(manifest, kernel, format) { return .cold(obstacle) }
        if let reason = try await makeBase(
          request, manifest, kernel, disk: (format, disk.file), key: key, work: work, console: console,
          report: report, line: line)
        {
          return .cold(reason)
        }
        baseSeconds = seconds(since: start)
      }
      var (tested, verdict) = try await resume(
        request, manifest, kernel, rpms, work: work, console: console, report: report, line: line)
      tested.baseSeconds = baseSeconds
      return .tested(tested, verdict)
    } catch {
      throw .wrap(error)
    }
  }

  /// Everything that a saved state fits to: the program, the machine, the image.
  private func key(_ request: BootRequest, _ manifest: ImageManifest, disk: String) -> Digest {
    let program = Command.find(Machine.program).map { FilePath($0) }
    let files = [program].compactMap { $0 } + [disk, ImageManifest.fileName].map(request.image.appending)
    let stamps = files.map { path in
      ImageRecord.Stamp(path).map { "\($0.inode) \($0.size) \($0.changed)" } ?? "-"
    }
    let machine = machine(request, commandLine: manifest.kernel?.commandLine ?? "", in: folder)
    return Digest.of((["azl-dev/machine/1"] + machine.arguments + stamps).joined(separator: "\n"))
  }

  private func base() -> Base? {
    FileManager.default.contents(atPath: folder.appending(Base.file).string).flatMap {
      try? JSONDecoder().decode(Base.self, from: $0)
    }
  }

  private func obstacle(
    _ manifest: ImageManifest, _ kernel: ImageManifest.KernelFile, _ format: DiskFormat
  ) -> String? {
    guard kernel.initrd == nil else { return nil }
    if format != .raw { return "the image has neither an initrd nor a raw disk" }
    if !FileManager.default.isExecutableFile(atPath: HotInitrd.busybox) {
      return "busybox-static is not installed, and the image has no initrd of its own"
    }
    return manifest.partitions.contains { $0.mountPoint == "/" } ? nil : "the image has no root partition"
  }

  private func machine(_ request: BootRequest, commandLine: String, in folder: FilePath) -> Machine {
    var machine = Machine(
      start: .kernel(
        folder.appending("kernel"), initrd: folder.appending(Base.initrd),
        commandLine: Machine.withConsole(commandLine)),
      disk: folder.appending(Base.disk), format: "qcow2", accelerator: request.accelerator,
      memory: request.memory)
    machine.device = .virtio
    machine.hasChannel = true
    machine.hasControl = true
    return machine
  }

  /// - Returns: why there can be none; nil when it is there.
  private func makeBase(
    _ request: BootRequest, _ manifest: ImageManifest, _ kernel: ImageManifest.KernelFile,
    disk: (format: DiskFormat, file: String), key: Digest, work: FilePath, console: FilePath,
    report: @escaping ActivityReport, line: @escaping @Sendable (String) -> Void
  ) async throws -> String? {
    let made = work.appending("base")
    try FileManager.default.createDirectory(atPath: made.string, withIntermediateDirectories: true)
    let image = request.image.appending(disk.file)
    try await Command(
      [
        "qemu-img", "create", "-q", "-f", "qcow2", "-F", disk.format.qemu, "-b", image.string,
        made.appending(Base.disk).string,
      ]
    ).check()
    let manager = FileManager.default
    try manager.copyItem(
      atPath: request.image.appending(kernel.file).string, toPath: made.appending("kernel").string)
    if let initrd = kernel.initrd {
      try manager.copyItem(
        atPath: request.image.appending(initrd).string, toPath: made.appending(Base.initrd).string)
    } else if let root = manifest.partitions.first(where: { $0.mountPoint == "/" }) {
      try await HotInitrd(disk: image, root: root, kernel: kernel.version, work: work).make(
        made.appending(Base.initrd))
    }
    var machine = machine(request, commandLine: kernel.commandLine, in: made)
    machine.keepsWrites = true
    let dialogue = GuestDialogue(
      login: manifest.login, unlock: manifest.unlock, smoke: [HotRunner.warming], proof: nil,
      limit: request.limit,
      route: .portIfThere,
      token: BootRunner.token)
    let state = made.appending(Base.state).string
    let (finished, verdict) = try await BootRunner.session(
      manifest.name, machine, work: work, console: console, report: report, line: line
    ) { session in
      session.after = { verdict, guest in
        guard verdict == .passed, let machine = guest.machine else { return }
        report(.step(subject: manifest.name, "saving"))
        try await machine.save(to: state)
      }
    }.run(dialogue, since: .now)
    guard verdict == .passed else {
      return "the machine to be resumed did not come up: \(verdict.message.prefix { $0 != "\n" })"
    }
    guard finished.isOnPort else { return "the guest has no virtio serial port" }
    try JSONEncoder().encode(Base(key: key)).write(to: URL(filePath: made.appending(Base.file).string))
    try? manager.removeItem(atPath: folder.string)
    try manager.moveItem(atPath: made.string, toPath: folder.string)
    return nil
  }

  private func resume(
    _ request: BootRequest, _ manifest: ImageManifest, _ kernel: ImageManifest.KernelFile, _ rpms: [RPMFile],
    work: FilePath, console: FilePath, report: @escaping ActivityReport,
    line: @escaping @Sendable (String) -> Void
  ) async throws -> (BootReport, BootVerdict) {
    // said to gc: used now, and last used when
    let held = try FileDescriptor.open(folder.appending(Base.file), .readOnly, options: [.closeOnExec])
    defer { try? held.close() }
    flock(held.rawValue, LOCK_SH)
    utimes(folder.string, nil)
    var machine = machine(request, commandLine: kernel.commandLine, in: folder)
    machine.awaitsState = true
    let start = ContinuousClock.now
    let dialogue = GuestDialogue(
      login: manifest.login, smoke: request.smoke, proof: request.proof, limit: request.limit, route: .port,
      rpms: rpms, time: Int(Date.now.timeIntervalSince1970), token: BootRunner.token)
    let state = folder.appending(Base.state).string
    let (finished, verdict) = try await BootRunner.session(
      manifest.name, machine, work: work, console: console, report: report, line: line
    ) { session in
      session.before = { try await $0.resume(from: state) }
    }.run(dialogue, since: start)
    var report = BootReport(
      finished, verdict, image: manifest.name, seconds: finished.elapsed, mode: .hot,
      accelerator: request.accelerator, console: console)
    report.pushed = rpms.map(\.nevra.description)
    return (report, verdict)
  }
}
