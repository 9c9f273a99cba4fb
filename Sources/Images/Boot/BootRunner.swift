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

/// Boots images in QEMU. No QEMU outlives the call, nor azl-dev however it ends.
package struct BootRunner: Sendable {
  /// For the machine's variables and what the guest writes to its disk.
  package var scratch: FilePath

  package init(scratch: FilePath) { self.scratch = scratch }

  /// `console` gets everything that the guest wrote; `line` sees each line as it comes.
  package func boot(
    _ request: BootRequest, console: FilePath, report: @escaping ActivityReport = { _ in },
    line: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws(BootError) -> (report: BootReport, verdict: BootVerdict) {
    let manifest = try ImageManifest.read(in: request.image)
    if manifest.login == nil, !request.smoke.isEmpty || request.proof != nil {
      throw .noLogin(image: request.image)
    }
    let work = scratch.appending("boot-\(UUID().uuidString.lowercased())")
    defer { try? FileManager.default.removeItem(atPath: work.string) }
    do {
      for folder in [work, console.removingLastComponent()] {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      }
      let machine = try BootRunner.machine(request, manifest: manifest, work: work)
      let dialogue = GuestDialogue(
        login: manifest.login, smoke: request.smoke, proof: request.proof, limit: request.limit,
        token: { "azl\(UInt64.random(in: .min ... .max))" })
      let start = ContinuousClock.now
      let log = try FileDescriptor.open(
        console, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead])
      defer { try? log.close() }
      let session = GuestSession(
        name: manifest.name, command: BootRunner.command(machine, work: work), log: log, report: report,
        line: line)
      let (finished, verdict) = try await session.run(dialogue, since: start)
      return (
        BootReport(
          image: manifest.name, result: verdict == .passed ? .passed : .failed,
          seconds: seconds(since: start),
          loginSeconds: finished.loginSeconds, mode: request.mode, accelerator: request.accelerator,
          state: finished.state, nonce: finished.state.map { _ in finished.nonce }, smoke: finished.smoke,
          failedUnits: finished.failedUnits, proof: finished.proof,
          console: console.string, cause: verdict.cause, message: verdict.message), verdict
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
    let disks = formats.compactMap { format in manifest.disk(format).map { (format, $0) } }
    guard let (format, disk) = disks.first else { throw .noDisk(image: request.image) }
    let start: Machine.Start
    switch request.mode {
    case .uefi:
      guard let firmware = request.firmware ?? Firmware.installed() else { throw .noFirmware }
      let variables = work.appending("variables.fd")
      do {
        try FileManager.default.copyItem(atPath: firmware.variables, toPath: variables.string)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: variables.string)
      } catch {
        throw .file(variables, doing: "write", reason: error.localizedDescription)
      }
      start = .uefi(code: FilePath(firmware.code), variables: variables)
    case .bios: start = .bios
    case .quick:
      guard let kernel = manifest.kernel else { throw .noKernel(image: request.image) }
      start = .kernel(
        request.image.appending(kernel.file), initrd: kernel.initrd.map(request.image.appending),
        commandLine: Machine.withConsole(kernel.commandLine))
    }
    return Machine(
      start: start, disk: request.image.appending(disk.file), format: format.qemu,
      accelerator: request.accelerator, memory: request.memory)
  }

  /// The kernel ends QEMU when azl-dev ends, however that ends; temporary files stay in `work`.
  static func command(_ machine: Machine, work: FilePath) -> Command {
    Command(
      machine.arguments, environment: Command.hostEnvironment.merging(["TMPDIR": work.string]) { $1 },
      cleanEnvironment: true
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
