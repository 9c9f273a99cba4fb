import AzureLinux
import Foundation
import RPM
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
