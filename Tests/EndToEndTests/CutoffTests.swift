import AzureLinux
import Foundation
import Storage
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// How far an edit goes in each mode, and that what was left as it is could be.
  @Suite(.serialized) struct Cutoffs {
    private let library = "SPECS/liblantern/liblantern.spec"
    private let dependents = ["lantern-app", "lantern-banner", "lantern-plugin", "lantern-static"]

    private func expected(_ mode: CutoffMode) -> (comment: [String], licence: [String], code: [String]) {
      switch mode {
      case .exact: ([], ["lantern-app", "lantern-plugin", "lantern-static"], dependents)
      // who links statically carries the code within, and lantern-banner runs that
      case .interface: ([], [], ["lantern-banner", "lantern-static"])
      // lantern-plugin opens the header only; lantern-app links the library
      case .observed: ([], [], ["lantern-app", "lantern-banner", "lantern-static"])
      case .names: (dependents, dependents, dependents)
      }
    }

    @Test(.needsRoot, arguments: CutoffMode.allCases)
    func anEditGoesAsFarAsItIsSeen(mode: CutoffMode) async throws {
      let expected = expected(mode)
      try await DemoTree.with { tree in
        _ = try await tree.build(arguments: ["liblantern"] + dependents + ["--cutoff", mode.rawValue])

        try tree.edit(library, "%build\n", "# only a comment\n%build\n")
        try await expectRebuilt(expected.comment, mode, tree)

        try tree.write("SPECS/liblantern/COPYING", "Other words.\n")
        try tree.sign("SPECS/liblantern")
        try await expectRebuilt(expected.licence, mode, tree)

        try tree.edit("SPECS/liblantern/lantern.c", "LIGHT '*'", "LIGHT '+'")
        try tree.sign("SPECS/liblantern")
        try await expectRebuilt(expected.code, mode, tree)

        let again = try await follow(mode, tree)
        #expect(again.report.built == [])
      }
    }

    private func follow(_ mode: CutoffMode, _ tree: DemoTree) async throws -> (
      report: BuildReport, status: Int32
    ) {
      let output = try await tree.azl(
        "try", "--json", "liblantern", "--dependents=all", "--verify-cutoff", "--cutoff", mode.rawValue)
      try await Schema("build").validate(output.out)
      return (try output.json(), output.status)
    }

    private func expectRebuilt(_ specs: [String], _ mode: CutoffMode, _ tree: DemoTree) async throws {
      let (report, status) = try await follow(mode, tree)
      #expect(status == 0, "\(report)")
      #expect(report.built == (specs + ["liblantern"]).sorted(), "\(report)")
      #expect(report.cutoff == mode)
      let left = report.upToDate + report.cutOff.map(\.spec)
      #expect(Set(report.verified?.map(\.spec) ?? []) == Set(left).subtracting(["liblantern"]))
      #expect(!report.hasWrongSkip, "\(report)")
    }

    /// A program that runs during a build loads the library: what that does is no part of its interface.
    @Test(.needsRoot) func aWrongSkipIsFound() async throws {
      try await DemoTree.with { tree in
        try tree.addSpec("lantern-show", requires: "lantern-app", build: "lantern-app 3 > rows", file: "rows")
        _ = try await tree.build("liblantern", "lantern-show", "--cutoff", "interface")
        try tree.edit("SPECS/liblantern/lantern.c", "LIGHT '*'", "LIGHT '+'")
        try tree.sign("SPECS/liblantern")

        let (report, status) = try await follow(.interface, tree)
        #expect(status == 1)
        #expect(!report.built.contains("lantern-show"))
        let wrong = (report.verified ?? []).filter { !$0.isRight }
        #expect(wrong.map(\.spec) == ["lantern-show"])
        #expect(wrong.first?.differs == ["lantern-show-1.0-1.azl3.noarch"])
        let told = try await tree.azl(
          "build", "liblantern", "--dependents=all", "--verify-cutoff", "--cutoff", "interface")
        #expect(told.status == 1)
        #expect(told.err.contains("lantern-show should have been built again"))

        // the file that the program loaded is another one
        _ = try await tree.build("liblantern", "lantern-show", "--cutoff", "observed")
        try tree.edit("SPECS/liblantern/lantern.c", "LIGHT '+'", "LIGHT '#'")
        try tree.sign("SPECS/liblantern")
        let observed = try await follow(.observed, tree)
        #expect(observed.status == 0)
        #expect(observed.report.built.contains("lantern-show"))
      }
    }

    /// A version is seen by who asks rpm for it, and by nobody else.
    @Test(.needsRoot) func whoAsksTheDatabaseSeesARelease() async throws {
      try await DemoTree.with { tree in
        try tree.addSpec(
          "lantern-asks", requires: "liblantern-devel", build: "rpm -q liblantern > version", file: "version")
        try tree.addSpec(
          "lantern-moves", requires: "liblantern-devel",
          build: "mv /usr/include/lantern.h /tmp/l.h; cat /tmp/l.h > words",
          file: "words")
        let goals = ["liblantern", "lantern-asks", "lantern-moves", "lantern-plugin"]
        _ = try await tree.build(arguments: goals + ["--cutoff", "observed"])

        try tree.edit(library, "Release:        1%", "Release:        2%")
        let bumped = try await follow(.observed, tree)
        #expect(bumped.status == 0)
        #expect(bumped.report.built.contains("lantern-asks"))
        #expect(!bumped.report.built.contains("lantern-plugin"), "\(bumped.report)")
        #expect(!bumped.report.built.contains("lantern-moves"), "\(bumped.report)")

        // a file that was renamed before it was read counts as read
        try tree.edit("SPECS/liblantern/lantern.h", "/* The version", "/* Which version")
        try tree.sign("SPECS/liblantern")
        let header = try await follow(.observed, tree)
        #expect(header.status == 0)
        #expect(
          header.report.built.contains("lantern-moves") && header.report.built.contains("lantern-plugin"))
        // what the database says of a package is counted as all that the package is
        #expect(header.report.built.contains("lantern-asks"))
      }
    }

    @Test(.needsRoot) func anotherModeIsAReason() async throws {
      try await DemoTree.with { tree in
        _ = try await tree.build("lantern-common")
        #expect(try await tree.build("lantern-common", "--cutoff", "interface").built == [])
        let observed = try await tree.build("lantern-common", "--cutoff", "observed")
        #expect(
          observed.builds.first?.reason
            == "what decides for dependents is another mode now (--cutoff, [build] dependents)")
        #expect(try await tree.build("lantern-common", "--cutoff", "observed").built == [])
        let wrong = try await tree.azl("try", "lantern-common", "--cutoff", "some")
        #expect(wrong.status == 2 && wrong.err.contains("observed"))
      }
    }

    /// What a restored build opened is known as before; to another mode it is another build.
    @Test(.needsRoot) func whatWasWatchedIsRestoredInItsModeOnly() async throws {
      try await DemoTree.with { tree in
        let spec = "SPECS/lantern-common/lantern-common.spec"
        _ = try await tree.build("lantern-common", "--cutoff", "observed")
        try tree.edit(spec, "%install\n", "# a comment\n%install\n")
        _ = try await tree.build("lantern-common", "--cutoff", "observed")
        try tree.edit(spec, "# a comment\n%install\n", "%install\n")
        let back = try await tree.build("lantern-common", "--cutoff", "observed")
        #expect(back.builds.map(\.result) == [.restored])
        let again = try await tree.build("lantern-common", "--cutoff", "observed")
        #expect(again.builds.map(\.result) == [.upToDate])
        let exact = try await tree.build("lantern-common", "--cutoff", "exact")
        #expect(exact.built == ["lantern-common"])
      }
    }

    @Test(.needsRoot) func whoIsNotRootIsTold() async throws {
      try await PlainUser.with { user in
        try await DemoTree.with(owner: user) { tree in
          let first = try await tree.azl("try", "lantern-common", "--cutoff", "observed")
          #expect(first.status == 0)
          #expect(first.err.contains("only root may watch which files a build opens"))
          #expect(try await tree.build("lantern-common").built == [], "the same as exact")
        }
      }
    }
  }
}

