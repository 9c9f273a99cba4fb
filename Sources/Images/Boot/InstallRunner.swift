import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// How an installer is to be tried.
package struct InstallRequest: Hashable, Sendable {
  /// The ISO, with its `iso.json` beside it.
  package var medium: FilePath
  /// `uefi` or `bios`.
  package var mode: BootReport.Mode
  package var accelerator: Accelerator
  package var firmware: Firmware?
  /// MiB.
  package var memory: Int
  /// Seconds until the disk must be written.
  package var limit: Double
  /// Bytes of the machine's disk; nil: what the medium asks for.
  package var diskSize: Int?

  package init(
    medium: FilePath, mode: BootReport.Mode, accelerator: Accelerator, firmware: Firmware? = nil,
    memory: Int = 1024, limit: Double = 600, diskSize: Int? = nil
  ) {
    self.medium = medium
    self.mode = mode
    self.accelerator = accelerator
    self.firmware = firmware
    self.memory = memory
    self.limit = limit
    self.diskSize = diskSize
  }
}

/// Starts a machine with one disk from an installer's medium. No QEMU outlives the call.
package struct InstallRunner: Sendable {
  package init() {}

  /// - Parameters:
  ///   - folder: gets the machine's disk, and an `image.json` that says what is on it: an image to be booted.
  ///   - disk: what is on the machine's disk before; nil: nothing.
  package func install(
    _ request: InstallRequest, to folder: FilePath, disk old: FilePath? = nil, console: FilePath,
    report: @escaping ActivityReport = { _ in }, line: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws(BootError) -> (installation: Installation, verdict: BootVerdict) {
    let manifest = try InstallerManifest.read(of: request.medium)
    do {
      for folder in [folder, console.removingLastComponent()] {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      }
      let disk = folder.appending("disk.raw")
      if let old {
        try await Command(["cp", "--sparse=always", old.string, disk.string]).check()
      } else {
        try Data().write(to: URL(filePath: disk.string))
        guard truncate(disk.string, request.diskSize ?? manifest.diskSize) == 0 else {
          throw BootError.file(disk, doing: "enlarge", reason: Errno(rawValue: errno).description)
        }
      }
      var machine = Machine(
        start: try BootRunner.firmwareStart(request.mode, request.firmware, work: folder), disk: disk,
        format: "raw", accelerator: request.accelerator, memory: request.memory)
      machine.device = Machine.DiskDevice(path: manifest.target)
      machine.keepsWrites = true
      machine.medium = request.medium
      report(.step(subject: manifest.file, "starting"))
      let dialogue = try await Self.converse(
        machine, InstallDialogue(limit: request.limit), name: manifest.file, work: folder, console: console,
        report: report, line: line)
      var verdict = dialogue.verdict ?? .timeout(waitingFor: "the installer", lastLines: [])
      if verdict == .passed, dialogue.digest != manifest.diskDigest {
        verdict = .notInstalled("it says that it installed another disk than the one that was built")
      }
      if verdict == .passed { try Self.describe(manifest, disk, in: folder) }
      return (
        Installation(
          medium: manifest.file, seconds: dialogue.elapsed, disk: dialogue.disk, console: console.string),
        verdict
      )
    } catch { throw .wrap(error) }
  }

  /// What is installed is the image whose disk was packed.
  private static func describe(_ manifest: InstallerManifest, _ disk: FilePath, in folder: FilePath) throws {
    var image = manifest.image
    image.artifacts = image.artifacts.map {
      ImageManifest.Artifact(
        type: $0.type, file: disk.lastComponent?.string ?? "", size: $0.size, disk: $0.disk)
    }
    image.kernel = nil
    try OutputFolder(path: folder).publish(ImageManifest.fileName, json: image)
  }

  private static func converse(
    _ machine: Machine, _ dialogue: InstallDialogue, name: String, work: FilePath, console: FilePath,
    report: @escaping ActivityReport, line: @escaping @Sendable (String) -> Void
  ) async throws -> InstallDialogue {
    let log = ConsoleLog(
      try FileDescriptor.open(
        console, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead]))
    let start = ContinuousClock.now
    let listener = InstallListener(dialogue) { output in
      switch output {
      case .line(let text): line(text)
      case .reached(let words): report(.step(subject: name, words))
      case .finished: break
      }
    }
    let ended = try await BootRunner.command(machine, work: work).converse { conversation in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await conversation.forEachChunk { chunk in
            try log.write(chunk)
            await listener.handle(.tick(seconds(since: start)))
            await listener.handle(.bytes(chunk))
          }
        }
        group.addTask {
          while !Task.isCancelled, await !listener.isFinished {
            try? await Task.sleep(for: .milliseconds(250))
            await listener.handle(.tick(seconds(since: start)))
          }
        }
        // the machine's own end, or a verdict
        let first = await group.nextResult()
        await conversation.end()
        group.cancelAll()
        try first?.get()
      }
    }
    try Task.checkCancellation()
    await listener.handle(.tick(seconds(since: start)))
    guard await listener.dialogue.hasHeardTheGuest else {
      throw BootError.machineNotStarted(
        status: ended.status, text: ended.errorText.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    await listener.handle(.ended(ended.status))
    return await listener.dialogue
  }
}

/// Where the console and the clock meet.
private actor InstallListener {
  private(set) var dialogue: InstallDialogue
  private let tell: @Sendable (InstallDialogue.Output) -> Void

  init(_ dialogue: InstallDialogue, tell: @escaping @Sendable (InstallDialogue.Output) -> Void) {
    self.dialogue = dialogue
    self.tell = tell
  }

  var isFinished: Bool { dialogue.verdict != nil }

  func handle(_ input: GuestDialogue.Input) {
    dialogue.handle(input).forEach(tell)
  }
}
