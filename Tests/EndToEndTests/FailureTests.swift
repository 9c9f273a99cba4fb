import AzureLinux
import Foundation
import SystemPackage
import Testing

extension EndToEnd.Trouble {
  /// A build fails: what is shown, the root that is kept, and going on in it.
  @Suite(.serialized) struct Failing {
    private static let spec = "SPECS/liblantern/liblantern.spec"

    @Test func theRootIsKeptEnteredAndGoneOnIn() async throws {
      try await DemoTree.with { tree in try await lookAndGoOn(in: tree) }
    }

    @Test(.needsRoot) func forAPlainUser() async throws {
      try await PlainUser.with { user in
        try await DemoTree.with(owner: user) { tree in try await lookAndGoOn(in: tree) }
      }
    }

    private func lookAndGoOn(in tree: DemoTree) async throws {
      try tree.edit(Self.spec, "%install\n", "%install\ntouch left-behind; false\n")
      let failed = try await tree.azl("try", "liblantern", "--json")
      #expect(failed.status == 1)
      try await Schema("build").validate(failed.out)
      let trouble = try #require(try failed.json(BuildReport.self).builds.first?.failure)
      #expect(trouble.stage == "%install")
      #expect(trouble.look == ["azl-dev", "shell", "liblantern", "--failed"])

      let look = try await tree.azl(
        ["shell", "liblantern", "--failed", "--", "sh", "-c", "ls BUILD/*; id -u; hostname; exit 7"])
      #expect(look.status == 7, "\(look.all)")
      #expect(look.out.contains("left-behind\n"))
      #expect(look.out.hasSuffix("0\nazl-build\n"))

      try await tree.restore()
      let resumed = try await tree.azl("try", "liblantern", "--resume-from", "install", "--json")
      #expect(resumed.status == 0, "\(resumed.all)")
      try await Schema("build").validate(resumed.out)
      let build = try #require(try resumed.json(BuildReport.self).builds.first)
      #expect(build.notForRelease == true)
      #expect(build.rpms.allSatisfy { $0.path.hasPrefix(".azldev/store/roots/liblantern-") })
      // nothing of it counts
      #expect(!FileManager.default.fileExists(atPath: tree.file(".azldev/out/RPMS").string))

      #expect(try await tree.build("liblantern").built == ["liblantern"])
      let gone = try await tree.azl("shell", "liblantern", "--failed", "--", "true")
      gone.expectFailure(
        .invalidInput, ["no root of a failed build of liblantern", "azl-dev try liblantern"])
      try await Remains(tree: tree).expectNothing()
    }

    @Test func theHintNamesThePackageThatBringsWhatIsMissing() async throws {
      try await DemoTree.with { tree in
        let spec = "SPECS/lantern-app/lantern-app.spec"
        let line = "BuildRequires:  pkgconfig(lantern)\n"
        try tree.edit(spec, line, "BuildRequires:  liblantern\n")
        try tree.edit(spec, "%build\n", "%build\ngcc -c lantern-app.c\n")
        let failed = try await tree.azl("try", "lantern-app")
        let number = try tree.read(spec).split(separator: "\n", omittingEmptySubsequences: false)
          .firstIndex(of: "BuildRequires:  liblantern").map { $0 + 1 }
        #expect(
          failed.err.contains(
            "hint   lantern.h is in liblantern-devel; lantern-app.spec:\(number ?? 0) requires liblantern\n"),
          "\(failed.err)")
        // the hint was right
        try tree.edit(spec, "BuildRequires:  liblantern\n", "BuildRequires:  liblantern-devel\n")
        #expect(try await tree.build("lantern-app").built == ["lantern-app"])
      }
    }

    @Test func aFreshRootGoesWithItsShell() async throws {
      try await DemoTree.with { tree in
        let prepared = try await tree.azl(
          [
            "shell", "liblantern", "--", "sh", "-c",
            "rpmbuild -bp --nodeps SPECS/liblantern.spec >&2 && ls BUILD",
          ])
        #expect(prepared.status == 0, "\(prepared.all)")
        #expect(prepared.out.contains("liblantern"))
        let roots = try FileManager.default.contentsOfDirectory(
          atPath: tree.file(".azldev/store/roots").string)
        #expect(roots.isEmpty)
      }
    }

    @Test func definesReachTheParseAndTheBuildAndTheKey() async throws {
      try await DemoTree.with { tree in
        try tree.edit(Self.spec, "%build\n", "%build\necho \"the colour is %{?lantern_colour}\"\n")
        let plain = try await tree.build("liblantern")
        let text = try tree.read(".azldev/config.local.toml")
        try tree.write(
          ".azldev/config.local.toml", text + "[build]\ndefines = [\"lantern_colour deep red\"]\n")
        let red = try await tree.build("liblantern")
        #expect(red.built == ["liblantern"])
        #expect(red.builds.first?.key != plain.builds.first?.key)
        let log = try tree.read(try #require(red.builds.first?.log))
        #expect(log.contains("the colour is deep red\n"))
        #expect(try await tree.build("liblantern").result == .upToDate)
      }
    }

    @Test func aFailureThatGoesAwayIsTriedAgainWhereAskedFor() async throws {
      try await DemoTree.with { tree in
        try tree.edit(Self.spec, "%build\n", "%build\nfalse\n")
        try tree.write(
          ".azldev/config.local.toml", try tree.read(".azldev/config.local.toml") + "[build]\nretries = 2\n")
        let failed = try await tree.azl("try", "liblantern")
        #expect(failed.status == 1)
        for attempt in 2...3 {
          #expect(failed.err.contains("attempt \(attempt) of 3, [build] retries"), "\(failed.err)")
        }
        #expect(failed.err.split(separator: "\n").count { $0.hasPrefix("✗ ") } == 1)
      }
    }
  }
}
