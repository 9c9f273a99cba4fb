import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// Disks made of a few files, with the real tools.
@Suite struct SmallImageTests {
  private func request(
    _ files: [(String, String)], text: String = smallConfiguration, in place: TemporaryFolder
  ) async throws -> ImageRequest {
    ImageRequest(
      configuration: try configuration(text), folder: place.path,
      rpms: [try await TestPackage("kernel", files: files).build(in: place)], releaseVersion: "3.0",
      buildNumber: "1",
      timestamp: 1_700_000_000)
  }

  private static let whole = [
    ("/boot/vmlinuz-1.2", "kernel"), ("/usr/lib/systemd/boot/efi/systemd-bootx64.efi", "loader"),
    ("/var/lib/data", "kept apart"), ("/etc/hosts", "127.0.0.1 localhost\\n"),
  ]

  @Test func everyPartitionHoldsItsPartOfTheRoot() async throws {
    let place = try TemporaryFolder()
    let output = place.path.appending("out")
    let manifest = try await ImageBuilder(store: place.path.appending("store")).build(
      request(SmallImageTests.whole, in: place), output: output, log: place.path.appending("log")
    ).manifest
    #expect(manifest.artifacts.map(\.file) == ["small-3.0.raw"])
    #expect(
      manifest.packages == ["kernel-1-1.x86_64"] && manifest.login == nil && manifest.kernel?.version == "1.2"
    )
    #expect(FileManager.default.contents(atPath: output.appending("vmlinuz").string) == Data("kernel".utf8))

    let disk = output.appending("small-3.0.raw")
    let table = try await Command(
      [
        "sfdisk", "--json", disk.string,
      ], environment: Command.hostEnvironment
    ).check().text
    for partition in manifest.partitions { #expect(table.contains(partition.uuid.uppercased())) }
    func fat(_ path: String) async throws -> String {
      try await Command(["mtype", "-i", "\(disk)@@\(manifest.partitions[0].offset)", "::\(path)"]).check()
        .text
    }
    #expect(try await fat("/EFI/BOOT/BOOTX64.EFI") == "loader")
    #expect(try await fat("/azurelinux/1.2/linux") == "kernel")
    #expect(
      try await fat("/loader/entries/azurelinux-1.2.conf").contains(try #require(manifest.kernel).commandLine)
    )
    func ext(_ number: Int, _ request: String) async throws -> String {
      try await Command(
        ["debugfs", "-R", request, "\(disk)?offset=\(manifest.partitions[number].offset)"],
        environment: Command.hostEnvironment
      )
      .check().text
    }
    #expect(try await ext(1, "cat /etc/hostname") == "tiny\n")
    #expect(try await ext(1, "cat /etc/hosts").hasSuffix("127.0.0.1   tiny\n"))
    #expect(try await ext(1, "cat /etc/machine-id") == "uninitialized\n")
    #expect(try await ext(2, "cat /lib/data") == "kept apart")
    #expect(try await !ext(1, "ls -p /var").contains("/lib/"))
    for number in [1, 2] {
      let partition = manifest.partitions[number]
      let check = try await Command(
        ["e2fsck", "-fn", "\(disk)?offset=\(partition.offset)"], environment: Command.hostEnvironment
      ).run()
      #expect(check.isSuccess, "\(check.text)")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.path.appending("store/scratch").string)
        .isEmpty)
    #expect(try ImageManifest.read(in: output) == manifest)
  }

  private func failure(_ files: [(String, String)], text: String = smallConfiguration) async throws
    -> ImageError?
  {
    let place = try TemporaryFolder()
    let output = place.path.appending("out")
    let request = try await request(files, text: text, in: place)
    do {
      _ = try await ImageBuilder(store: place.path.appending("store")).build(
        request, output: output, log: place.path.appending("log"))
      return nil
    } catch {
      let left = try? FileManager.default.contentsOfDirectory(
        atPath: place.path.appending("store/scratch").string)
      #expect(
        left?.isEmpty != false
          && !FileManager.default.fileExists(atPath: output.string))
      return error
    }
  }

  @Test func whatIsMissingIsNamed() async throws {
    let loader = try await failure([SmallImageTests.whole[0]])
    #expect(
      loader?.nextStep
        == "add grub2-efi-binary and shim, or systemd-boot, to the packages of the image configuration")
    let kernel = try await failure(Array(SmallImageTests.whole.dropFirst()))
    #expect(kernel?.message == "package kernel (KernelOptions) put no /boot/vmlinuz-… into the image")
    let kernels = try await failure(SmallImageTests.whole + [("/boot/vmlinuz-2", "")])
    #expect(
      kernels?.message.hasSuffix("several kernels into the image: /boot/vmlinuz-1.2, /boot/vmlinuz-2") == true
    )
    let users = smallConfiguration.replacing(
      "\"EnableHidepid\"", with: "\"Users\": [{\"Name\": \"a\"}], \"EnableHidepid\"")
    #expect(try await failure(SmallImageTests.whole, text: users)?.nextStep?.contains("shadow-utils") == true)
    let file = smallConfiguration.replacing(
      "\"EnableHidepid\"", with: "\"AdditionalFiles\": {\"no\": \"/x\"}, \"EnableHidepid\"")
    #expect(
      try await failure(SmallImageTests.whole, text: file)?.message
        == "AdditionalFiles names no, which does not exist")
  }

  @Test func aPartitionThatIsTooSmallIsNamed() async throws {
    let small = smallConfiguration.replacing("\"End\": 20", with: "\"End\": 2").replacing(
      "\"Start\": 20", with: "\"Start\": 2")
    let error = try await failure(SmallImageTests.whole, text: small)
    #expect(error?.message == "partition \"boot\" is too small: 2 MiB to hold, 1 MiB large")
    #expect(error?.exitCode == .invalidInput)
  }

  @Test func packagesThatDoNotFitTogetherFailWithRPMsWords() async throws {
    let place = try TemporaryFolder()
    var request = try await request(SmallImageTests.whole, in: place)
    request.rpms.append(
      try await TestPackage("other", files: [("/boot/vmlinuz-1.2", "another")]).build(in: place))
    let error = await error(of: request, in: place)
    guard case .installFailed(packages: 2, _, let lines, _)? = error else {
      Issue.record("conflicting packages gave \(String(describing: error))")
      return
    }
    #expect(lines.contains { $0.contains("/boot/vmlinuz-1.2") })
  }

  private func error(of request: ImageRequest, in place: TemporaryFolder) async -> ImageError? {
    do {
      _ = try await ImageBuilder(store: place.path.appending("store")).build(
        request, output: place.path.appending("out"), log: place.path.appending("log"))
      return nil
    } catch {
      return error
    }
  }
}
