import Foundation
import Testing

@testable import AzureLinux

/// With AZL_TREE=<checkout> of azurelinux.
@Suite(
  "image configurations of the real tree",
  .enabled(
    if: ProcessInfo.processInfo.environment["AZL_TREE"] != nil, "skipped: AZL_TREE names no checkout"))
struct RealConfigurationTests {
  private let tree: URL

  init() throws { tree = URL(filePath: try #require(ProcessInfo.processInfo.environment["AZL_TREE"])) }

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: tree.appending(path: folder).path)
      .filter { $0.hasSuffix(".json") }.sorted().map { "\(folder)/\($0)" }
  }

  private func check(_ name: String, edit: ((String) throws -> String)? = nil) throws -> [ImageFinding] {
    let file = tree.appending(path: name)
    let folder = file.deletingLastPathComponent()
    func place(_ path: String) -> URL { URL(filePath: path, relativeTo: folder) }
    let check = ImageCheck(
      file: name, list: { try? Data(contentsOf: place($0)) },
      exists: { FileManager.default.fileExists(atPath: place($0).path) }, shown: { $0 })
    let text = try String(contentsOf: file, encoding: .utf8)
    return check.run(Data(try (edit?(text) ?? text).utf8)).findings
  }

  /// Upstream's validator has a test that all of these are valid.
  @Test func allAreValidWithoutAWarning() throws {
    let names = try names(in: "toolkit/imageconfigs")
    #expect(names.count >= 30)
    for name in names { #expect(try check(name).isEmpty, "\(name)") }
  }

  @Test func allPackageListsAreRead() throws {
    let names = try names(in: "toolkit/imageconfigs/packagelists")
    #expect(!names.isEmpty)
    for name in names {
      let data = try Data(contentsOf: tree.appending(path: name))
      #expect(PackageList.check(data, file: name).findings.isEmpty, "\(name)")
    }
  }

  /// They take two of upstream's tools along, which only a build of those tools leaves.
  @Test func thoseOfTheInstallerMissTheTools() throws {
    for name in try names(in: "toolkit/resources/imageconfigs") {
      let findings = try check(name).filter {
        !$0.message.hasSuffix("imager") && !$0.message.hasSuffix("liveinstaller")
      }
      #expect(findings.isEmpty, "\(name): \(findings)")
    }
  }

  /// What upstream's validator refuses in any configuration.
  @Test(arguments: [
    ("SystemConfigs[0].Name", "\" \"", ImageRule.blank), ("SystemConfigs[0].Hostname", "\"a_b\"", .hostname),
    ("SystemConfigs[0].BootType", "\"uefi\"", .word),
    ("SystemConfigs[0].PackageLists[0]", "\"none.json\"", .fileMissing),
    ("SystemConfigs[0].Packages", "[\"kernel\"]", .kernelListed),
    ("SystemConfigs[0].Packages", "[\"a b\"]", .packageText),
    (
      "SystemConfigs[0].KernelCommandLine", #"{"SELinux": "enforcing", "SELinuxPolicy": "none-of-it"}"#,
      .selinux
    ),
    ("SystemConfigs[0].KernelCommandLine", #"{"ExtraCommandLine": "`"}"#, .backtick),
    ("SystemConfigs[0].PartitionSettings", #"[{"ID": "none", "MountPoint": "/"}]"#, .partitionMissing),
    ("SystemConfigs[0].Users", #"[{"Name": "x", "UID": "60001"}]"#, .uid),
    ("SystemConfigs", "[]", .systemMissing),
    ("Disks", #"[{"PartitionTableType": "apm"}]"#, .word), ("Disks", "[{\"MaxSize\": \"1\"}]", .type),
  ])
  func editsThatUpstreamRefusesAreErrors(path: String, value: String, rule: ImageRule) throws {
    for name in try names(in: "toolkit/imageconfigs") {
      let findings = try check(name) { try ImageSpecimen.edit($0, path, value) }
      #expect(findings.errors.contains { $0.rule == rule }, "\(name): \(findings)")
    }
  }

  /// The cases of the validator's own tests, by its own files: what is wrong at first, then with one more list.
  @Test(arguments: [
    ("KernelCommandLine.EnableFIPS", "true", "fips-list.json", ImageRule?.some(.fips), ImageRule?.none),
    ("KernelCommandLine.SELinux", "\"enforcing\"", "selinux-policy-list.json", .selinux, nil),
    ("Users", #"[{"Name": "u"}]"#, "shadowutils-list.json", .shadowUtils, nil),
    ("Users", #"[{"Name": "u"}]"#, "pinned-shadowutils-list.json", .shadowUtils, nil),
    ("Users", #"[{"Name": "u"}]"#, "pinned-shadowutils-ws-list.json", .shadowUtils, nil),
    ("Users", "[]", "not-a-real-list.json", nil, .fileMissing),
    ("Users", "[]", "bogus-list.json", nil, .packageText),
  ])
  func theValidatorsOwnCases(path: String, value: String, list: String, first: ImageRule?, then: ImageRule?)
    throws
  {
    let name = "toolkit/tools/imageconfigvalidator/testdata/test-config.json"
    #expect(try check(name).isEmpty)
    let alone = try check(name) { try ImageSpecimen.edit($0, "SystemConfigs[0].\(path)", value) }
    #expect(alone.errors.map(\.rule) == [first].compactMap(\.self), "\(alone)")
    let both = try check(name) {
      try ImageSpecimen.edit(
        try ImageSpecimen.edit($0, "SystemConfigs[0].\(path)", value), "SystemConfigs[0].PackageLists[1]",
        "\"\(list)\"")
    }
    #expect(both.errors.map(\.rule) == [then].compactMap(\.self), "\(both)")
  }

  /// Upstream's specimen of every key: it decodes, and nothing but its files is missing.
  @Test func theSpecimenOfEveryKeyIsRead() throws {
    let findings = try check("toolkit/tools/imagegen/configuration/testdata/test_configuration.json")
    #expect(findings.errors.allSatisfy { $0.rule == .fileMissing }, "\(findings.errors)")
    #expect(!findings.contains { $0.rule == .unknownKey })
  }
}
