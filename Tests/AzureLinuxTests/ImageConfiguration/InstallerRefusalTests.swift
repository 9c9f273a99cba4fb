import Foundation
import Testing

@testable import AzureLinux

/// What an unattended installer is made of, and what is refused because somebody would have to be asked.
@Suite struct InstallerRefusalTests {
  private func configuration(_ edits: (String, String?)...) throws -> ImageConfiguration {
    try configuration(edits)
  }

  private func configuration(_ edits: [(String, String?)]) throws -> ImageConfiguration {
    var text = ImageSpecimen.efi
    for (path, value) in edits { text = try ImageSpecimen.edit(text, path, value) }
    return try ImageConfiguration.read(Data(text.utf8), file: "x.json").get()
  }

  @Test func theDiskAloneIsInstalled() throws {
    let given = try configuration(
      ("Disks[0].TargetDisk", #"{"Type": "path", "Value": "/dev/sda"}"#),
      ("SystemConfigs[0].IsIsoInstall", "true"),
      ("Disks[0].Partitions[1].Artifacts", #"[{"Name": "x", "Type": "rdiff"}]"#))
    #expect(given.installerRefusals.isEmpty && given.installationTarget == "/dev/sda")
    #expect(given.installed.refusals.isEmpty && given.installed.installationTarget == nil)
    #expect(given.installed.disks[0].artifacts.map(\.kind) == [.raw])
    #expect(!given.diskRefusals.isEmpty)
    #expect(try configuration().installationTarget == nil)
  }

  @Test func theDefaultSystemIsInstalled() throws {
    let second = #"{"Name": "x", "IsDefault": true, "Packages": ["a"]}"#
    let given = try configuration(("SystemConfigs[0].IsDefault", "false"), ("SystemConfigs[1]", second))
    #expect(given.installed.systems.map(\.name) == ["x"])
    #expect(
      given.installerRefusals.map(\.description) == [
        "SystemConfigs[1].PartitionSettings is empty: there is nothing that a disk could start"
      ])
  }

  @Test(
    arguments: [
      (
        [("Disks", "[]"), ("SystemConfigs[0].PartitionSettings", "[]"), ("SystemConfigs[0].BootType", nil)],
        "Disks is empty: an attended installation, which asks for the disk, is not supported yet"
      ),
      (
        [
          ("SystemConfigs[0].IsDefault", "false"), ("SystemConfigs[1]", #"{"Name": "x", "Packages": ["a"]}"#),
        ],
        "SystemConfigs has several and none with IsDefault: "
          + "an attended installation, which asks for one, is not supported yet"
      ),
      (
        [("Disks[0].MaxSize", "0"), ("Disks[0].TargetDisk", #"{"Type": "path", "Value": "/dev/sda"}"#)],
        "Disks[0].MaxSize is needed: it is the size of the disk that is installed"
      ),
      (
        [("Disks[0].TargetDisk", #"{"Type": "path", "Value": "sda"}"#)],
        "Disks[0].TargetDisk.Value must be a path below /dev"
      ),
      (
        [("SystemConfigs[0].PreInstallScripts", #"[{"Path": "x"}]"#)],
        "SystemConfigs[0].PreInstallScripts is not supported yet"
      ),
    ] as [([(String, String?)], String)])
  func whatWouldHaveToBeAskedIsRefusedByName(edits: [(String, String?)], message: String) throws {
    #expect(try configuration(edits).installerRefusals.map(\.description) == [message])
  }
}
