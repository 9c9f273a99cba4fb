import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// From RPMs to a booted guest, with everything real.
@Suite(
  .serialized, .enabled(if: DemoMirrorPackages.folder != nil, "AZL_DEMO_MIRROR names no demo mirror"))
struct DemoImageTests {
  private static let text = """
    {"Disks": [{"PartitionTableType": "gpt", "MaxSize": 1024,
      "Artifacts": [{"Name": "demo", "Type": "vhdx"}, {"Name": "demo", "Type": "raw"}],
      "Partitions": [
        {"ID": "boot", "Name": "esp", "Flags": ["esp", "boot"], "Start": 1, "End": 65, "FsType": "fat32"},
        {"ID": "rootfs", "Name": "rootfs", "Start": 65, "End": 0, "FsType": "ext4"}]}],
     "SystemConfigs": [{"Name": "demo", "BootType": "efi", "Hostname": "lantern",
      "Packages": ["bash", "coreutils", "dbus", "filesystem", "findutils", "gawk", "grep", "hostname", "iproute",
        "kmod", "pam", "procps-ng", "rpm", "sed", "shadow-utils", "systemd", "systemd-boot", "systemd-udev",
        "util-linux", "which"],
      "KernelOptions": {"default": "kernel"}, "KernelCommandLine": {"ExtraCommandLine": "console=ttyS0 quiet"},
      "AdditionalFiles": {"motd": {"Path": "/etc/motd", "Permissions": "0600"}},
      "PartitionSettings": [{"ID": "boot", "MountPoint": "/boot/efi", "MountOptions": "umask=0077"},
        {"ID": "rootfs", "MountPoint": "/"}],
      "PostInstallScripts": [{"Path": "setup.sh", "Args": "one 'two three'"}],
      "Groups": [{"Name": "crew", "GID": "1500"}],
      "Users": [{"Name": "root", "Password": "lantern"},
        {"Name": "ann", "UID": "1001", "Password": "x", "SecondaryGroups": ["crew"]}]}]}
    """

