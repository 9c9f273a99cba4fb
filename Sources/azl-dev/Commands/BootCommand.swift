import ArgumentParser
import AzureLinux
import Foundation
import Images
import Incremental
import Pipeline
import RPM
import Storage
import SystemPackage
import Terminal

struct BootCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot",
    abstract: "Boot an image in QEMU, run smoke tests in it, and give a verdict.",
    discussion: """
      Boots under UEFI from the VHDX; the disk stays as it is. Logs in on the serial console and runs the commands
      of [boot] smoke and --smoke; each must exit with 0. KVM or emulation is chosen by starting a probe guest.

        azl-dev boot .azldev/out/images/demo
        azl-dev boot .azldev/out/images/demo --quick --installed liblantern
      """)

  @OptionGroup var common: CommonOptions
  @Argument(
    help: "Folder of the image (with image.json), or a disk image in it (default: the only image built here)."
  )
  var image: String?
  @Flag(help: "Start the kernel directly, without firmware.")
  var quick = false
  @Option(help: "A further command to run in the guest.")
  var smoke: [String] = []
  @Option(
    help: ArgumentHelp(
      "Prove that the guest holds the files of this locally built package.", valueName: "package"))
  var installed: String?
  @Option(help: "Seconds until there must be a verdict.")
  var timeout: Int?
  @Flag(help: "Show the console while it boots.")
  var console = false

  func run() async throws {
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .read, progress: view)
    let folder = try Self.folder(image, bench)
    let accelerator = try await Self.accelerator(bench.settings.boot.accelerator, view)
    let proof = try await installed.asyncMap { try await bench.proof(of: $0) }
    let boot = bench.settings.boot
    let request = BootRequest(
      image: folder, mode: quick ? .quick : .uefi, accelerator: accelerator, memory: boot.memory,
      limit: Double(timeout ?? boot.timeout),
      smoke: (boot.smoke + smoke).map { SmokeTest(command: $0) }, proof: proof)
    let log = bench.workspace.logs.appending("boot").appending(
      "\(folder.lastComponent?.string ?? "image").console")
    let showsConsole = console
    let runner = BootRunner(scratch: bench.workspace.scratch)
    let (report, verdict) = try await runner.boot(
      request, console: log, report: { view.activity($0) },
      line: { line in if showsConsole { view.status.print(line) } })
    view.end()
    try bench.history.append(
      History.Entry(
        kind: "boot", subject: folder.lastComponent?.string ?? "", result: report.result.rawValue,
        seconds: report.seconds))
    if common.json {
      try Output.json(report)
    } else {
      Output.lines(BootView(style: Output.style).lines(report, verdict))
    }
    if report.result != .passed { throw Failed() }
  }

  private static func folder(_ named: String?, _ bench: Workbench) throws -> FilePath {
    let manager = FileManager.default
    if let named {
      var path = FilePath(manager.currentDirectoryPath).pushing(FilePath(named))
      var isFolder: ObjCBool = false
      guard manager.fileExists(atPath: path.string, isDirectory: &isFolder) else {
        throw TreeError.unreadable(named, "no such image; azl-dev image build makes one")
      }
      if !isFolder.boolValue { path.removeLastComponent() }
      return path
    }
    let images = bench.workspace.out.appending("images")
    let names = ((try? manager.contentsOfDirectory(atPath: images.string)) ?? []).sorted()
    guard names.count == 1 else {
      throw TreeError.unreadable(
        ".azldev/out/images",
        names.isEmpty
          ? "no image yet; azl-dev image build makes one" : "name one of: \(names.joined(separator: ", "))")
    }
    return images.appending(names[0])
  }

  private static func accelerator(_ setting: String, _ view: BuildProgress) async throws -> Accelerator {
    if let named = Accelerator(rawValue: setting) { return named }
    return try await AcceleratorProbe().run().accelerator
  }
}

extension Workbench {
  /// A regular file of a package that was built here, with the digest that its RPM records and a value that only
  /// this boot knows.
  func proof(of name: String) async throws -> BootProof {
    for trace in try await session.engine.remembered(kind: Pipeline.Build.kind) {
      guard let value = trace.value, let built = try? JSONDecoder().decode(BuiltPackage.self, from: value),
        let rpm = built.rpms.first(where: { $0.file.nevra.name == name })
      else { continue }
      let files = try RPMHeader.read(FilePath(rpm.file.path)).files
      guard
        let file = files.filter({ $0.digest != nil && $0.mode & 0o170000 == 0o100000 }).max(by: {
          $0.size < $1.size
        })
      else { continue }
      return BootProof(nonce: UUID().uuidString.lowercased(), file: file.path, expected: file.digest)
    }
    throw PipelineError.unknownSpec(name, nearest: [])
  }
}
