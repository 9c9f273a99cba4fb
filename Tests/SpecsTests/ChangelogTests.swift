import AzureLinux
import Foundation
import Sandbox
import Specs
import SystemPackage
import Testing

/// librpm is not shown most changelogs; it must not matter.
@Suite("changelogs", .enabled(if: Specimens.canParse, "skipped: bubblewrap or rpm is not installed"))
struct ChangelogTests {
  private static let good = "* Tue Feb 03 2026 A Person <a@example.com> - 1.0-2\n- A change.\n"

  @Test(
    "a changelog that rpm refuses is refused, one that it takes is taken",
    arguments: [
      good,
      "",
      "\n\n" + good + "\n* Mon Jan 05 2026 B - 1.0-1\n  - Indented,\n\twith a tab.\n\n",
      "* Mon Jan  5 2026 B\n- One digit\n",
      "# a comment\n" + good,
      good + "# a comment\n",
      "* Tue Feb 03 2026 Á Person\n- Not ASCII: ü.\n",
      "* Tue Feb 03 2026\n- Nobody.\n",
      "* Tue Feb 03 2026 A\n",
      "* Tue Feb 03 2026 A\n# only a comment\n",
      "* Tue Feb 03 2026 A\n* Mon Jan 05 2026 B\n- The first says nothing.\n",
      "* Tue Feb 30 2026 A\n- No such day.\n",
      "* Tue Feb 29 2025 A\n- No such day in this year.\n",
      "* Tue Fbe 03 2026 A\n- No such month.\n",
      "* Tue Feb 03 1066 A\n- Long ago.\n",
      "* Tue Feb 03 26 A\n- Short.\n",
      "* Tuesday Feb 03 2026 A\n- Long.\n",
      "*Tue Feb 03 2026 A\n- No blank.\n",
      "- No heading.\n",
      good + "* Wed Mar 04 2026 C\n- Later than the one before.\n",
      "* Tue Feb 03 12:00:00 UTC 2026 A\n- With a time.\n",
      good + "- 100% of it\n",
      good + "- %{name} and %%{name}\n",
      good + "- %{error:stopped here}\n",
      good + "- a line that goes on \\\n  here\n",
      good + "%if 1\n- more\n%endif\n",
      good + "%package late\nSummary: After it\n%description late\nText.\n",
    ])
  func asRPMSays(changelog: String) async throws {
    let text = Specimens.spec("lamp", "Provides: lit = 1", rest: "%files\n\n%changelog\n" + changelog)
    try await Specimens.with(["lamp": text], workers: 1) { specimens in
      let info = try await specimens.parse("lamp")
      let file = specimens.tree.appending("SPECS/lamp/lamp.spec").string
      let rpm = try await Command(
        ["rpmspec", "-q", "--qf", "%{NAME}\n", "--define", "dist .azl3", file],
        environment: ["LC_ALL": "C.UTF-8"]
      ).run()
      #expect((info.status == .ok) == rpm.isSuccess, "rpm says \(rpm.errorText)\(info.findings)")
      guard rpm.isSuccess else { return #expect(!info.findings.isEmpty) }
      let names = rpm.text.split(separator: "\n").map(String.init).sorted()
      #expect(info.packages.map(\.nevra.name).sorted() == names)
    }
  }

  @Test("whoever else reads the spec sees all of it")
  func others() async throws {
    let text = Specimens.spec(
      "lamp",
      """
      %{lua: local f = io.open("/azl/tree/SPECS/lamp/lamp.spec"); rpm.define("length " .. #f:read("a")); f:close()}
      Provides: by-lua(%{length})
      Provides: by-shell(%(wc -c < /azl/tree/SPECS/lamp/lamp.spec))
      """, rest: "%changelog\n" + Self.good)
    try await Specimens.with(["lamp": text], workers: 1) { specimens in
      let info = try await specimens.parse("lamp")
      let provides = info.packages.flatMap(\.provides).map(\.name)
      #expect(provides.contains("by-lua(\(text.utf8.count))"), "\(provides) \(info.findings)")
      #expect(provides.contains("by-shell(\(text.utf8.count))"))
    }
  }
}
