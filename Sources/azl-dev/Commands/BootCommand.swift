import ArgumentParser
import AzureLinux
import Foundation
import Images
import Storage
import SystemPackage
import Terminal

struct BootCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot",
    abstract: "Boot an image in QEMU, run smoke tests in it, and give a verdict.",
    discussion: """
      Boots from the VHDX, or from what disk there is, with the firmware that the image is for (UEFI, or a BIOS for
      legacy images); the disk stays as it is. Logs in on the serial console and runs the commands
      of [boot] smoke and --smoke and the scripts of --script; each must exit with 0, or as [boot] smoke says. It has
      passed only if a random value that the guest was told came back. KVM or emulation is chosen by starting a probe
      guest. An installer (ISO) is started in a machine with one empty disk, and then the disk is booted; each of both
      has the time of --timeout.

        azl-dev boot .azldev/out/images/demo
        azl-dev boot .azldev/out/images/iso/iso-3.0.20260401.iso
        azl-dev boot .azldev/out/images/demo --quick --installed liblantern
        azl-dev boot --script tests/lamp.sh --junit boot.xml
        azl-dev boot --quick --shell
        azl-dev try liblantern && azl-dev boot --hot --installed liblantern
      """)

  @OptionGroup var common: CommonOptions
  @Argument(
    help:
      "Folder of the image (with image.json), or a disk image in it, or an installer's ISO (default: the only image built here)."
  )
  var image: String?
  @Flag(help: "Start the kernel directly, without firmware.")
  var quick = false
  @Option(help: "A further command to run in the guest; it must exit with 0.")
  var smoke: [String] = []
  @Option(help: ArgumentHelp("A script to copy into the guest and run there.", valueName: "file"))
  var script: [String] = []
  @Option(help: ArgumentHelp("Write the verdicts there as JUnit XML.", valueName: "file"))
  var junit: String?
  @Option(
    help: ArgumentHelp(
      "Prove that the guest holds the files of this locally built package.", valueName: "package"))
  var installed: String?
  @Option(help: "Seconds until there must be a verdict.")
  var timeout: Int?
  @Flag(
    help: "Push what was rebuilt since into a machine that was saved when it had come up, and test it there.")
  var hot = false
  @Option(
    help: ArgumentHelp("With --hot: push this RPM, in place of what was rebuilt.", valueName: "file"))
  var rpm: [String] = []
  @Flag(
    help: "Then a shell in the guest: by SSH where the image has openssh-server, else on the console.")
  var shell = false
  @Flag(help: "Show the console while it boots.")
  var console = false

  func validate() throws {
    if !rpm.isEmpty, !hot { throw ValidationError("--rpm goes with --hot") }
    if shell, hot || common.json { throw ValidationError("--shell goes with neither --hot nor --json") }
    if shell, isatty(0) != 1 || isatty(1) != 1 { throw ValidationError("--shell wants a terminal") }
    if hot, quick { throw ValidationError("--hot starts the kernel directly by itself: leave --quick out") }
  }

  func run() async throws {
    if let junit { try Tree.expectWritable(junit) }
    let view = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .read, progress: view)
    let proof = try await installed.asyncMap { try await bench.proof(of: $0) }
    if let medium = try medium {
      let result = try await bench.boot(
        installer: medium, limit: timeout.map(Double.init), report: { view.activity($0) }, line: line(view),
        adjust: { try ask(&$0, proof) }, after: nil)
      return try show(result, view)
    }
    let folder = try Self.folder(image, bench)
    var request = try await bench.bootRequest(folder, quick: quick || hot)
    if let installed, rpm.isEmpty, let manifest = try? ImageManifest.read(in: folder),
      !manifest.packages.contains(where: { NEVRA(fileName: $0 + ".rpm")?.name == installed })
    {
      throw BootChoice.notInstalled(installed, image: manifest.name)
    }
    try ask(&request, proof)
    if let timeout { request.limit = Double(timeout) }
    let line = line(view)
    let guestShell = shell ? try await GuestShell(request, scratch: bench.workspace.scratch) : nil
    request.ssh = guestShell?.access
    let after = guestShell.map { shell in
      { @Sendable (verdict: BootVerdict, guest: LiveGuest) in
        view.end()
        try await shell.run(guest, after: verdict)
      }
    }
    try show(
      try await hot
        ? hotBoot(request, bench, view, line)
        : bench.boot(request, report: { view.activity($0) }, line: line, after: after), view)
  }

  /// An installer's, if one is named.
  private var medium: FilePath? {
    get throws {
      guard let image, image.hasSuffix(".iso") else { return nil }
      if quick || hot || shell {
        throw ValidationError("an installer is started by firmware: leave --quick, --hot and --shell out")
      }
      return FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(image)).lexicallyNormalized()
    }
  }

  /// What the guest has to show.
  private func ask(_ request: inout BootRequest, _ proof: BootProof?) throws {
    request.proof = proof
    request.smoke += smoke.map { SmokeTest(command: $0) }
    request.smoke += try script.map { name in
      let path = FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(name))
      return SmokeTest(script: try Workbench.script(path), name: name)
    }
  }

  private func line(_ view: BuildProgress) -> @Sendable (String) -> Void {
    let showsConsole = console
    return { line in
      if showsConsole { view.status.print(Cells.harmless(line)) }
    }
  }

  private func show(_ result: (report: BootReport, verdict: BootVerdict), _ view: BuildProgress) throws {
    let (report, verdict) = result
    view.end()
    if let junit { try AtomicFile.write(JUnit.document(report, verdict), to: FilePath(junit)) }
    if common.json {
      try Output.json(report)
    } else {
      Output.lines(BootView(style: Output.style).lines(report, verdict))
    }
    if report.result != .passed { throw Failed() }
  }

  private func hotBoot(
    _ request: BootRequest, _ bench: Workbench, _ view: BuildProgress,
    _ line: @escaping @Sendable (String) -> Void
  ) async throws -> (report: BootReport, verdict: BootVerdict) {
    let rpms = try await rpm.isEmpty ? bench.rebuilt(since: request.image) : Workbench.rpms(rpm)
    let outcome = try await bench.hot(request, pushing: rpms, report: { view.activity($0) }, line: line)
    switch outcome {
    case .tested(let report, let verdict): return (report, verdict)
    case .cold(let reason):
      view.activity(.notice("booting from the start: \(reason)"))
      if !rpms.isEmpty {
        guard rpm.isEmpty else {
          throw ValidationError("\(reason): these RPMs want an image with them in it")
        }
        // only now, so that a watch may run beside hot tests
        let writer = try await Workbench.open(common, access: .write, progress: view)
        try await writer.refresh(request.image, because: reason) { view.activity($0) }
      }
      var result = try await bench.boot(request, report: { view.activity($0) }, line: line)
      result.report.coldBecause = reason
      return result
    }
  }

  private static func folder(_ named: String?, _ bench: Workbench) throws -> FilePath {
    let manager = FileManager.default
    let images = bench.workspace.out.appending("images")
    let names = ((try? manager.contentsOfDirectory(atPath: images.string)) ?? []).sorted().filter {
      manager.fileExists(atPath: images.appending($0).appending(ImageManifest.fileName).string)
    }
    if let named {
      var path = FilePath(manager.currentDirectoryPath).pushing(FilePath(named))
      var isFolder: ObjCBool = false
      if manager.fileExists(atPath: path.string, isDirectory: &isFolder) {
        if !isFolder.boolValue { path.removeLastComponent() }
        return path
      }
      guard names.contains(named) else { throw BootChoice.unknown(named, there: names) }
      return images.appending(named)
    }
    guard names.count == 1 else { throw names.isEmpty ? BootChoice.none : BootChoice.several(names) }
    return images.appending(names[0])
  }
}

/// Which image is booted.
enum BootChoice: Failure {
  case none
  case several([String])
  case unknown(String, there: [String])
  case notInstalled(String, image: String)

  var message: String {
    switch self {
    case .none: "there is no image yet"
    case .several(let names): "there are several images: \(names.joined(separator: ", "))"
    case .unknown(let name, _): "there is no image \"\(name)\""
    case .notInstalled(let package, let image): "the image \(image) has no package \(package)"
    }
  }
  var nextStep: String? {
    switch self {
    case .none, .unknown(_, there: []): "azl-dev image build <config> makes one"
    case .several(let names): "name one, as in azl-dev boot \(names[0])"
    case .unknown(_, let names):
      "there are: \(names.joined(separator: ", ")); azl-dev image build <config> makes another"
    case .notInstalled: "its configuration's package lists name what goes in"
    }
  }
  var exitCode: AzureLinux.ExitCode { .invalidInput }
}
