import AzureLinux
import Foundation
import Testing

extension EndToEnd.Trouble {
  /// `image check`, `image schema` and `make validate-image-config` through the real command.
  @Suite(.serialized, .sharedTree) struct ImageChecks {
    private let tree: DemoTree
    private let typo = #"{"Diks": [], "SystemConfigs": [{"Name": "x", "PackageLists": ["none.json"]}]}"#
    /// Valid, and not built yet.
    private let later = #"""
      {"Disks": [{"Artifacts": [{"Name": "x", "Type": "ova"}]}],
       "SystemConfigs": [{"Name": "x", "PackageLists": ["imageconfigs/packagelists/base.json"],
         "PreInstallScripts": [{"Path": "x"}]}]}
      """#

    init() throws { tree = try DemoTree.current() }

    @Test func aConfigurationIsChecked() async throws {
      let valid = try await tree.azl("image", "check", "imageconfigs/demo.json")
      #expect(valid.status == 0 && valid.out == "✓ imageconfigs/demo.json valid\n", "\(valid.all)")
      let all = try await tree.azl("image", "check")
      #expect(all.status == 0 && all.out.contains(" configurations valid"), "\(all.all)")
      try tree.write("typo.json", typo)
      let wrong = try await tree.azl("image", "check", "imageconfigs/demo.json", "typo.json")
      #expect(wrong.status == 1)
      #expect(
        wrong.out == """
          typo.json: Diks: warning: is not a known key and is ignored; did you mean Disks? [unknown-key]
          typo.json: SystemConfigs[0].PackageLists[0]: error: there is no file none.json [file-missing]

          ✗ typo.json invalid: 1 error
            1 of 2 invalid, 1 warning

          """)
      let none = try await tree.azl("image", "check", "none.json")
      #expect(none.status == 2 && none.err.contains("none.json"), "\(none.all)")
    }

    @Test func reportsFitTheirSchemas() async throws {
      try tree.write("typo.json", typo)
      let wrong = try await tree.azl("image", "check", "typo.json", "imageconfigs/demo.json", "--json")
      #expect(wrong.status == 1)
      try await Schema("image-check").validate(wrong.out)
      let report = try wrong.json(ImageCheckReport.self)
      #expect(report.configurations.map(\.valid) == [false, true])
      #expect(report.findings.map(\.rule) == [.unknownKey, .fileMissing])
      try await Schema("image-configuration").validate(try tree.read("imageconfigs/demo.json"))
      try await Schema("package-list").validate(try tree.read("imageconfigs/packagelists/base.json"))
      for (words, name) in [([], "image-configuration"), (["--package-list"], "package-list")] {
        let printed = try await tree.azl(["image", "schema"] + words)
        #expect(try printed.out == String(contentsOfFile: Schema(name).path, encoding: .utf8))
      }
    }

    @Test func pathsStartWhereTheCallSays() async throws {
      let text = try tree.read("imageconfigs/demo.json")
      try tree.write("moved.json", text)
      #expect(try await tree.azl("image", "check", "moved.json").status == 1)
      #expect(try await tree.azl("image", "check", "moved.json", "--base-dir", "imageconfigs").status == 0)
      let made = try await tree.azl(
        "make", "validate-image-config", "CONFIG_FILE=moved.json", "CONFIG_BASE_DIR=imageconfigs")
      #expect(made.status == 0 && made.out == "✓ moved.json valid\n", "\(made.all)")
      #expect(made.err.contains("azl-dev image check"))
      #expect(try await tree.azl("make", "validate-image-config", "CONFIG_FILE=moved.json").status == 1)
      let without = try await tree.azl("make", "validate-image-config")
      #expect(without.status == 2 && without.err.contains("CONFIG_FILE"), "\(without.all)")
    }

    @Test func anArchiveIsNotBooted() async throws {
      let built = try await tree.azl("image", "build", "imageconfigs/distroless.json")
      #expect(built.status == 0, "\(built.all)")
      let booted = try await tree.azl("boot", ".azldev/out/images/distroless")
      #expect(booted.status == 2 && booted.err.contains("has no disk that QEMU boots"), "\(booted.all)")
    }

    @Test func whatCannotBeBuiltIsValidAndRefusedByTheBuild() async throws {
      try tree.write("later.json", later)
      try tree.write("x", "")
      let checked = try await tree.azl("image", "check", "later.json")
      #expect(checked.status == 0, "\(checked.all)")
      let built = try await tree.azl("image", "build", "later.json")
      #expect(built.status == 2)
      #expect(
        built.err.contains("later.json: Disks[0].Artifacts[0].Type \"ova\" is not supported yet"),
        "\(built.err)")
      #expect(built.err.contains("SystemConfigs[0].PreInstallScripts is not supported yet"), "\(built.err)")
    }
  }
}
