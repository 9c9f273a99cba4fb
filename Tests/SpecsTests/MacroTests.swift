import AzureLinux
import Foundation
import Specs
import Storage
import SystemPackage
import Testing

@Suite("macros of the tree", .enabled(if: Specimens.canParse, "skipped: bubblewrap or rpm is not installed"))
struct MacroTests {
  @Test("a template is filled as its spec does, with what its spec says")
  func template() async throws {
    let owner = Specimens.spec(
      "glow", "Source1: macros.glow\n%global major %(echo %{version} | cut -d. -f1)",
      rest: """
        %install
        sed -e "s|@@GLOW_VERSION@@|%{version}|" \\
        %if 0
          -e "s/never/NEVER/" \\
        %endif
          -e 's|@@GLOW_MAJOR@@|%{major}|' \\
          < %{SOURCE1} > macros.glow

        """)
    let files = [
      "SPECS/glow/macros.glow":
        "%glow_version @@GLOW_VERSION@@\n%glow@@GLOW_MAJOR@@() never %{glow_version}\n%glow_left @@GLOW_LEFT@@\n"
    ]
    let user = Specimens.spec("user", "Provides: glow(%{glow_version}) glow(%{glow1})")
    try await Specimens.with(["glow": owner, "user": user], files: files) { specimens in
      let names = try await specimens.parse("user").packages[0].provides.map(\.name)
      #expect(names.contains("glow(1.0)"), "\(names)")
      let finding = try #require(specimens.macros.findings.first)
      #expect(finding.file == "SPECS/glow/macros.glow")
      #expect(finding.line == 3)
      #expect(finding.message.contains("@@GLOW_LEFT@@"))
    }
  }

  @Test("an edit of a spec that fills templates counts as far as it changes what they are filled with")
  func fillingIsTheKey() async throws {
    func owner(_ version: String, note: String) -> String {
      Specimens.spec(
        "glow", "Source1: macros.glow\n# \(note)",
        rest: "%install\nsed -e 's|@@GLOW_VERSION@@|%{version}|' < %{SOURCE1} > macros.glow\n"
      ).replacing("Version: 1.0", with: "Version: \(version)")
    }
    let files = ["SPECS/glow/macros.glow": "%glow_version @@GLOW_VERSION@@\n"]
    try await Specimens.with(["glow": owner("1.0", note: "first")], files: files) { specimens in
      let spec = specimens.tree.appending(specimens.location("glow").path).string
      func digest(after text: String) async throws -> Digest {
        try text.write(toFile: spec, atomically: true, encoding: .utf8)
        return try await specimens.assemble().digest
      }
      let first = specimens.macros.digest
      #expect(try await digest(after: owner("1.0", note: "second")) == first)
      let other = try await digest(after: owner("1.1", note: "second"))
      #expect(other != first)
      #expect(try await digest(after: owner("1.0", note: "first")) == first)
      let laid = try await specimens.assemble().path.appending("macros.d/macros.glow")
      #expect(try String(contentsOfFile: laid.string, encoding: .utf8) == "%glow_version 1.0\n")
    }
  }

  @Test("a spec that rpm refuses fills nothing, and says where")
  func refused() async throws {
    let owner = Specimens.spec(
      "glow", "%if 1 +",
      rest: "%install\nsed -e 's|@@GLOW_VERSION@@|%{version}|' < %{SOURCE1} > macros.glow\n")
    let files = ["SPECS/glow/macros.glow": "%glow_version @@GLOW_VERSION@@\n"]
    try await Specimens.with(["glow": owner], files: files) { specimens in
      let laid = specimens.macros.path.appending("macros.d/macros.glow")
      #expect(try String(contentsOfFile: laid.string, encoding: .utf8) == "%glow_version @@GLOW_VERSION@@\n")
      let finding = try #require(specimens.macros.findings.first)
      #expect(finding.file == "SPECS/glow/glow.spec" && finding.line == 6, "\(finding)")
      #expect(finding.message.hasPrefix("the macro files of glow are taken as they are: "))
      #expect(specimens.macros.findings.contains { $0.file == "SPECS/glow/macros.glow" && $0.line == 1 })
    }
  }

