import Testing

@testable import AzureLinux

/// Each rule with values that keep it and values that break it.
@Suite struct ImageRuleTests {
  /// One place of a configuration: `good` values there give no finding of the rule, each of `bad` gives one.
  struct Sample: Sendable {
    var rule: ImageRule
    var base = ImageSpecimen.efi
    /// What is changed first.
    var with: [(String, String?)] = []
    var path: String
    var good: [String?]
    var bad: [String?] = []
    /// Where findings are; without, at `path`.
    var at: String?
  }

  static func quoted(_ texts: String...) -> [String?] { texts.map { "\"\($0)\"" } }

  private static let system = "SystemConfigs[0]"
  private static let target: (String, String?) = (
    "Disks[0].TargetDisk", #"{"Type": "path", "Value": "/dev/sda"}"#
  )
  private static let noAddresses: [(String, String?)] = ["Ip", "NetMask", "GateWay"].map {
    ("\(system).Networks[0].\($0)", nil)
  }

  static let written: [Sample] = [
    .init(rule: .type, path: "Disks[0].MaxSize", good: ["1024"], bad: ["\"1 GB\"", "true", "-1"]),
    .init(
      rule: .word, path: "Disks[0].PartitionTableType", good: quoted("gpt", "mbr", ""),
      bad: quoted("GPT", "apm")),
    .init(rule: .repeatedKey, path: "Disks[0].maxsize", good: [nil], bad: ["1"], at: "Disks[0].MaxSize"),
    .init(rule: .unknownKey, path: "\(system).Hostnames", good: [nil], bad: ["null", "1", "{}"]),
    .init(rule: .formerKey, path: "\(system).HidepidDisabled", good: [nil], bad: ["true"]),
    .init(
      rule: .noEffect, path: "DefaultSystemConfig", good: [nil, "null"],
      bad: [#"{"Name": "x", "Packages": ["a"]}"#]),
    .init(
      rule: .notMakeable, path: "Disks[0].Partitions[1].FsType", good: quoted("xfs", "linux-swap", ""),
      bad: quoted("btrfs")),
    .init(
      rule: .notMakeable, path: "Disks[0].Artifacts[0].Type", good: quoted("ova", "tar.gz", ""),
      bad: quoted("vmdk")),
  ]

  static let effects: [Sample] = [
    .init(
      rule: .noEffect, path: "\(system).PreInstallScripts", good: [nil, "[]"], bad: [#"[{"Path": "x"}]"#]),
    .init(
      rule: .noEffect, base: ImageSpecimen.iso, with: [("\(system).IsKickStartBoot", "true")],
      path: "\(system).PreInstallScripts", good: [#"[{"Path": "x"}]"#]),
    .init(
      rule: .noEffect, path: "\(system).KernelCommandLine",
      good: ["{}", #"{"SELinux": "enforcing", "SELinuxPolicy": "mine"}"#],
      bad: [#"{"SELinuxPolicy": "mine"}"#]),
    .init(
      rule: .noEffect, path: "\(system).PartitionSettings[0].RemoveDocs", good: [nil, "false"], bad: ["true"]),
    .init(
      rule: .noEffect, path: "\(system).Users[0].UID", good: [nil] + quoted("", "0"), bad: quoted("1", "1000")
    ),
  ]

  static let disks: [Sample] = [
    .init(
      rule: .partitionType, path: "Disks[0].Partitions[1].TypeUUID", good: [nil, "\"\""],
      bad: quoted("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")),
    .init(
      rule: .partitionTypeUUID, with: [("Disks[0].Partitions[1].Type", nil)],
      path: "Disks[0].Partitions[1].TypeUUID",
      good: quoted("", "C12A7328-f81f-11d2-ba4b-00a0c93ec93b"), bad: quoted("linux", "c12a7328")),
    .init(
      rule: .partitionName, path: "Disks[0].Partitions[1].Name",
      good: quoted("", "root fs", String(repeating: "x", count: 35)),
      bad: quoted("é", String(repeating: "x", count: 36))),
    .init(rule: .partitionID, path: "Disks[0].Partitions[1].ID", good: quoted("rootfs"), bad: quoted("boot")),
    .init(
      rule: .partitionID, path: "Disks[1]", good: [#"{"MaxSize": 9, "Partitions": [{"ID": "x", "End": 9}]}"#],
      bad: [#"{"MaxSize": 9, "Partitions": [{"ID": "boot", "End": 9}]}"#], at: "Disks[1].Partitions[0].ID"),
    .init(
      rule: .partitionOrder, path: "Disks[0].Partitions[0].End", good: ["2", "65"], bad: ["0", "1", nil]),
    .init(rule: .overlap, path: "Disks[0].Partitions[1].Start", good: ["65", "66"], bad: ["64", "2"]),
    .init(rule: .maxSizeMissing, path: "Disks[0].MaxSize", good: ["1024"], bad: ["0", nil]),
    .init(rule: .maxSizeMissing, with: [target], path: "Disks[0].MaxSize", good: ["0", nil]),
    .init(
      rule: .maxSizeMissing, with: [("Disks[0].Partitions", "[]")], path: "Disks[0].MaxSize",
      good: ["0", nil]),
    .init(rule: .maxSizeSmall, path: "Disks[0].MaxSize", good: ["65"], bad: ["64", "1"]),
    .init(rule: .maxSizeUnused, with: [target], path: "Disks[0].MaxSize", good: ["0", nil], bad: ["1024"]),
    .init(
      rule: .targetDisk, path: "Disks[0].TargetDisk", good: [target.1, "{}", #"{"Type": "", "Value": ""}"#],
      bad: [#"{"Type": "path"}"#], at: "Disks[0].TargetDisk.Value"),
  ]

  static let systems: [Sample] = [
    .init(
      rule: .systemMissing, path: "SystemConfigs", good: [#"[{"Name": "x", "Packages": ["a"]}]"#],
      bad: ["[]", "null", nil]),
    .init(
      rule: .severalDefaults, path: "SystemConfigs[1]", good: [#"{"Name": "b", "Packages": ["a"]}"#],
      bad: [#"{"Name": "b", "Packages": ["a"], "IsDefault": true}"#], at: "SystemConfigs[1].IsDefault"),
    .init(rule: .blank, path: "\(system).Name", good: quoted("x"), bad: [nil, "\"\"", "\" \""]),
    .init(rule: .blank, path: "\(system).Users[1].Name", good: quoted("x"), bad: [nil, "\"\"", "\" \""]),
    .init(
      rule: .blank, base: ImageSpecimen.iso, path: "\(system).PackageRepos[0].Name", good: quoted("x"),
      bad: [nil, "\" \""]),
    .init(
      rule: .blank, base: ImageSpecimen.iso, path: "\(system).Networks[0].Device",
      good: quoted("bootif", "aa:bb"),
      bad: [nil, "\" \""]),
    .init(
      rule: .hostname, path: "\(system).Hostname",
      good: [nil] + quoted("", "a", "A1.b-c", "a-", "a.b.", "1.2.3", String(repeating: "x", count: 63)),
      bad: quoted("a_b", "-a", "a..b", ".a", "a b", "1.2.3.4", "::1", "é", String(repeating: "x", count: 64))),
    .init(
      rule: .bootType, path: "\(system).BootType", good: quoted("efi", "legacy", "none"), bad: [nil, "\"\""]),
    .init(
      rule: .bootType, with: [("\(system).PartitionSettings[1].OverlayBaseImage", "\"base.img\"")],
      path: "\(system).BootType", good: [nil]),
    .init(rule: .kickstart, path: "\(system).IsKickStartBoot", good: ["false", nil], bad: ["true"]),
    .init(rule: .kickstart, base: ImageSpecimen.iso, path: "\(system).IsKickStartBoot", good: ["true"]),
    .init(
      rule: .backtick, path: "\(system).KernelCommandLine.ExtraCommandLine", good: quoted("", "a b='c'"),
      bad: quoted("a`b")),
    .init(
      rule: .permissions, path: "\(system).AdditionalFiles[\"motd\"]",
      good: ["null", "\"0\"", "\"644\"", "\"0777\""].map { #"{"Path": "/x", "Permissions": \#($0)}"# },
      bad: quoted("", "0888", "1777", "+7", "0o7", "rw").map {
        #"{"Path": "/x", "Permissions": \#($0 ?? "")}"#
      }),
    .init(
      rule: .destination, path: "\(system).AdditionalFiles[\"motd\"]",
      good: ["\"/x\"", #"{"Path": "/x"}"#, #"["/x", {"Path": "/y"}]"#],
      bad: ["\"\"", "{}", "[]", "null", #"["/x", ""]"#, #"{"Path": null}"#]),
  ]

  static let mounts: [Sample] = [
    .init(
      rule: .partitionMissing, path: "\(system).PartitionSettings[1].ID", good: quoted("rootfs"),
      bad: quoted("root", "")),
    .init(
      rule: .mountPointTwice, path: "\(system).PartitionSettings[0].MountPoint", good: quoted("", "/efi"),
      bad: quoted("/"), at: "\(system).PartitionSettings[1].MountPoint"),
    .init(
      rule: .mountIdentifier, path: "\(system).PartitionSettings[1].MountIdentifier",
      good: [nil, "null"] + quoted("uuid", "partuuid", "partlabel"), bad: quoted("")),
    .init(
      rule: .partlabel, path: "\(system).PartitionSettings[1].MountIdentifier",
      good: quoted("partlabel", "uuid")),
    .init(
      rule: .partlabel, with: [("Disks[0].Partitions[1].Name", nil)],
      path: "\(system).PartitionSettings[1].MountIdentifier", good: quoted("uuid"), bad: quoted("partlabel")),
    .init(
      rule: .partlabel, with: [("Disks[0].PartitionTableType", "\"mbr\"")],
      path: "\(system).PartitionSettings[1].MountIdentifier", good: quoted("uuid"), bad: quoted("partlabel")),
    .init(
      rule: .encryptedRoot, path: "\(system).Encryption", good: ["{}", "null", #"{"Enable": false}"#],
      bad: [#"{"Enable": true}"#]),
    .init(
      rule: .encryptedRoot, with: [("Disks[0].Partitions[1].Flags", #"["dmroot"]"#)],
      path: "\(system).Encryption",
      good: [#"{"Enable": true}"#]),
    .init(
      rule: .encryptedRoot, with: [("\(system).PartitionSettings[1].MountPoint", "\"/srv\"")],
      path: "\(system).Encryption", good: ["{}"], bad: [#"{"Enable": true}"#]),
    .init(
      rule: .encryptedRoot, with: [("\(system).PartitionSettings", "[]")], path: "\(system).Encryption",
      good: ["{}"], bad: [#"{"Enable": true}"#]),
    .init(
      rule: .severalDMRoots, with: [("Disks[0].Partitions[0].Flags", #"["dmroot"]"#)],
      path: "Disks[0].Partitions[1].Flags", good: ["[]", nil], bad: [#"["dmroot"]"#],
      at: "\(system).PartitionSettings[1].ID"),
    .init(
      rule: .encryptionLater, base: ImageSpecimen.iso, path: "\(system).Encryption", good: ["{}"],
      bad: [#"{"Enable": true}"#]),
  ]

  static let packages: [Sample] = [
    .init(
      rule: .packagesMissing, with: [("\(system).PackageLists", "[]")], path: "\(system).Packages",
      good: [#"["a"]"#],
      bad: ["[]", nil], at: "\(system).PackageLists"),
    .init(
      rule: .packageText, path: "\(system).Packages",
      good: ["a", "a>=1", " a = 1 ", "a<2", "a > 0:1-2"].map { "[\"\($0)\"]" },
      bad: ["", "a>=", "a b", "a==1", "a=>1", ">=1"].map { "[\"\($0)\"]" }, at: "\(system).Packages[0]"),
    .init(
      rule: .kernelMissing, path: "\(system).KernelOptions", good: [#"{"default": "k"}"#],
      bad: ["{}", nil, #"{"Default": "k"}"#, #"{"_default": "k"}"#], at: "\(system).KernelOptions.default"),
    .init(
      rule: .kernelMissing, with: [("\(system).PartitionSettings", "[]")], path: "\(system).KernelOptions",
      good: ["{}", nil]),
    .init(
      rule: .kernelBlank, path: "\(system).KernelOptions.default", good: quoted("kernel"),
      bad: ["null", "\"\"", "\" \""]),
    .init(
      rule: .kernelBlank, path: "\(system).KernelOptions", good: [#"{"default": "k", "_": ""}"#],
      bad: [#"{"default": "k", "": "x"}"#]),
  ]

  static let accounts: [Sample] = [
    .init(
      rule: .uid, path: "\(system).Users[1].UID", good: [nil] + quoted("", " ", "0", "+5", "007", "60000"),
      bad: quoted("-1", "60001", "x", " 5", "1.0")),
    .init(
      rule: .gid, path: "\(system).Groups[0].GID", good: [nil] + quoted("", "1500"), bad: quoted("x", "-1")),
    .init(
      rule: .passwordExpires, path: "\(system).Users[1].PasswordExpiresDays",
      good: [nil, "-1", "0", "99999"],
      bad: ["-2", "100000"]),
    .init(rule: .nameTwice, path: "\(system).Users[1].Name", good: quoted("ann"), bad: quoted("root")),
    .init(
      rule: .nameTwice, path: "\(system).Groups[1]", good: [#"{"Name": "crew"}"#],
      bad: [#"{"Name": "staff"}"#],
      at: "\(system).Groups[1].Name"),
    .init(
      rule: .groupUnknown, path: "\(system).Users[1].PrimaryGroup", good: quoted("", "staff"),
      bad: quoted("wheel")),
    .init(
      rule: .groupUnknown, path: "\(system).Users[1].SecondaryGroups", good: ["[]", #"["staff"]"#],
      bad: [#"["wheel"]"#],
      at: "\(system).Users[1].SecondaryGroups[0]"),
  ]

  static let networks: [Sample] =
    ["Ip", "NetMask", "GateWay"].map {
      .init(
        rule: .address, base: ImageSpecimen.iso, path: "\(system).Networks[0].\($0)",
        good: quoted("10.1.2.3", "fe80::1"),
        bad: [nil] + quoted("", "10.0.0.256", "10.0.0.01", "10.0.0", "fe80::1%eth0", "host"))
    } + [
      .init(
        rule: .address, base: ImageSpecimen.iso, path: "\(system).Networks[0].NameServer",
        good: ["[]", #"["1.1.1.1"]"#],
        bad: [#"["x"]"#, #"[""]"#], at: "\(system).Networks[0].NameServer[0]"),
      .init(
        rule: .address, base: ImageSpecimen.iso, with: noAddresses, path: "\(system).Networks[0].BootProto",
        good: quoted("dhcp", " dhcp "), bad: quoted("static", "bootp", "ibft"), at: "\(system).Networks[0].Ip"
      ),
      .init(
        rule: .address, base: ImageSpecimen.iso,
        with: noAddresses + [("\(system).Networks[0].NameServer", #"[""]"#)],
        path: "\(system).Networks[0].BootProto",
        good: [nil, "\"\"", "\"dhcp\""]),
      .init(
        rule: .repositoryTwice, base: ImageSpecimen.iso, path: "\(system).PackageRepos[1]",
        good: [#"{"Name": "other", "BaseUrl": "http://x"}"#],
        bad: [#"{"Name": "extra", "BaseUrl": "http://x"}"#],
        at: "\(system).PackageRepos[1].Name"),
      .init(
        rule: .repositoryURL, base: ImageSpecimen.iso, path: "\(system).PackageRepos[0].BaseUrl",
        good: quoted("http://x", "file:///x", "/x", "a:b", "http://x/a b"),
        bad: [nil] + quoted("", " ", "x", "::1")),
      .init(
        rule: .repositoryKeys, base: ImageSpecimen.iso, path: "\(system).PackageRepos[0].GPGKeys",
        good: [nil] + quoted(ImageConfiguration.PackageRepository.defaultKeys), bad: quoted("", "file:///key")
      ),
      .init(
        rule: .repositoryKeys, base: ImageSpecimen.iso,
        with: [
          ("\(system).PackageRepos[0].GPGCheck", "false"),
          ("\(system).PackageRepos[0].RepoGPGCheck", "false"),
        ],
        path: "\(system).PackageRepos[0].GPGKeys", good: quoted("file:///key")),
      .init(
        rule: .repositoryKeysLater, base: ImageSpecimen.iso,
        with: [("\(system).PackageRepos[0].Install", "true")],
        path: "\(system).PackageRepos[0].GPGKeys", good: [nil], bad: quoted("file:///key")),
      .init(
        rule: .repositoryISO, base: ImageSpecimen.iso, path: "\(system).IsIsoInstall", good: ["true"],
        bad: ["false", nil], at: "\(system).PackageRepos"),
    ]

  static let all = written + effects + disks + systems + mounts + packages + accounts + networks

  @Test func theSpecimensAreValid() {
    #expect(ImageSpecimen.findings(ImageSpecimen.efi).isEmpty)
    #expect(ImageSpecimen.findings(ImageSpecimen.iso).isEmpty)
    #expect(ImageSpecimen.findings(ImageSpecimen.whole).errors.isEmpty)
  }

  /// Those that look at other files are in `ImageCheckTests`.
  @Test func everyRuleHasGoodAndBadValues() {
    for rule in ImageRule.allCases where rule != .json && !ImageCheckTests.rules.contains(rule) {
      let samples = Self.all.filter { $0.rule == rule }
      #expect(samples.contains { !$0.good.isEmpty } && samples.contains { !$0.bad.isEmpty }, "\(rule)")
    }
    #expect(ImageRule.allCases.allSatisfy { !$0.meaning.isEmpty })
    #expect(Set(ImageRule.allCases.map(\.meaning)).count == ImageRule.allCases.count)
  }

  @Test(arguments: all.indices)
  func goodValuesPassAndBadOnesAreNamed(index: Int) throws {
    let sample = Self.all[index]
    var base = sample.base
    for (path, value) in sample.with { base = try ImageSpecimen.edit(base, path, value) }
    for value in sample.good {
      let findings = ImageSpecimen.findings(try ImageSpecimen.edit(base, sample.path, value))
      #expect(!findings.contains { $0.rule == sample.rule }, "\(sample.path) = \(value ?? "-"): \(findings)")
    }
    for value in sample.bad {
      let findings = ImageSpecimen.findings(try ImageSpecimen.edit(base, sample.path, value))
      let found = findings.filter { $0.rule == sample.rule }
      #expect(!found.isEmpty, "\(sample.rule): \(sample.path) = \(value ?? "-"): \(findings)")
      #expect(found.first?.path.hasPrefix(sample.at ?? sample.path) == true, "\(found)")
      #expect(found.allSatisfy { $0.level == sample.rule.level && !$0.message.isEmpty })
    }
  }
}