extension DemoTree {
  /// Writes the digests of a package directory's sources into its signatures file.
  func sign(_ directory: String) throws {
    let name = FilePath(directory).lastComponent?.string ?? ""
    let path = URL(filePath: file("\(directory)/\(name).signatures.json").string)
    var signatures = try JSONDecoder().decode([String: [String: String]].self, from: Data(contentsOf: path))
    for source in (signatures["Signatures"] ?? [:]).keys {
      signatures["Signatures"]?[source] = try Digest.of(file: file("\(directory)/\(source)")).hex
    }
    try JSONEncoder().encode(signatures).write(to: path)
  }

  /// A spec without sources whose build makes one file.
  func addSpec(_ name: String, requires: String, build: String, file: String) throws {
    let directory = self.file("SPECS/\(name)")
    try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
    try write(
      "SPECS/\(name)/\(name).spec",
      """
      Summary:        Made for a test
      Name:           \(name)
      Version:        1.0
      Release:        1%{?dist}
      License:        MIT
      BuildRequires:  \(requires)
      BuildArch:      noarch
      %description
      Made for a test.
      %prep
      %setup -q -c -T
      %build
      \(build)
      %install
      install -D -m 0644 \(file) %{buildroot}%{_datadir}/\(name)/\(file)
      %files
      %{_datadir}/\(name)
      """)
  }

  /// The report of a `try` that must succeed.
  func build(arguments: [String]) async throws -> BuildReport {
    let output = try await azl(["try", "--json"] + arguments)
    try #require(output.status == 0, "\(output.err)")
    return try output.json()
  }
}
