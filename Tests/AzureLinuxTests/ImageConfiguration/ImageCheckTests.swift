import Foundation
import Testing

@testable import AzureLinux

/// Rules about package lists, and about files that a configuration names.
@Suite struct ImageCheckTests {
  static let rules: [ImageRule] = [
    .kernelListed, .otherKernelListed, .fips, .selinux, .shadowUtils, .listEmpty, .fileMissing,
    .fileMissingLater,
  ]

  private static let present: Set = ["motd", "a", "setup.sh"]

  private func check(
    _ text: String = ImageSpecimen.efi, list: String? = #"{"packages": ["bash", "shadow-utils >= 4.9"]}"#,
    files: Set<String> = present
  ) -> [ImageFinding] {
    ImageCheck(
      file: "x.json", list: { $0 == "lists/core.json" ? list.map { Data($0.utf8) } : nil },
      exists: { files.contains($0) }, shown: { "at/\($0)" }
    ).run(Data(text.utf8)).findings
  }

  private func edited(_ path: String, _ value: String) throws -> String {
    try ImageSpecimen.edit(ImageSpecimen.efi, path, value)
  }

  @Test func aConfigurationWithItsFilesIsValid() {
    #expect(check().isEmpty)
  }

  @Test func listsThatAreMissingOrWrongAreNamed() {
    #expect(
      check(list: nil).map(\.description) == [
        "x.json: SystemConfigs[0].PackageLists[0]: there is no file at/lists/core.json"
      ])
    #expect(check(list: "{").map(\.rule) == [.json])
    #expect(check(list: "{").map(\.file) == ["at/lists/core.json"])
    #expect(check(list: "[]").map(\.message) == ["expected an object, found a list"])
    #expect(
      check(list: #"{"packages": ["shadow-utils", "a b"], "pakages": []}"#).map(\.description) == [
        "at/lists/core.json: pakages: is not a known key and is ignored; did you mean packages?",
        "at/lists/core.json: packages[1]: \"a b\" is no package: expected a name, or a name with a condition as openssl>=3.0",
      ])
    #expect(check(list: #"{"packages": [1]}"#).map(\.rule) == [.type])
  }

  @Test(arguments: ["{}", "{\"packages\": []}", "{\"packages\": null}", "{\"_comment\": 1}"])
  func anEmptyListIsAWarning(list: String) throws {
    let text = try edited("SystemConfigs[0].Packages", "[\"shadow-utils\"]")
    let findings = check(text, list: list)
    #expect(findings.map(\.rule) == [.listEmpty] && findings.errors.isEmpty)
  }

  @Test func kernelsBelongIntoKernelOptions() throws {
    let listed = check(list: #"{"packages": ["shadow-utils", "kernel >= 6"]}"#)
    #expect(
      listed.map(\.description) == [
        "x.json: SystemConfigs[0].PackageLists[0]: kernel belongs into KernelOptions only"
      ])
    #expect(listed.map(\.rule) == [.kernelListed] && !listed.errors.isEmpty)
    #expect(check(list: #"{"packages": ["shadow-utils", "kernel-headers"]}"#).isEmpty)
    #expect(
      check(try edited("SystemConfigs[0].Packages", "[\"kernel\"]")).map(\.path) == [
        "SystemConfigs[0].Packages[0]"
      ])
    let other = check(
      try edited("SystemConfigs[0].KernelOptions.hwe", "\"kernel-hwe\""),
      list: #"{"packages": ["shadow-utils", "kernel-hwe"]}"#)
    #expect(other.map(\.rule) == [.otherKernelListed] && other.errors.isEmpty)
  }

  @Test(arguments: [
    ("EnableFIPS", "true", "dracut-fips", ImageRule.fips),
    ("ExtraCommandLine", "\"quiet fips=1\"", "dracut-fips", .fips),
    ("SELinux", "\"permissive\"", "selinux-policy", .selinux),
    ("SELinux", "\"enforcing\"", "selinux-policy", .selinux),
  ])
  func whatTheKernelIsToldNeedsItsPackage(key: String, value: String, package: String, rule: ImageRule) throws
  {
    let text = try edited("SystemConfigs[0].KernelCommandLine.\(key)", value)
    let missing = check(text)
    #expect(missing.map(\.rule) == [rule] && missing[0].message.contains(package))
    #expect(missing[0].path == "SystemConfigs[0].KernelCommandLine.\(key)" && !missing.errors.isEmpty)
    #expect(check(text, list: "{\"packages\": [\"shadow-utils\", \"\(package) = 1\"]}").isEmpty)
    #expect(check(try ImageSpecimen.edit(text, "SystemConfigs[0].Packages", "[\"\(package)\"]")).isEmpty)
    // what is not there may have it
    #expect(check(text, list: nil).map(\.rule) == [.fileMissing])
  }

  @Test func anotherPolicyIsAnotherPackage() throws {
    let text = try edited(
      "SystemConfigs[0].KernelCommandLine", #"{"SELinux": "enforcing", "SELinuxPolicy": "mine"}"#)
    #expect(check(text, list: #"{"packages": ["shadow-utils", "selinux-policy"]}"#).map(\.rule) == [.selinux])
    #expect(check(text, list: #"{"packages": ["shadow-utils", "mine"]}"#).isEmpty)
  }

  @Test func accountsNeedShadowUtils() throws {
    let list = #"{"packages": ["bash", "shadow-utils-subid"]}"#
    #expect(check(list: list).map(\.path) == ["SystemConfigs[0].Users", "SystemConfigs[0].Groups"])
    #expect(check(list: list).map(\.rule) == [.shadowUtils, .shadowUtils])
    let without = try ImageSpecimen.edit(
      try edited("SystemConfigs[0].Users", "[]"), "SystemConfigs[0].Groups", "[]")
    #expect(check(without, list: list).isEmpty)
  }

  @Test func filesThatAreMissingAreNamed() throws {
    #expect(
      check(files: ["a"]).map(\.description) == [
        "x.json: SystemConfigs[0].AdditionalFiles[\"motd\"]: there is no file at/motd",
        "x.json: SystemConfigs[0].PostInstallScripts[0].Path: there is no file at/setup.sh",
      ])
    for key in ["PreInstallScripts", "FinalizeImageScripts"] {
      let findings = check(try edited("SystemConfigs[0].\(key)", #"[{"Path": "other.sh"}]"#)).errors
      #expect(findings.map(\.path) == ["SystemConfigs[0].\(key)[0].Path"] && findings.errors.count == 1)
    }
    var text = try edited("SystemConfigs[0].Users[1].SSHPubKeyPaths", #"["key.pub"]"#)
    text = try ImageSpecimen.edit(text, "Disks[0].RawBinaries", #"[{"BinPath": "boot.bin"}]"#)
    let later = check(text)
    #expect(later.map(\.rule) == [.fileMissingLater, .fileMissingLater] && later.errors.isEmpty)
    #expect(check(text, files: Self.present.union(["key.pub", "boot.bin"])).isEmpty)
  }

  @Test func aListOfSeveralSystemsIsSaidOnce() throws {
    let other = #"{"Name": "other", "PackageLists": ["lists/core.json"]}"#
    let findings = check(
      try edited("SystemConfigs[1]", other), list: #"{"packages": ["shadow-utils", "a b"]}"#)
    #expect(findings.map(\.file) == ["at/lists/core.json"])
  }
}
