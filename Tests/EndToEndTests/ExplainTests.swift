import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Why something is as it is, asked of the real program in each state that a package can be in.
  @Suite(.serialized) struct Explain {
    private struct Report: Decodable {
      struct Link: Decodable { var kind: String }
      struct Edit: Decodable { var spec: String, facts: [String] }
      struct Run: Decodable { var reason: String, at: String? }
      struct Image: Decodable {
        struct Package: Decodable { var spec: String, state: String, isNewer: Bool }
        var packages: [Package]
      }
      var state: String
      var spec: String?
      var reason: String
      var way: [Link]
      var edits: [Edit]
      var path: [AffectedReport.Edge]
      var stops: [String]
      var last: Run?
      var failure: String?
      var image: Image?
    }

    private func explain(_ name: String, in tree: DemoTree) async throws -> Report {
      let output = try await tree.azl("explain", name, "--json")
      try #require(output.status == 0, "\(output.all)")
      try await Schema("explain").validate(output.out)
      return try output.json()
    }

    private let spec = "SPECS/liblantern/liblantern.spec"

    @Test func eachStateHasItsReason() async throws {
      try await DemoTree.with { tree in
        let untouched = try await explain("liblantern", in: tree)
        #expect(untouched.state == "never_built" && untouched.edits.isEmpty && untouched.path.isEmpty)

        try tree.edit(spec, "Release:        1%", "Release:        2%")
        let edited = try await explain("liblantern", in: tree)
        #expect(edited.state == "never_built")
        #expect(edited.edits.map(\.facts) == [["liblantern.spec:4  Release 1%{?dist} → 2%{?dist}"]])
        try await expectADependentToWait(tree)

        _ = try await tree.build("liblantern", "--dependents")
        try await expectBuilt(tree)

        try tree.edit(spec, "%build\n", "%build\n# only a comment\n")
        let again = try await explain("liblantern", in: tree)
        #expect(again.state == "stale" && again.way.map(\.kind).last == "spec-tree")
        #expect(again.edits.first?.facts.contains { $0.hasSuffix("+ # only a comment") } == true)
        let dependent = try await explain("lantern-app", in: tree)
        #expect(dependent.state == "possibly_stale")
        #expect(dependent.way.map(\.kind) == ["root", "interface", "build", "spec-tree"])
        #expect(dependent.reason.contains("liblantern, which is to be built again"))

        try await expectFailure(tree)
      }
    }

    private func expectADependentToWait(_ tree: DemoTree) async throws {
      let report = try await explain("lantern-app", in: tree)
      #expect(report.state == "never_built")
      #expect(report.path.map(\.via) == ["pkgconfig(lantern)"])
      #expect(report.edits.map(\.spec) == ["liblantern"])
      #expect(report.stops.first?.hasPrefix("liblantern is to be built first") == true)
      let text = try await tree.azl("explain", "lantern-app").out
      #expect(text.contains("SPECS/lantern-app/lantern-app.spec:13"))
      #expect(text.contains("liblantern.spec:4  Release 1%{?dist} → 2%{?dist}"))
    }

    private func expectBuilt(_ tree: DemoTree) async throws {
      let built = try await explain("liblantern", in: tree)
      #expect(built.state == "up_to_date" && built.last?.at != nil)
      let app = try await explain("lantern-app", in: tree)
      #expect(app.state == "up_to_date")
      #expect(app.stops == ["liblantern was built, its packages differ from the published ones"])
      let rpm = try await explain("liblantern-devel-1.2-1.azl3.x86_64.rpm", in: tree)
      #expect(rpm.spec == "liblantern" && rpm.state == "up_to_date")
      #expect(
        try await tree.azl("explain", "liblantern-devel-1.2-1.azl3.x86_64.rpm").out
          .contains("liblantern-devel  1.2-1.azl3 → 1.2-2.azl3"))
    }

    private func expectFailure(_ tree: DemoTree) async throws {
      try tree.edit(spec, "# only a comment\n", "exit 3\n")
      #expect(try await tree.azl("try", "liblantern").status == 1)
      let failed = try await explain("liblantern", in: tree)
      #expect(failed.state == "failed" && failed.failure?.contains("%build failed") == true)
      #expect(failed.last?.reason == "SPECS/liblantern changed")
      try await tree.restore()
      let restored = try await explain("liblantern", in: tree)
      #expect(restored.state == "failed" && restored.reason.contains("since then SPECS/liblantern changed"))
      #expect(restored.edits.map(\.facts) == [[]])
      let dependent = try await tree.azl("explain", "lantern-app").out
      #expect(dependent.contains("liblantern-devel  1.2-2.azl3 built here → 1.2-1.azl3"), "\(dependent)")
    }

    @Test func aChangeEndsWherePackagesComeOutAsPublished() async throws {
      try await DemoTree.with { tree in
        try tree.edit(spec, "- License verified.", "- License verified again.")
        _ = try await tree.build("liblantern", "--dependents")
        let app = try await explain("lantern-app", in: tree)
        #expect(app.state == "never_built")
        #expect(app.stops.first?.hasSuffix("same as published: the change stops here") == true)
      }
    }

    /// A build whose root held other packages of the tree is none of this kind, but it was one.
    @Test func aSpecThatWasBuiltOnlyFromScratch() async throws {
      try await DemoTree.with { tree in
        #expect(try await tree.azl("build", "lantern-app", "--from-scratch").status == 0)
        let built = try await explain("lantern-app", in: tree)
        #expect(built.state == "up_to_date" && built.last?.reason == "there was none before with such a root")
        #expect(try await tree.azl("status").out.contains("never built") == false)
        let plan = try await tree.azl("plan", "lantern-app", "--json").json(PlanReport.self)
        let otherwise = "built here, but with other packages in its root"
        #expect(plan.builds.map(\.reason) == [otherwise], "\(plan)")
        let report = try await tree.build("lantern-app")
        #expect(report.builds.map(\.reason) == [otherwise], "\(report)")

        // of the same inputs: nothing in its root was made here
        #expect(try await tree.azl("build", "lantern-common", "--from-scratch").status == 0)
        #expect(try await tree.build("lantern-common").builds.map(\.result) == [.restored])
        let common = try await explain("lantern-common", in: tree)
        #expect(common.last?.reason == "taken from an earlier build of the same inputs")
      }
    }

    @Test func anImageIsOlderThanWhatWasBuiltAfterIt() async throws {
      try await DemoTree.with { tree in
        #expect(try await explain("demo", in: tree).state == "never_built")
        let image = try await tree.azl("image", "build", "imageconfigs/demo.json")
        try #require(image.status == 0, "\(image.all)")
        #expect(try await explain("imageconfigs/demo.json", in: tree).state == "up_to_date")

        try tree.edit(spec, "Release:        1%", "Release:        2%")
        let open = try await explain("demo", in: tree)
        #expect(open.state == "possibly_stale")
        #expect(open.image?.packages.map(\.spec) == ["liblantern"])
        _ = try await tree.build("liblantern")
        let older = try await explain("demo", in: tree)
        #expect(older.state == "stale" && older.image?.packages.first?.isNewer == true)
        #expect(older.reason == "older than what was built here of liblantern")
        #expect(try await tree.azl("image", "build", "imageconfigs/demo.json").status == 0)

        // what no longer holds does not go in, and that is said
        try tree.edit(spec, "Release:        2%", "Release:        3%")
        let doubted = try await tree.azl("image", "build", "imageconfigs/demo.json")
        #expect(
          doubted.err.contains(
            "liblantern goes in as published: what was built of it here is stale (azl-dev try liblantern)"),
          "\(doubted.all)")
      }
    }

    /// What an edit cannot reach is not doubted for it, by whichever verb.
    @Test func anEditElsewhereLeavesABuildFresh() async throws {
      struct Status: Decodable {
        struct Package: Decodable { var spec: String, state: String }
        var packages: [Package]
      }
      try await DemoTree.with { tree in
        _ = try await tree.build("lantern-common")
        try tree.edit("SPECS/zip/zip.spec", "%build\n", "%build\n# another line\n")
        #expect(try await tree.azl("status", "--json").json(Status.self).packages.map(\.state) == ["fresh"])
        #expect(try await explain("lantern-common", in: tree).state == "up_to_date")
        #expect(
          try await explain("SPECS/lantern-common/lantern-common.spec", in: tree).spec == "lantern-common")

        // the sources are looked at for a build that fails; then the tree is as it was
        let own = "SPECS/lantern-common/lantern-common.spec"
        try tree.edit(own, "%build\n", "%build\nexit 3\n")
        #expect(try await tree.azl("try", "lantern-common").status == 1)
        try await tree.restore()
        #expect(try await tree.build("lantern-common").builds.map(\.result) == [.restored])
        #expect(try await tree.azl("status", "--json").json(Status.self).packages.map(\.state) == ["fresh"])
      }
    }

    @Test func anUnknownNameIsAnsweredWithTheNearest() async throws {
      try await DemoTree.with { tree in
        let answer = try await tree.azl("explain", "liblanter")
        #expect(answer.status == 2 && answer.err.contains("nearest: liblantern"))
      }
    }
  }
}
