import AzureLinux
import Foundation
import Storage
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// `azl-dev build`: which packages it builds, in which order, and what a failure or a circle does to the others.
  @Suite(.serialized) struct Sets {
    private let library = "SPECS/liblantern/liblantern.spec"

    @Test func branchesThatWereBuiltAreRestored() async throws {
      try await DemoTree.with { tree in
        let first = try await build(tree, "lantern-app", "liblantern")
        #expect(first.built == ["lantern-app", "liblantern"])
        try await tree.git("checkout", "-q", "-b", "brighter")
        try tree.edit(library, "%build\n", "%build\nsed -i \"s/LIGHT '[*]'/LIGHT '+'/\" lantern.c\n")
        try await tree.commit("brighter")
        let brighter = try await build(tree, "liblantern", "--dependents")
        #expect(brighter.builds.first { $0.spec == "liblantern" }?.result == .built)

        for (branch, before) in [("main", first), ("brighter", brighter), ("main", first)] {
          try await tree.git("checkout", "-q", branch)
          let again = try await build(tree, "liblantern")
          let (now, then) = (again.builds.first, before.builds.first { $0.spec == "liblantern" })
          #expect(now?.result == .restored, "\(branch): \(again)")
          #expect(now?.key == then?.key && now?.rpms == then?.rpms)
          // what is in out/ is what the report says, not what another branch had there
          for rpm in now?.rpms ?? [] {
            #expect(try Digest.of(file: tree.path.pushing(FilePath(rpm.path))) == rpm.sha256)
          }
          #expect(try await build(tree, "liblantern").result == .upToDate)
        }
        let forced = try await build(tree, "--rebuild", "liblantern")
        #expect(forced.built == ["liblantern"])

        // a file of the store that is not what it was built as is no build
        let rpm = try #require(forced.builds.first?.rpms.first)
        let hex = rpm.sha256.hex
        try tree.write(".azldev/store/files/\(hex.prefix(2))/\(hex)", "damaged")
        try FileManager.default.removeItem(atPath: tree.file(".azldev/out").string)
        #expect(try await build(tree, "liblantern").built == ["liblantern"])
      }
    }

    @Test func aFailureHoldsUpWhatNeedsIt() async throws {
      try await DemoTree.with { tree in
        try tree.edit(library, "%build\n", "%build\nfalse\n")
        try tree.write("set", "# all but one need it\nlantern-app\nlantern-static # who carries it\n\n")
        let words = ["build", "--json", "--list", "set", "lantern-common", "--from-scratch"]
        let output = try await tree.azl(words)
        #expect(output.status == 1)
        try await Schema("build").validate(output.out)
        let report = try output.json(BuildReport.self)
        #expect(report.result == .failed)
        #expect(report.built == ["lantern-common"])
        #expect(report.builds.filter { $0.result == .failed }.map(\.spec) == ["liblantern"])
        let blocked = report.builds.filter { $0.result == .blocked }
        #expect(blocked.map(\.spec).sorted() == ["lantern-app", "lantern-static"])
        #expect(blocked.allSatisfy { $0.blockedBy == ["liblantern"] })

        let screen = try await tree.azl("build", "--from-scratch", "lantern-app")
        #expect(screen.status == 1)
        #expect(screen.err.contains("✗ liblantern %build failed"), "\(screen.all)")
        #expect(screen.err.contains("Blocked   lantern-app  needs liblantern"))
        #expect(!screen.err.contains("Building  lantern-app"))

        let stopped = try await tree.azl(
          "build", "--json", "--stop-on-failure", "--jobs", "1", "--from-scratch", "--rebuild", "liblantern",
          "lantern-app", "lantern-common", "--rebuild", "lantern-common")
        #expect(stopped.status == 1)
        let rest = try stopped.json(BuildReport.self)
        #expect(rest.builds.contains { $0.spec == "lantern-app" && $0.result == .blocked })
      }
    }

    @Test func fromScratchUsesWhatWasJustBuilt() async throws {
      try await DemoTree.with { tree in
        let plain = try await build(tree, "lantern-app")
        #expect(plain.built == ["lantern-app"])
        let scratch = try await build(tree, "lantern-app", "--from-scratch")
        let order = scratch.builds.map(\.spec)
        #expect(order.contains("liblantern") && order.last == "lantern-app", "\(order)")
        let ignoring = try await build(
          tree, "lantern-app", "lantern-common", "--from-scratch", "--ignore", "liblantern")
        #expect(!ignoring.builds.map(\.spec).contains("liblantern"))
        let both = try await tree.azl("build", "zip", "--ignore", "lz4", "--rebuild", "lz4")
        #expect(both.status == 2)
        #expect(both.err.contains("lz4: to be ignored, and to be rebuilt"))
      }
    }

    @Test func anImageNamesItsPackages() async throws {
      try await DemoTree.with { tree in
        try await tree.azl("build", "imageconfigs/demo.json", "--json").expectBuilt { report in
          #expect(report.goals.contains("lantern-app") && !report.goals.contains("lantern-static"))
        }
      }
    }

    @Test func aCircleIsBrokenByPublishedPackages() async throws {
      try await DemoTree.with { tree in
        try tree.edit(
          library, "BuildRequires:  make\n", "BuildRequires:  make\nBuildRequires:  lantern-app\n")
        try tree.edit(
          "SPECS/lantern-app/lantern-app.spec", "%build\n", "# changed too\n%build\n")
        let output = try await tree.azl("build", "liblantern", "lantern-app")
        #expect(output.status == 0, "\(output.all)")
        #expect(output.err.contains("each is built with the others' published packages"))
        #expect(
          output.err.contains("liblantern builds with lantern-app  SPECS/liblantern/liblantern.spec:18"))
        let again = try await tree.azl("build", "liblantern", "lantern-app", "--json")
        let report = try again.json(BuildReport.self)
        #expect(report.result == .upToDate)
        #expect(report.circles?.first?.specs == ["lantern-app", "liblantern"])
        try await Schema("build").validate(again.out)
        // the root of such a spec is to be had too
        let shell = try await tree.azl("shell", "liblantern", "--", "rpm", "-q", "lantern-app")
        #expect(shell.status == 0 && shell.out.hasPrefix("lantern-app-"), "\(shell.all)")
      }
    }

    @Test func aShellAndAnotherTryAreInTheRootOfTheBuild() async throws {
      try await DemoTree.with { tree in
        // what nobody publishes: only a root of what the tree makes can have it
        try tree.edit(
          "SPECS/lantern-common/lantern-common.spec", "Provides:", "Provides:       lantern-new\nProvides:")
        try await tree.git("add", "-A")
        try await tree.git("commit", "-q", "--amend", "-m", "demo tree")
        try await tree.initialise()
        let spec = "SPECS/lantern-app/lantern-app.spec"
        try tree.edit(spec, "BuildRequires:  gcc\n", "BuildRequires:  gcc\nBuildRequires:  lantern-new\n")
        try tree.edit(spec, "%install\n", "%install\nfalse\n")
        #expect(try await tree.azl("shell", "lantern-app", "--", "true").status != 0)
        let shell = try await tree.azl(
          "shell", "lantern-app", "--from-scratch", "--", "rpm", "-q", "--whatprovides", "lantern-new")
        #expect(shell.status == 0 && shell.out.contains("lantern-common-1.0-1"), "\(shell.all)")
        #expect(try await tree.azl("build", "lantern-app", "--from-scratch").status == 1)
        try tree.edit(spec, "%install\nfalse\n", "%install\n")
        let resumed = try await tree.azl("try", "lantern-app", "--resume-from", "install")
        #expect(resumed.status == 0, "\(resumed.all)")
      }
    }

    private func build(_ tree: DemoTree, _ arguments: String...) async throws -> BuildReport {
      let output = try await tree.azl(["build", "--json"] + arguments)
      try #require(output.status == 0, "\(output.err)")
      return try output.json()
    }
  }
}

extension DemoTree.Output {
  fileprivate func expectBuilt(_ body: (BuildReport) throws -> Void) throws {
    try #require(status == 0, "\(err)")
    try body(try json())
  }
}
