import Foundation
import Testing

@testable import AzureLinux

@Suite struct ImageConfigurationReadingTests {
  private func read(_ text: String) -> Result<ImageConfiguration, ImageConfigurationError> {
    ImageConfiguration.read(Data(text.utf8), file: "imageconfigs/x.json")
  }

  @Test func readsADiskImage() throws {
    let configuration = try read(ImageSpecimen.efi).get()
    #expect(configuration.disks[0].maxSize == 1024)
    #expect(configuration.disks[0].artifacts.map(\.kind) == [.vhdx, .raw])
    let partitions = configuration.disks[0].partitions
    #expect(partitions.map(\.typeUUID) == [PartitionType.esp.rawValue, PartitionType.rootAMD64.rawValue])
    #expect(partitions.map(\.start) == [1, 65] && partitions.map(\.end) == [65, 0])
    let system = configuration.system
    #expect(
      system.kernel == "kernel" && system.hostname == "demo" && system.extraCommandLine == "console=ttyS0")
    #expect(system.additionalFiles.map(\.destination) == ["/etc/a", "/etc/b", "/etc/motd"])
    #expect(system.additionalFiles.map(\.permissions) == [nil, "0600", nil])
    #expect(system.mounts.map(\.identifier) == [.partuuid, .uuid])
    #expect(system.groups.map(\.gid) == [1500] && system.users.map(\.uid) == [nil, 1001])
    #expect(
      system.users.map(\.passwordHashed) == [false, true] && system.hidepid && !system.systemdFirstboot)
    #expect(system.postInstallScripts.map(\.arguments) == ["--now"])
    #expect(system.kernelOptions == ["default": "kernel"])
  }

  @Test func whatIsMissingOrNullHasUpstreamsDefaults() throws {
    let text = """
      {"Disks": null, "DefaultSystemConfig": null, "SystemConfigs": [{"Name": "x", "Packages": ["a"], "Users": null,
        "KernelCommandLine": null, "EnableGrubMkconfig": null, "Hostname": null, "BootType": null,
        "PackageRepos": [{"Name": "r", "BaseUrl": "http://r", "GPGCheck": null}], "IsIsoInstall": true}]}
      """
    #expect(ImageSpecimen.findings(text).isEmpty)
    let configuration = try read(text).get()
    let system = configuration.system
    #expect(configuration.disks.isEmpty && configuration.defaultSystem == nil && system.users.isEmpty)
    #expect(system.grubMkconfig && system.bootType == .unset && system.kernelCommandLine.selinux == .off)
    let repository = try #require(system.packageRepositories.first)
    #expect(repository.gpgCheck && repository.repoGPGCheck && !repository.install)
    #expect(repository.keys == ImageConfiguration.PackageRepository.defaultKeys)
  }

  @Test func keysAreComparedWithoutCase() throws {
    let other = ImageSpecimen.efi.replacing("\"MaxSize\"", with: "\"maxsize\"")
      .replacing("\"Users\"", with: "\"USERS\"")
    #expect(try read(other).get() == read(ImageSpecimen.efi).get())
    let twice = ImageSpecimen.efi.replacing("\"MaxSize\": 1024", with: "\"MaxSize\": 1024, \"maxsize\": 1")
    #expect(
      ImageSpecimen.findings(twice).map(\.description) == [
        "x.json: Disks[0].MaxSize: is given as MaxSize and maxsize; which counts depends on their order"
      ])
  }

  @Test func unknownKeysAreNamedAndReadOn() throws {
    let text = ImageSpecimen.efi.replacing("\"Hostname\"", with: "\"Hostnam\"")
      .replacing("\"MountOptions\"", with: "\"Bootloader\"").replacing(
        "\"EnableHidepid\"", with: "\"HidepidDisabled\"")
    let findings = ImageSpecimen.findings(text)
    #expect(
      findings.map(\.description) == [
        "x.json: SystemConfigs[0].PartitionSettings[0].Bootloader: is not a known key and is ignored",
        "x.json: SystemConfigs[0].HidepidDisabled: is ignored: since 3.0 EnableHidepid asks for it",
        "x.json: SystemConfigs[0].Hostnam: is not a known key and is ignored; did you mean Hostname?",
      ])
    #expect(findings.errors.isEmpty)
    #expect(try read(text).get().system.hostname.isEmpty)
  }

  @Test func whereThereAreErrorsWarningsAreSaidToo() {
    let text = ImageSpecimen.efi.replacing("\"MaxSize\"", with: "\"MaxSizes\"")
    guard case .failure(let error) = read(text) else { return #expect(Bool(false)) }
    #expect(
      error.message == """
        warning: imageconfigs/x.json: Disks[0].MaxSizes: is not a known key and is ignored; did you mean MaxSize?
        imageconfigs/x.json: Disks[0].MaxSize: must be greater than 0 (MiB) for a disk with partitions
        """)
    #expect(error.exitCode == .invalidInput && error.nextStep?.contains("azl-dev image check") == true)
  }

  @Test func brokenJSONSaysWhere() {
    let broken = ImageSpecimen.findings("{\"Disks\": [\n{]}")
    #expect(broken.map(\.rule) == [.json] && broken[0].message.contains("around character 13"), "\(broken)")
    #expect(ImageSpecimen.findings("[]").map(\.message) == ["expected an object, found a list"])
    #expect(ImageSpecimen.findings("").map(\.rule) == [.json])
    for text in ["{\"_a\": [1],\n\"_b\": {\"c\": \",}\\\",]\",\n }}", "{\"_a\": 1,\n\"_b\": [2,]}"] {
      #expect(
        ImageSpecimen.findings(text).map(\.message)
          == ["not valid JSON: a comma with nothing after it in line 2"])
    }
    #expect(
      ImageSpecimen.findings(
        #"{"_a": ",}", "_b": "\",]", "SystemConfigs": [{"Name": "a,]", "Packages": ["a"]}]}"#
      ).isEmpty)
    let large = ImageSpecimen.findings(#"{"Disks": [{"MaxSize": 18446744073709551615}]}"#)
    #expect(large.map(\.rule) == [.type] && !large[0].message.contains("-1"))
  }

  /// Upstream's reader refuses these, and a library that guesses the encoding would not.
  @Test func onlyPlainUTF8IsRead() throws {
    let marked = Data([0xEF, 0xBB, 0xBF]) + Data(ImageSpecimen.efi.utf8)
    let wide = try #require(ImageSpecimen.efi.data(using: .utf16LittleEndian))
    for (data, cause) in [(marked, "it begins with a byte order mark"), (wide, "it is not UTF-8")] {
      let findings = ImageConfiguration.check(data, file: "x").findings
      #expect(findings.map(\.rule) == [.json] && findings[0].message == "not valid JSON: \(cause)")
    }
  }

  @Test func packagesComeKernelFirstAndOnce() throws {
    let configuration = try read(ImageSpecimen.efi).get()
    let list = try PackageList.read(
      Data(#"{"_comment": 1, "packages": ["bash", "lz4", "openssl>=3.0"]}"#.utf8), file: "lists/core.json"
    ).get()
    #expect(
      configuration.requestedPackages(lists: [list])
        == ["kernel", "azurelinux-release", "bash", "lz4", "openssl>=3.0"])
  }
}
