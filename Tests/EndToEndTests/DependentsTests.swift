import AzureLinux
import Foundation
import RPM
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// A library is edited; who builds with it follows as far as what they see differs.
  @Suite(.serialized) struct Dependents {
    private let spec = "SPECS/liblantern/liblantern.spec"
    private let dependents = ["lantern-app", "lantern-plugin", "lantern-static"]

    @Test func followWhatTheySee() async throws {
      try await DemoTree.with { tree in
        try tree.edit(spec, "- License verified.", "- License verified again.")
        try await expectDependentsToStay(tree)

        try tree.edit(spec, "%build\n", "%build\nsed -i \"s/LIGHT '[*]'/LIGHT '+'/\" lantern.c\n")
        try await expectDependentsToBeRebuilt(tree)

        try tree.edit(spec, "%build\n", "# only a comment\n%build\n")
        let comment = try await tree.build("liblantern", "--dependents")
        #expect(comment.built == ["liblantern"])
        #expect(comment.upToDate == dependents)

        let again = try await tree.build("liblantern", "--dependents")
        #expect(again.result == .upToDate)
        #expect(again.upToDate == dependents + ["liblantern"])
      }
    }

    @Test func builtFromThePublishedLibraryStayWhenACommentChanges() async throws {
      try await DemoTree.with { tree in
        let first = try await tree.build("lantern-app")
        #expect(first.built == ["lantern-app"])
        try tree.edit(spec, "%build\n", "# only a comment\n%build\n")
        try await expectDependentsToStay(tree)
      }
    }

    private static let banner = "lantern-banner"

    /// What lantern-static printed when the banner that is in `out` was made.
    private func banner(_ tree: DemoTree) async throws -> String {
      let folder = tree.file(".azldev/out/RPMS/noarch")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
      let name = try #require(names.first { $0.hasPrefix(Self.banner) })
      return try await Command([
        "sh", "-c", "rpm2cpio \"$1\" | cpio -i --quiet --to-stdout './usr/share/lantern-banner/banner'", "sh",
        folder.appending(name).string,
      ]).check().text
    }

    /// The goal itself was not edited; what is below it was.
    @Test func whoBuildsWithAGoalThatAnEditBelowItChanges() async throws {
      try await DemoTree.with { tree in
        try tree.edit(spec, "VERSION=%{version}", "VERSION=%{version}x")
        let report = try await tree.build("lantern-static", "--dependents", "--verify-cutoff")
        #expect(report.built == [Self.banner, "lantern-static", "liblantern"])
        #expect(report.cutOff.isEmpty, "\(report)")
        #expect(try await banner(tree).contains("1.2x"))
      }
    }

    @Test func goalsAreBuiltWithEachOther() async throws {
      try await DemoTree.with { tree in
        let before = try await tree.build("lantern-static", Self.banner)
        #expect(before.built == [Self.banner, "lantern-static"])
        #expect(try await !banner(tree).contains("1.2x"))
        try tree.edit(spec, "VERSION=%{version}", "VERSION=%{version}x")
        let after = try await tree.build("lantern-static", Self.banner)
        #expect(after.built == [Self.banner, "lantern-static", "liblantern"])
        #expect(try await banner(tree).contains("1.2x"))
      }
    }

    /// By the library itself, and by lantern-static, which is built again too.
    @Test func whatTwoWaysLeadToIsBuiltOnceWithTheEndOfBoth() async throws {
      try await DemoTree.with { tree in
        let two = "BuildRequires:  lantern-static\nBuildRequires:  liblantern-devel\n"
        try tree.edit("SPECS/lantern-banner/lantern-banner.spec", "BuildRequires:  lantern-static\n", two)
        try await tree.commit("two ways")
        try await tree.initialise()
        try tree.edit(spec, "VERSION=%{version}", "VERSION=%{version}x")
        let report = try await tree.build("liblantern", "--dependents")
        #expect(report.builds.filter { $0.spec == Self.banner }.map(\.result) == [.built])
        #expect(report.built == (dependents + [Self.banner, "liblantern"]).sorted())
        #expect(try await banner(tree).contains("1.2x"))
      }
    }

    /// What an edit that was taken back had built does not stay in `out`.
    @Test func anEditThatIsTakenBackIsTakenBackToItsEnd() async throws {
      try await DemoTree.with { tree in
        try tree.edit(spec, "VERSION=%{version}", "VERSION=%{version}x")
        _ = try await tree.build("liblantern", "--dependents=all")
        #expect(try await banner(tree).contains("1.2x"))
        try await tree.restore()
        let report = try await tree.build("liblantern", "--dependents=all")
        #expect(report.builds.contains { $0.spec == Self.banner }, "\(report)")
        #expect(try await !banner(tree).contains("1.2x"))
      }
    }

    private func expectDependentsToStay(_ tree: DemoTree) async throws {
      let output = try await tree.azl("try", "liblantern", "--dependents")
      try #require(output.status == 0, "\(output.all)")
      let built = output.out.matches(of: /(?m)^ *Built +([a-z-]+)/).map { String($0.1) }
      #expect(built == ["liblantern"])
      #expect(
        output.err.contains("Building  liblantern  SPECS/liblantern changed")
          || output.err.contains("never built here"))
      let stays = output.out.split(separator: "\n").filter { $0.contains("Stays") || $0.contains("Fresh") }
      #expect(stays.count == dependents.count, "\(output.all)")
      for name in dependents { #expect(stays.contains { $0.contains(name) }, "\(output.all)") }
    }

    private func expectDependentsToBeRebuilt(_ tree: DemoTree) async throws {
      let affected = try await tree.azl("affected")
      let report = try await tree.build("liblantern", "--dependents")
      #expect(report.built == (dependents + ["liblantern"]).sorted())
      #expect(report.cutOff.isEmpty)
      for name in dependents {
        // every reason says which line of the dependent's spec makes it one
        let path = "SPECS/\(name)/\(name).spec"
        let lines = try tree.read(path).split(separator: "\n", omittingEmptySubsequences: false)
        let line =
          try #require(lines.firstIndex { $0.contains("BuildRequires:") && $0.contains("lantern") }) + 1
        let reason = try #require(report.builds.first { $0.spec == name }).reason
        #expect(reason.contains("of liblantern") && reason.hasSuffix("\(path):\(line)"), "\(reason)")
        #expect(affected.out.contains("\(path):\(line)"))
      }
      // who carries the library within itself is another program now; who loads it is the same
      #expect(try content("lantern-static", in: tree, report) != published("lantern-static"))
      #expect(try content("lantern-app", in: tree, report) == published("lantern-app"))
    }

    private func content(_ name: String, in tree: DemoTree, _ report: BuildReport) throws -> Digest {
      let rpms = report.builds.flatMap(\.rpms).map { FilePath($0.path) }
      let path = try #require(rpms.first { NEVRA(fileName: $0.lastComponent?.string ?? "")?.name == name })
      return try NormalisedDigest.of(rpm: tree.path.pushing(path))
    }

    private func published(_ name: String) throws -> Digest {
      let repository = try #require(Host.mirror).appending("azurelinux/3.0/prod/base/x86_64/Packages/l")
      let files = try FileManager.default.contentsOfDirectory(atPath: repository.string)
      let file = try #require(files.first { NEVRA(fileName: $0)?.name == name })
      return try NormalisedDigest.of(rpm: repository.appending(file))
    }
  }
}

extension BuildReport {
  var built: [String] { builds.filter { $0.result == .built }.map(\.spec).sorted() }
  var upToDate: [String] { builds.filter { $0.result == .upToDate }.map(\.spec).sorted() }
}
