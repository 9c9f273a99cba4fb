import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// How an image is to be booted and what it must show.
package struct BootRequest: Hashable, Sendable {
  /// Folder with the image and its `image.json`.
  package var image: FilePath
  package var mode: BootReport.Mode
  package var accelerator: Accelerator
  /// nil: the machine's.
  package var firmware: Firmware?
  /// MiB.
  package var memory: Int
  /// Seconds until there must be a verdict.
  package var limit: Double
  package var smoke: [SmokeTest]
  package var proof: BootProof?
  package var ssh: SSHAccess?

  package init(
    image: FilePath, mode: BootReport.Mode, accelerator: Accelerator, firmware: Firmware? = nil,
    memory: Int = 1024,
    limit: Double = 180, smoke: [SmokeTest] = [], proof: BootProof? = nil
  ) {
    self.image = image
    self.mode = mode
    self.accelerator = accelerator
    self.firmware = firmware
    self.memory = memory
    self.limit = limit
    self.smoke = smoke
    self.proof = proof
  }
}

/// How somebody here gets into the guest.
package struct SSHAccess: Hashable, Sendable {
  /// Of this machine's loopback.
  package var port: Int
  package var publicKey: String

  package init(port: Int, publicKey: String) {
    self.port = port
    self.publicKey = publicKey
  }
}

/// Boots images in QEMU. No QEMU outlives the call, nor azl-dev however it ends.
package struct BootRunner: Sendable {
  /// For the machine's variables and what the guest writes to its disk.
  package var scratch: FilePath

  package init(scratch: FilePath) { self.scratch = scratch }

  /// `console` gets everything that the guest wrote until the verdict; `line` sees each line as it comes; `after` has
  /// the guest that can be spoken to, until it returns.
  package func boot(
    _ request: BootRequest, console: FilePath, report: @escaping ActivityReport = { _ in },
    line: @escaping @Sendable (String) -> Void = { _ in },
    after: (@Sendable (BootVerdict, LiveGuest) async throws -> Void)? = nil
  ) async throws(BootError) -> (report: BootReport, verdict: BootVerdict) {
    let manifest = try ImageManifest.read(in: request.image)
    guard manifest.disks(in: DiskFormat.allCases).first?.artifact.disk == 0 else {
      throw .noDisk(image: request.image)
    }
    if manifest.login == nil, !request.smoke.isEmpty || request.proof != nil {
      throw .noLogin(image: request.image)
    }
    let work = scratch.appending("boot-\(UUID().uuidString.lowercased())")
    defer { try? FileManager.default.removeItem(atPath: work.string) }
    do {
      for folder in [work, console.removingLastComponent()] {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      }
      var machine = try BootRunner.machine(request, manifest: manifest, work: work)
      machine.hasChannel = true
      machine.sshPort = request.ssh?.port
      let dialogue = GuestDialogue(
        login: manifest.login, unlock: manifest.unlock, smoke: request.smoke, proof: request.proof,
        limit: request.limit,
        route: .portIfThere, sshKey: request.ssh?.publicKey, token: BootRunner.token)
      let start = ContinuousClock.now
      let session = try BootRunner.session(
        manifest.name, machine, work: work, console: console, report: report, line: line
      ) { $0.after = after }
      let (finished, verdict) = try await session.run(dialogue, since: start)
      return (
        BootReport(
          finished, verdict, image: manifest.name, seconds: finished.elapsed, mode: request.mode,
          accelerator: request.accelerator, console: console), verdict
      )
    } catch {
      throw .wrap(error)
    }
  }

  private static func machine(
    _ request: BootRequest, manifest: ImageManifest, work: FilePath
  ) throws(BootError) -> Machine {
    // as the image is given to hypervisors, or as QEMU reads it fastest
    let formats: [DiskFormat] =
      request.mode == .quick ? [.raw, .vhdx, .qcow2, .vhd] : [.vhdx, .vhd, .qcow2, .raw]
    let disks = manifest.disks(in: formats)
    guard let (format, disk) = disks.first else { throw .noDisk(image: request.image) }
    let start: Machine.Start
    switch request.mode {
    case .uefi, .bios: start = try firmwareStart(request.mode, request.firmware, work: work)
    case .quick, .hot:
      guard let kernel = manifest.kernel else { throw .noKernel(image: request.image) }
      start = .kernel(
        request.image.appending(kernel.file), initrd: kernel.initrd.map(request.image.appending),
        commandLine: Machine.withConsole(kernel.commandLine))
    }
    var machine = Machine(
      start: start, disk: request.image.appending(disk.file), format: format.qemu,
      accelerator: request.accelerator, memory: request.memory)
    machine.moreDisks = disks.dropFirst().map {
      .init(path: request.image.appending($0.artifact.file), format: $0.format.qemu)
    }
    return machine
  }

  /// - Parameters:
  ///   - mode: `uefi` or `bios`.
  ///   - work: gets the machine's variables.
  static func firmwareStart(
    _ mode: BootReport.Mode, _ firmware: Firmware?, work: FilePath
  ) throws(BootError) -> Machine.Start {
    guard mode == .uefi else { return .bios }
    guard let firmware = firmware ?? Firmware.installed() else { throw .noFirmware }
    let variables = work.appending("variables.fd")
    do {
      try FileManager.default.copyItem(atPath: firmware.variables, toPath: variables.string)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: variables.string)
    } catch {
      throw .file(variables, doing: "write", reason: error.localizedDescription)
    }
    return .uefi(code: FilePath(firmware.code), variables: variables)
  }

  @Sendable static func token() -> String { "azl\(UInt64.random(in: .min ... .max))" }

  /// A machine to talk to, not yet started.
  static func session(
    _ name: String, _ machine: Machine, work: FilePath, console: FilePath, report: @escaping ActivityReport,
    line: @escaping @Sendable (String) -> Void, adjust: (inout GuestSession) -> Void
  ) throws -> GuestSession {
    let log = try FileDescriptor.open(
      console, .writeOnly, options: [.create, .truncate, .closeOnExec],
      permissions: [.ownerReadWrite, .groupRead])
    var session = GuestSession(
      name: name, command: command(machine, work: work), log: ConsoleLog(log), report: report, line: line)
    for socket in [Machine.channelSocket, Machine.controlSocket] { unlink(work.appending(socket).string) }
    if machine.hasChannel {
      session.channel = try LocalListener(folder: work, name: Machine.channelSocket)
    }
    if machine.hasControl {
      session.control = try LocalListener(folder: work, name: Machine.controlSocket)
    }
    adjust(&session)
    return session
  }

  /// The kernel ends QEMU when azl-dev ends, however that ends; temporary files stay in `work`.
  static func command(_ machine: Machine, work: FilePath) -> Command {
    Command(
      machine.arguments, environment: Command.hostEnvironment.merging(["TMPDIR": work.string]) { $1 },
      cleanEnvironment: true, workingDirectory: work.string
    ).bound(to: getpid())
  }
}

func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }

extension ImageManifest {
  /// Reads `image.json` of an image folder.
  package static func read(in folder: FilePath) throws(BootError) -> ImageManifest {
    let path = folder.appending(fileName)
    guard let data = FileManager.default.contents(atPath: path.string) else { throw .noImage(folder) }
    do {
      return try JSONDecoder().decode(ImageManifest.self, from: data)
    } catch {
      throw .brokenManifest(path, reason: String(describing: error))
    }
  }
}