  private static func request(_ place: TemporaryFolder) async throws -> ImageRequest {
    let configuration = try ImageConfiguration.read(Data(text.utf8), file: "demo.json").get()
    try Data("welcome aboard\n".utf8).write(to: URL(filePath: place.path.appending("motd").string))
    let script = place.path.appending("setup.sh")
    try Data(
      """
      #!/bin/sh
      echo "$2" > /etc/setup-was-here
      printf '[Service]\\nType=oneshot\\nExecStart=/bin/sh -c "echo the lamp is out; exit 3"\\n' \\
        > /etc/systemd/system/broken.service

      """.utf8
    ).write(to: URL(filePath: script.string))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.string)
    return ImageRequest(
      configuration: configuration, folder: place.path,
      rpms: try await DemoMirrorPackages.closure(configuration.requestedPackages(lists: [])),
      releaseVersion: "3.0.20260401", buildNumber: "local", timestamp: 1_775_000_000)
  }

  @Test func anImageIsMadeTwiceAlikeAndBootsBothWays() async throws {
    let place = try TemporaryFolder()
    let request = try await DemoImageTests.request(place)
    let builder = ImageBuilder(store: place.path.appending("store"))
    let output = place.path.appending("out")
    let steps = Stopwatch()
    let manifest = try await builder.build(
      request, output: output, log: place.path.appending("build.log"), .clean
    ) { steps.note($0) }.manifest
    steps.printAll()
    #expect(manifest.artifacts.map(\.file) == ["demo-3.0.20260401.raw", "demo-3.0.20260401.vhdx"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: builder.scratch.string).isEmpty)
    let first = try Digest.of(file: output.appending("demo-3.0.20260401.raw"))
    let again = place.path.appending("again")
    _ = try await builder.build(request, output: again, log: place.path.appending("again.log"), .clean)
    #expect(try Digest.of(file: again.appending("demo-3.0.20260401.raw")) == first)

    let accelerator = try await AcceleratorProbe().run().accelerator
    for mode in [BootReport.Mode.uefi, .quick] {
      let nonce = "n\(UInt64.random(in: .min ... .max))"
      let smoke = [
        SmokeTest(command: "hostname", expectedText: "lantern"),
        SmokeTest(command: "rpm -qa | wc -l", expectedText: String(request.rpms.count)),
        SmokeTest(command: "cat /etc/setup-was-here", expectedText: "two three"),
        SmokeTest(command: "stat -c %a:%U /etc/motd", expectedText: "600:root"),
        SmokeTest(command: "id ann", expectedText: "1500(crew)"),
        SmokeTest(command: "findmnt -no SOURCE,FSTYPE /boot/efi", expectedText: "vfat"),
        SmokeTest(command: "cat /etc/image-id", expectedText: "IMAGE_BUILD_DATE=20260331233320"),
      ]
      let (report, verdict) = try await BootRunner(scratch: place.path.appending("scratch")).boot(
        BootRequest(
          image: output, mode: mode, accelerator: accelerator, limit: 240, smoke: smoke,
          proof: BootProof(
            nonce: nonce, file: "/etc/motd", expected: Digest.of("welcome aboard\n"))),
        console: place.path.appending("console-\(mode)"))
      print(mode, report.seconds, report.loginSeconds ?? 0, verdict.message)
      #expect(verdict == .passed, "\(verdict.message)")
      #expect(report.proof?.nonce == nonce)
      #expect(report.smoke.count == smoke.count)
    }
    #expect(try Digest.of(file: output.appending("demo-3.0.20260401.raw")) == first)
    try await DemoImageTests.whatGoesWrongIsNamed(output, place, accelerator)
    try await DemoImageTests.anRPMIsTestedInAResumedGuest(output, place, accelerator)
  }

  /// The first test makes what the second resumes.
  private static func anRPMIsTestedInAResumedGuest(
    _ image: FilePath, _ place: TemporaryFolder, _ accelerator: Accelerator
  ) async throws {
    let runner = HotRunner(
      scratch: place.path.appending("scratch"), folder: place.path.appending("machines/demo"))
    let zip = try #require(try await DemoMirrorPackages.closure(["zip"]).first { $0.nevra.name == "zip" })
    let absent = SmokeTest(command: "rpm -q zip", expectedExit: 1)
    let present = SmokeTest(command: "zip -v", expectedText: "Info-ZIP")
    for (rpms, test) in [([], absent), ([zip], present), ([], absent)] {
      let outcome = try await runner.test(
        BootRequest(
          image: image, mode: .hot, accelerator: accelerator, limit: 240, smoke: [test],
          proof: BootProof(nonce: "n", file: "/etc/motd", expected: Digest.of("welcome aboard\n"))),
        pushing: rpms, console: place.path.appending("console-hot"))
      guard case .tested(let report, let verdict) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      print("hot", report.seconds, report.baseSeconds ?? 0, verdict.message)
      #expect(verdict == .passed, "\(verdict.message)")
      #expect(report.pushed == rpms.map(\.nevra.description) && report.state == "running")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.path.appending("scratch").string).isEmpty)
    let kernel = try #require(
      try await DemoMirrorPackages.closure(["kernel"]).first { $0.nevra.name == "kernel" })
    let cold = try await runner.test(
      BootRequest(image: image, mode: .hot, accelerator: accelerator), pushing: [kernel],
      console: place.path.appending("console-hot"))
    guard case .cold("kernel takes part in booting") = cold else {
      Issue.record("\(cold)")
      return
    }
  }

  /// The same image with other words for its kernel.
  private static func whatGoesWrongIsNamed(
    _ image: FilePath, _ place: TemporaryFolder, _ accelerator: Accelerator
  ) async throws {
    let runner = BootRunner(scratch: place.path.appending("scratch"))
    func verdict(_ name: String, _ change: (inout String) -> Void) async throws -> BootVerdict {
      var manifest = try ImageManifest.read(in: image)
      var kernel = try #require(manifest.kernel)
      change(&kernel.commandLine)
      manifest.kernel = kernel
      let folder = place.path.appending(name)
      try await Command(["cp", "-as", image.string, folder.string]).check()
      let file = folder.appending(ImageManifest.fileName).string
      try FileManager.default.removeItem(atPath: file)
      try JSONEncoder().encode(manifest).write(to: URL(filePath: file))
      let (report, verdict) = try await runner.boot(
        BootRequest(image: folder, mode: .quick, accelerator: accelerator, limit: 240),
        console: place.path.appending("console-\(name)"))
      print(name, report.seconds, verdict.message)
      return verdict
    }
    guard case .noRoot = try await verdict("no-root", { $0 = "root=PARTUUID=none rootwait=1 console=ttyS0" })
    else {
      Issue.record("no root file system was not seen")
      return
    }
    guard case .emergency = try await verdict("emergency", { $0 += " systemd.unit=emergency.target" })
    else {
      Issue.record("emergency mode was not seen")
      return
    }
    guard case .failedUnits(let units) = try await verdict("unit", { $0 += " systemd.wants=broken.service" })
    else {
      Issue.record("the failed unit was not seen")
      return
    }
    #expect(units.map(\.name) == ["broken.service"])
    #expect(units.first?.lines.contains { $0.contains("the lamp is out") } == true, "\(units)")
  }
}

/// When each step began.
private final class Stopwatch: @unchecked Sendable {
  // @unchecked because `notes` is only touched under the lock
  private let lock = NSLock()
  private var notes: [(ContinuousClock.Instant, Activity)] = []
  func note(_ activity: Activity) { lock.withLock { notes.append((.now, activity)) } }
  func printAll() {
    lock.withLock {
      for (note, next) in zip(notes, notes.dropFirst() + [(.now, .notice("end"))]) {
        print(next.0 - note.0, note.1)
      }
    }
  }
}