  @Test("one worker expands spec after spec, with the macros of each time")
  func again() async throws {
    func owner(_ version: String) -> String {
      Specimens.spec("glow", rest: "%install\nsed -e 's|@@GLOW@@|%{version}-%{?shade}|' -i macros.glow\n")
        .replacing("Version: 1.0", with: "Version: \(version)")
    }
    let files = ["SPECS/glow/macros.glow": "%glow @@GLOW@@\n"]
    try await Specimens.with(["glow": owner("1.0")], files: files) { specimens in
      let expander = try specimens.expander()
      func filled() async throws -> String {
        let folder = try await specimens.assemble(with: expander)
        #expect(folder.isOfSources)
        return try String(
          contentsOfFile: folder.path.appending("macros.d/macros.glow").string, encoding: .utf8)
      }
      func write(_ text: String, to path: String) throws {
        try text.write(
          toFile: specimens.tree.appending("SPECS/glow/\(path)").string, atomically: true, encoding: .utf8)
      }
      #expect(try await filled() == "%glow 1.0-\n")
      try write(owner("1.1"), to: "glow.spec")
      #expect(try await filled() == "%glow 1.1-\n")
      try write("%shade dark\n", to: "macros.shade")
      #expect(try await filled() == "%glow 1.1-dark\n")
      await expander.stop()
    }
  }

