import AzureLinux
import Foundation
import FoundationXML
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// What builds and tests of a set leave: verdicts, lists, repositories, archives.
  @Suite(.serialized) struct Results {
    @Test func listsAndRepositoriesForUpstreamsTools() async throws {
      try await DemoTree.with { tree in
        try tree.edit("SPECS/lantern-check/lantern-check.spec", "%build\n", "%build\nfalse\n")
        let words = ["build", "lantern-common", "lantern-scripts", "lantern-check"]
        #expect(try await tree.azl(words).status == 1)
        #expect(
          try tree.read(".azldev/out/build_state.csv").split(separator: "\n") == [
            "Package,State,Blocker,IsTest", "lantern-common-1.0-1.azl3.src.rpm,Built,,0",
            "lantern-scripts-1.0-1.azl3.src.rpm,Built,,0", "lantern-check-1.0-1.azl3.src.rpm,Failed,,0",
          ])
        let summary = try tree.read(".azldev/logs/summary.log")
        #expect(
          summary.contains("level=error msg=\"Number of failed SRPMs:                1\""), "\(summary)")
        #expect(summary.contains("level=info msg=\"--> lantern-common-1.0-1.azl3.src.rpm \""))

        let made = try summaryFile(tree, ".azldev/out/rpms_snapshot.json")
        #expect(made.packages.contains { $0.name == "lantern-common" && $0.distribution == "azl3" })
        let used = try summaryFile(tree, ".azldev/out/graph_external_deps.json")
        #expect(used.packages.contains { $0.name == "bash" })
        for folder in ["RPMS", "SRPMS"] {
          let names = try FileManager.default.contentsOfDirectory(
            atPath: tree.file(".azldev/out/\(folder)/repodata").string)
          #expect(names.contains("repomd.xml") && names.contains { $0.contains("primary.xml") })
        }
        #expect(try await packagesInMetadata(tree) == made.packages.map(\.fileName).sorted())

        // a package that goes is no longer listed, and what did not change is not made again
        let before = try facts(tree.file(".azldev/out/RPMS/repodata/repomd.xml"))
        _ = try await tree.azl("build", "lantern-common")
        #expect(try facts(tree.file(".azldev/out/RPMS/repodata/repomd.xml")) == before)
        #expect(
          try tree.read(".azldev/out/build_state.csv").contains(
            "lantern-common-1.0-1.azl3.src.rpm,PreBuilt,,0"))
        try tree.edit("SPECS/lantern-common/lantern-common.spec", "Release:        1%", "Release:        2%")
        #expect(try await tree.azl("build", "lantern-common").status == 0)
        let names = try await packagesInMetadata(tree)
        #expect(names.contains { $0.hasPrefix("lantern-common-1.0-2") })
        #expect(!names.contains { $0.hasPrefix("lantern-common-1.0-1") })
      }
    }

    @Test func aPackageOfTheToolchainIsNotMadeAgainUnasked() async throws {
      try await DemoTree.with { tree in
        let name = "lantern-common-1.0-1.azl3.noarch.rpm"
        try FileManager.default.createDirectory(
          atPath: tree.file("toolkit/resources/manifests/package").string, withIntermediateDirectories: true)
        try tree.write(
          "toolkit/resources/manifests/package/toolchain_x86_64.txt", "bash-1-1.x86_64.rpm\n\(name)\n")
        let output = try await tree.azl("build", "lantern-common", "--json")
        #expect(output.status == 1)
        #expect(try output.json(BuildReport.self).conflicts == [.init(spec: "lantern-common", rpms: [name])])
        try await Schema("build").validate(output.out)
        #expect(output.err.contains("raise its Release"))
        #expect(
          try tree.read(".azldev/logs/summary.log").contains(
            "level=error msg=\"Number of toolchain SRPM conflicts:    1\""))
        var command = tree.command(["build", "--rebuild", "lantern-common"])
        command.environment["AZL_DEV_TOOLCHAIN_ALLOW_REBUILDS"] = "true"
        let allowed = try await command.run()
        #expect(allowed.status == 0, "\(allowed.errorText)")
        // another release is another package
        try tree.edit("SPECS/lantern-common/lantern-common.spec", "Release:        1%", "Release:        2%")
        #expect(try await tree.azl("build", "lantern-common").status == 0)
      }
    }

    @Test func aSummaryRestoresExactlyItsPackages() async throws {
      try await DemoTree.with { tree in
        try tree.write(
          "list.json",
          #"{"Repo":[{"Name":"zip","Version":"3.0-6","Architecture":"x86_64","Distribution":"azl3"}]}"#)
        let published = try #require(try zip())
        try tree.write(
          "list.json", String(decoding: try PackageSummary(fileNames: [published]).json, as: UTF8.self))
        let output = try await tree.azl("build", "--from-summary", "list.json")
        #expect(output.status == 0, "\(output.all)")
        let names = try FileManager.default.contentsOfDirectory(
          atPath: tree.file(".azldev/out/RPMS/x86_64").string)
        #expect(names == [published])
        try tree.write("list.json", try tree.read("list.json").replacing("\"zip\"", with: "\"zap\""))
        let lost = try await tree.azl("build", "--from-summary", "list.json")
        #expect(lost.status == 2)
        #expect(lost.err.contains("neither published nor in .azldev/out: zap-"), "\(lost.err)")
      }
    }

    @Test func archivesCarryPackagesToAnotherTree() async throws {
      try await DemoTree.with { tree in
        #expect(try await tree.azl("build", "lantern-common").status == 0)
        for (kind, name) in [("rpms", "rpms.tar.gz"), ("srpms", "srpms.tar"), ("cached", "cached.tar")] {
          let saved = try await tree.azl("bundle", "save", kind, name, "--json")
          #expect(saved.status == 0, "\(saved.err)")
          try await Schema("bundle").validate(saved.out)
        }
        try await DemoTree.with(warm: []) { other in
          for (kind, name) in [("rpms", "rpms.tar.gz"), ("srpms", "srpms.tar"), ("cached", "cached.tar")] {
            let path = tree.file(name).string
            let loaded = try await other.azl("bundle", "load", kind, path)
            #expect(loaded.status == 0, "\(loaded.err)")
          }
          let rpms = try FileManager.default.contentsOfDirectory(
            atPath: other.file(".azldev/out/RPMS/noarch").string)
          #expect(rpms.contains { $0.hasPrefix("lantern-common-1.0-1") })
          // nothing of the root is left to fetch
          let plan = try await other.azl("plan", "lantern-common", "--json").json(PlanReport.self)
          #expect(plan.downloads.packages == 0)
          let wrong = try await other.azl("bundle", "load", "cached", tree.file("rpms.tar.gz").string)
          #expect(wrong.status == 2, "\(wrong.all)")
          let before = try FileManager.default.contentsOfDirectory(
            atPath: other.file(".azldev/out/SRPMS").string)
          let otherKind = try await other.azl("bundle", "load", "srpms", tree.file("rpms.tar.gz").string)
          #expect(otherKind.status == 2 && otherKind.err.contains("none of the srpms"), "\(otherKind.all)")
          #expect(
            try FileManager.default.contentsOfDirectory(atPath: other.file(".azldev/out/SRPMS").string)
              == before)
        }
      }
    }

    @Test func verdictsOfTests() async throws {
      try await DemoTree.with { tree in
        try tree.edit("SPECS/lantern-app/lantern-app.spec", "= 3", "= 4")
        let words = ["test", "liblantern", "lantern-app", "lantern-compat", "--junit", "tests.xml", "--json"]
        let output = try await tree.azl(words)
        #expect(output.status == 1, "\(output.all)")
        try await Schema("test").validate(output.out)
        let report = try output.json(TestReport.self)
        let verdicts = report.tests.reduce(into: [:]) { $0[$1.spec] = $1.verdict }
        #expect(verdicts == ["lantern-app": .failed, "lantern-compat": .notRun, "liblantern": .passed])
        let document = try XMLDocument(contentsOf: URL(fileURLWithPath: tree.file("tests.xml").string))
        let cases = try document.nodes(forXPath: "//testcase")
        #expect(cases.count == 3)
        #expect(try document.nodes(forXPath: "//testcase[@name='lantern-app']/failure").count == 1)
        #expect(try document.nodes(forXPath: "//testcase[@name='lantern-compat']/skipped").count == 1)

        let again = try await tree.azl("test", "liblantern", "--json").json(TestReport.self)
        #expect(again.tests.first?.isRemembered == true && again.result == .passed)
        let anew = try await tree.azl("test", "liblantern", "--rerun", "--json").json(TestReport.self)
        #expect(anew.tests.first?.isRemembered == false && anew.result == .passed)
      }
    }

    // MARK: looking

    private func summaryFile(_ tree: DemoTree, _ name: String) throws -> PackageSummary {
      try JSONDecoder().decode(PackageSummary.self, from: Data(try tree.read(name).utf8))
    }

    private func facts(_ path: FilePath) throws -> Date? {
      try FileManager.default.attributesOfItem(atPath: path.string)[.modificationDate] as? Date
    }

    /// File name of the published zip.
    private func zip() throws -> String? {
      let folder = try #require(Host.mirror).appending("azurelinux/3.0/prod/base/x86_64/Packages/z")
      return try FileManager.default.contentsOfDirectory(atPath: folder.string).first {
        NEVRA(fileName: $0)?.name == "zip"
      }
    }

    private func packagesInMetadata(_ tree: DemoTree) async throws -> [String] {
      let folder = tree.file(".azldev/out/RPMS/repodata").string
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.contains("primary.xml") })
      let text = try await Command(["zcat", "\(folder)/\(name)"]).check().text
      let document = try XMLDocument(data: Data(text.utf8))
      return try document.nodes(forXPath: "//*[local-name()='location']/@href").compactMap {
        $0.stringValue.flatMap { FilePath($0).lastComponent?.string }
      }.sorted()
    }
  }
}