  @Test("a spec that was not expanded in time is expanded again the next time")
  func late() async throws {
    let hanging = "%(test -e %{_sourcedir}/../gate/open || sleep 999)"
    let owner = Specimens.spec(
      "glow", hanging, rest: "%install\nsed -e 's|@@GLOW@@|%{version}|' -i macros.glow\n")
    let files = ["SPECS/glow/macros.glow": "%glow @@GLOW@@\n", "SPECS/gate/open": ""]
    try await Specimens.with(["glow": owner], files: files) { specimens in
      let gate = specimens.tree.appending("SPECS/gate/open").string
      func text(_ folder: MacroFolder) throws -> String {
        try String(contentsOfFile: folder.path.appending("macros.d/macros.glow").string, encoding: .utf8)
      }
      let owner = specimens.tree.appending("SPECS/glow/glow.spec").string
      try (String(contentsOfFile: owner, encoding: .utf8) + "# new\n").write(
        toFile: owner, atomically: true, encoding: .utf8)
      try FileManager.default.removeItem(atPath: gate)
      let hasty = try specimens.expander(milliseconds: 300)
      let late = try await specimens.assemble(with: hasty)
      await hasty.stop()
      #expect(!late.isOfSources)
      #expect(try text(late) == "%glow @@GLOW@@\n")
      #expect(
        late.findings.contains { $0.file == "SPECS/glow/glow.spec" && $0.message.contains("not parsed") })
      // nothing of what a key names has changed
      try "".write(toFile: gate, atomically: true, encoding: .utf8)
      let folder = try await specimens.assemble()
      #expect(folder.isOfSources)
      #expect(try text(folder) == "%glow 1.0\n")
    }
  }

  @Test("what a spec that fills templates includes is named where rpm refuses it")
  func refusedInclude() async throws {
    let owner = Specimens.spec(
      "glow", "%include %{_sourcedir}/own.inc",
      rest: "%install\nsed -e 's|@@GLOW@@|%{version}|' -i macros.glow\n")
    let files = [
      "SPECS/glow/macros.glow": "%glow @@GLOW@@\n", "SPECS/glow/own.inc": "# x\n%if 1 +\n%endif\n",
    ]
    try await Specimens.with(["glow": owner], files: files) { specimens in
      let finding = try #require(specimens.macros.findings.first)
      #expect(finding.file == "SPECS/glow/own.inc" && finding.line == 2, "\(finding)")
      #expect(specimens.macros.isOfSources)
    }
  }

  @Test("only a command that begins with sed fills; one of another command's continuation does not")
  func commands() async throws {
    let owner = Specimens.spec(
      "glow",
      rest: """
        %install
        echo \\
        sed -e 's|@@GLOW_VERSION@@|echoed|' macros.glow
          sed -i \\
        %if 1
          -e 's|@@GLOW_VERSION@@|%{version}|' \\
        %else
          -e 's|@@GLOW_VERSION@@|other|' \\
        %endif
          macros.glow

        """)
    let files = ["SPECS/glow/macros.glow": "%glow_version @@GLOW_VERSION@@\n"]
    try await Specimens.with(["glow": owner], files: files) { specimens in
      let laid = specimens.macros.path.appending("macros.d/macros.glow")
      let text = try String(contentsOfFile: laid.string, encoding: .utf8)
      #expect(text == "%glow_version 1.0\n")
    }
  }

  @Test("versions of programs are those of the tree's specs, also where a macro gives them")
  func versionsOfPrograms() async throws {
    let specs = [
      "gcc": Specimens.spec("gcc"),
      "perl": "%define major 5\n%global whole\t5.38.2\n Version: %{whole}\n",
      "python3": "Name: python3\nVersion: %{one}.%{two}",
    ]
    try await Specimens.with(specs) { specimens in
      let facts = HostFacts(tree: specimens.tree, epoch: 0, arch: "x86_64")
      #expect(facts.versions == ["gcc": "1.0", "perl": "5.38.2"])
    }
  }

  @Test("a program that a macro file runs is where the macro says")
  func program() async throws {
    let files = [
      "SPECS/tool/macros.tool": "%tool() %(bash %{_rpmconfigdir}/extra/say.sh %{1})\n",
      "SPECS/tool/say.sh": "echo said-$1\n",
    ]
    let specs = ["tool": Specimens.spec("tool"), "user": Specimens.spec("user", "Provides: %{tool it}")]
    try await Specimens.with(specs, files: files) { specimens in
      let names = try await specimens.parse("user").packages[0].provides.map(\.name)
      #expect(names.contains("said-it"))
    }
  }

  @Test("with_check counts wherever it is asked for, and nowhere else")
  func withCheck() async throws {
    let files = ["SPECS/tool/macros.tool": "%needs_check %{?with_check:%{with_check}}%{!?with_check:0}\n"]
    let specs = [
      "tool": Specimens.spec("tool"),
      "hidden": Specimens.spec("hidden", "%if %{needs_check}\nBuildRequires: expect\n%endif"),
      "polluting": Specimens.spec(
        "polluting",
        "%{!?tests: %global tests %{with_check}}\n%if %{tests}\nBuildRequires: expect\n%endif"),
      "named": Specimens.spec("named", "# with_check is not read\nBuildRequires: gcc"),
    ]
    try await Specimens.with(specs, files: files) { specimens in
      for id in ["hidden", "polluting"] {
        let info = try await specimens.parse(id)
        #expect(info.buildRequires.isEmpty)
        #expect(info.checkRequires.map(\.text) == ["expect"], "\(id)")
      }
      #expect(try await specimens.parse("named").checkRequires.isEmpty)
    }
  }

  @Test(
    "files that a parse opens are its inputs, also those of other directories; versions it lacks are named")
  func inputs() async throws {
    let text = Specimens.spec(
      "user",
      """
      %include %{_sourcedir}/../shared/common.inc
      %{load:%{_sourcedir}/own.macros}
      %if 0
      %include %{_sourcedir}/never.inc
      %endif
      Provides: x(%{?azl_kernel_hwe_version})
      """)
    let files = [
      "SPECS/shared/common.inc": "Provides: y(%{?azl_libfoo_release})\n", "SPECS/user/own.macros": "%own 1\n",
      "SPECS/user/never.inc": "Nonsense\n",
    ]
    try await Specimens.with(["user": text], files: files) { specimens in
      let info = try await specimens.parse("user")
      #expect(info.inputs == ["SPECS/shared/common.inc", "SPECS/user/own.macros"])
      #expect(info.reads == ["kernel_hwe", "libfoo"])
    }
  }

  @Test("architectures, epochs and a noarch package with a package that is not")
  func restrictions() async throws {
    let specs = [
      "other": Specimens.spec("other", "ExclusiveArch: aarch64"),
      "not": Specimens.spec("not", "ExcludeArch: x86_64"),
      "here": Specimens.spec("here", "ExclusiveArch: x86_64 aarch64\nEpoch: 3\nBuildArch: noarch"),
    ]
    try await Specimens.with(specs) { specimens in
      #expect(try await specimens.parse("other").status == .excluded)
      #expect(try await specimens.parse("not").status == .excluded)
      let here = try await specimens.parse("here")
      #expect(here.status == .ok)
      #expect(here.packages.map(\.nevra.description) == ["here-3:1.0-2.azl3.noarch"])
      #expect(here.packages[0].provides.map(\.text) == ["here = 3:1.0-2.azl3"])
    }
  }
}
