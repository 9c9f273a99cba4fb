import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Targets of `azl-dev make` that pack results, take them back and remove them.
  @Suite(.serialized) struct MakeCleaningUp {
    private func names(_ tree: DemoTree, _ folder: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: tree.file(folder).string)) ?? []).sorted()
    }

    private func exists(_ tree: DemoTree, _ name: String) -> Bool {
      FileManager.default.fileExists(atPath: tree.file(name).string)
    }

    /// Removes exactly the part that it names; again, there is nothing to remove, unless every call makes it.
    private func clean(
      _ target: String, of tree: DemoTree, _ path: String, isMadeByCalls: Bool = false
    ) async throws {
      #expect(exists(tree, path), "\(path) before \(target)")
      let cleaned = try await tree.azl("make", target, "--json")
      try #require(cleaned.status == 0, "\(cleaned.all)")
      try await Schema("make").validate(cleaned.out)
      let report = try cleaned.json(MakeReport.self)
      #expect(report.target == target && report.removed == [path])
      #expect(!exists(tree, path), "\(path) after \(target)")
      let again = try await tree.azl("make", target)
      #expect(again.out.contains("nothing: there was none") != isMadeByCalls, "\(again.all)")
    }

    @Test func archivesOfResults() async throws {
      try await DemoTree.with { tree in
        #expect(try await tree.azl("build", "lantern-common").status == 0)
        let packed = try await tree.azl("make", "compress-rpms", "compress-srpms", "compress-cached-rpms")
        try #require(packed.status == 0, "\(packed.all)")
        for name in ["rpms.tar.gz", "srpms.tar.gz", "cache.tar.gz"] {
          try FileManager.default.copyItem(
            atPath: tree.file(".azldev/out/\(name)").string, toPath: tree.file(name).string)
        }
        let listed = try await Command(["tar", "-tzf", tree.file("srpms.tar.gz").string]).check().text
        #expect(listed.contains("lantern-common-1.0-1.azl3.src.rpm"), "\(listed)")
        try await clean("clean-compress-srpms", of: tree, ".azldev/out/srpms.tar.gz")
        #expect(exists(tree, ".azldev/out/cache.tar.gz"))
        let both = try await tree.azl("make", "clean-compress-rpms", "--json")
        #expect(
          try both.json(MakeReport.self).removed == [".azldev/out/rpms.tar.gz", ".azldev/out/cache.tar.gz"])

        try await DemoTree.with(warm: []) { other in
          for (target, variable, name) in [
            ("hydrate-rpms", "PACKAGE_ARCHIVE", "rpms"), ("hydrate-srpms", "PACKAGE_ARCHIVE", "srpms"),
            ("hydrate-cached-rpms", "CACHED_PACKAGES_ARCHIVE", "cache"),
          ] {
            let path = tree.file("\(name).tar.gz").string
            let unpacked = try await other.azl("make", target, "\(variable)=\(path)")
            #expect(unpacked.status == 0 && unpacked.out.contains("Unpacked"), "\(unpacked.all)")
            let none = try await other.azl("make", target)
            #expect(none.status == 2 && none.err.contains("\(target) needs \(variable)="), "\(none.all)")
          }
          #expect(names(other, ".azldev/out/SRPMS").contains("lantern-common-1.0-1.azl3.src.rpm"))
          #expect(names(other, ".azldev/out/RPMS/noarch").contains("lantern-common-1.0-1.azl3.noarch.rpm"))
          // nothing of the root is left to fetch
          let plan = try await other.azl("plan", "lantern-common", "--json").json(PlanReport.self)
          #expect(plan.downloads.packages == 0)
        }
      }
    }

    @Test func reportsOfWhatWasBuilt() async throws {
      try await DemoTree.with { tree in
        #expect(try await tree.azl("build", "lantern-common").status == 0)
        // another's package among the results is none of this tree's builds
        let strange = "lantern-common-9-9.azl3.noarch.rpm"
        let folder = tree.file(".azldev/out/RPMS/noarch")
        try FileManager.default.copyItem(
          atPath: folder.appending("lantern-common-1.0-1.azl3.noarch.rpm").string,
          toPath: folder.appending(strange).string)
        let list = ".azldev/out/sodiff/built-packages.txt"
        let built = try await tree.azl("make", "built-packages-summary")
        #expect(built.out == "lantern-common-1.0-1.azl3.noarch.rpm\n", "\(built.all)")
        #expect(try tree.read(list) == built.out)
        let present = try await tree.azl("make", "fake-built-packages-list")
        #expect(present.out.contains(strange) && present.out.contains("lantern-common-1.0-1"))
        #expect(try tree.read(list) == present.out)
        #expect(try await tree.azl("make", "build-summary").out.isEmpty == false)
        #expect(
          try tree.read(".azldev/out/sodiff/build-summary.csv")
            == "lantern-common-1.0-1.azl3.src.rpm\tlantern-common-1.0-1.azl3.noarch.rpm\n")
        try await clean("clean-sodiff", of: tree, ".azldev/out/sodiff")

        #expect(try await tree.azl("make", "rpms-snapshot").status == 0)
        try await clean("clean-rpms-snapshot", of: tree, ".azldev/out/rpms_snapshot.json")
        #expect(try await tree.azl("make", "expand-specs", "SRPM_PACK_LIST=lantern-common").status == 0)
        try await clean("clean-expand-specs", of: tree, ".azldev/out/INTERMEDIATE_SPECS")
      }
    }

    @Test func whereTasksWrite() async throws {
      try await DemoTree.with { tree in
        let made = try await tree.azl(
          "make", "input-srpms", "expand-specs", "SRPM_PACK_LIST=lantern-common",
          "BUILD_SRPMS_DIR=.azldev/out/packed", "BUILD_SPECS_DIR=elsewhere")
        #expect(made.status == 0, "\(made.all)")
        #expect(exists(tree, ".azldev/out/packed/lantern-common-1.0-1.azl3.src.rpm"))
        #expect(exists(tree, "elsewhere/lantern-common-1.0-1.azl3/lantern-common.spec"))
        // what lies outside of the results is not removed
        let outside = try await tree.azl("make", "clean-expand-specs", "BUILD_SPECS_DIR=elsewhere")
        #expect(outside.status == 3 && exists(tree, "elsewhere"), "\(outside.all)")
        #expect(
          try await tree.azl("make", "clean-input-srpms", "BUILD_SRPMS_DIR=.azldev/out/packed").status == 0)
        #expect(!exists(tree, ".azldev/out/packed"))
      }
    }

    @Test func licenceFilesThatAreNotLookedAt() async throws {
      try await DemoTree.with { tree in
        try tree.edit("SPECS/lantern-common/lantern-common.spec", "%license COPYING\n", "%doc COPYING\n")
        #expect(try await tree.azl("build", "lantern-common").status == 0)
        try tree.write("names.json", #"{"FuzzyLicenseNamesRegexList": ["(?i).*copying.*"]}"#)
        let words = ["make", "license-check-pkg", "LICENSE_CHECK_NAME_FILE=names.json"]
        #expect(try await tree.azl(words).status == 1)
        func excepted(_ list: String) async throws -> DemoTree.Output {
          try tree.write("exceptions.json", list)
          return try await tree.azl(words + ["LICENSE_CHECK_EXCEPTION_FILE=exceptions.json"])
        }
        let one =
          #"{"PkgExceptions": [{"PackageName": "NAME", "IgnoredFilesRegexList": [".*/COPYING"]}]}"#
        let named = try await excepted(one.replacing("NAME", with: "lantern-common"))
        #expect(named.status == 0, "\(named.all)")
        #expect(try await excepted(one.replacing("NAME", with: "zip")).status == 1)
        #expect(try await excepted(#"{"GlobalExceptionsRegexList": [".*/COPYING"]}"#).status == 0)
        #expect(try await excepted("[").status == 2)
        try await clean("clean-license-check", of: tree, ".azldev/out/license_check")
      }
    }

    @Test func whatAllBuildsShare() async throws {
      try await DemoTree.with { tree in
        for target in ["all", "chroot-tools"] {
          let base = try await tree.azl("make", target, "--json")
          #expect(base.status == 0, "\(base.all)")
          let layer = try #require(try base.json(MakeReport.self).names?.first)
          #expect(layer.hasPrefix(".azldev/store/layers/") && exists(tree, layer))
        }
        let made = try await tree.azl("make", "macro-tools", "--json")
        #expect(made.status == 0, "\(made.all)")
        let macros = try #require(try made.json(MakeReport.self).names?.first)
        #expect(macros.hasPrefix(".azldev/store/macros/") && exists(tree, "\(macros)/macros"))
        try await clean("clean-macro-tools", of: tree, ".azldev/store/macros", isMadeByCalls: true)
        #expect(try await tree.azl("specs", "lantern-common").status == 0)
        #expect(exists(tree, macros))

      }
    }

    /// Downloads that no standing build is made of.
    @Test func downloadsThatNothingStandsOn() async throws {
      try await DemoTree.with(warm: []) { tree in
        #expect(try await tree.azl("build", "lantern-common").status == 0)
        let needed = try await tree.azl("make", "clean-cache", "--json").json(GarbageReport.self)
        #expect(needed.removed == [])
        let folder = try #require(Host.mirror).appending("azurelinux/3.0/prod/base/x86_64/Packages/z")
        let zip = try #require(
          try FileManager.default.contentsOfDirectory(atPath: folder.string).first {
            NEVRA(fileName: $0)?.name == "zip"
          })
        try tree.write(
          "rpms.json", String(decoding: try PackageSummary(fileNames: [zip]).json, as: UTF8.self))
        #expect(try await tree.azl("make", "pre-cache", "PRECACHER_SNAPSHOT=rpms.json").status == 0)
        let cleaned = try await tree.azl("make", "clean-cache", "--json")
        #expect(cleaned.status == 0 && cleaned.err.contains("azl-dev gc --set disk.store=0"))
        let removed = try cleaned.json(GarbageReport.self).removed
        #expect(removed.map(\.kind) == ["store"] && !exists(tree, removed.first?.path ?? ""))
        let after = try await tree.azl("try", "lantern-common", "--json").json(BuildReport.self)
        #expect(after.result == .upToDate)
      }
    }

    /// A compiler cache of this tree, which notes what it is asked to compile.
    private static let ccache = """
      Summary:        Compiles what it is given
      Name:           ccache
      Version:        1.0
      Release:        1%{?dist}
      License:        MIT
      BuildArch:      noarch
      %description
      For a test.
      %install
      mkdir -p %{buildroot}%{_bindir}
      cat > %{buildroot}%{_bindir}/ccache <<'END'
      #!/bin/sh
      echo "$@" >> "$CCACHE_DIR/asked"
      exec "$@"
      END
      chmod 0755 %{buildroot}%{_bindir}/ccache
      %files
      %{_bindir}/ccache
      """

    @Test func theCompilersCache() async throws {
      try await DemoTree.with { tree in
        try FileManager.default.createDirectory(
          atPath: tree.file("SPECS/ccache").string, withIntermediateDirectories: true)
        try tree.write("SPECS/ccache/ccache.spec", Self.ccache + "\n")
        try #require(try await tree.azl("make", "build-packages", "SRPM_PACK_LIST=ccache").status == 0)
        let built = try await tree.azl(
          "make", "build-packages", "SRPM_PACK_LIST=liblantern", "PACKAGE_REBUILD_LIST=liblantern",
          "USE_CCACHE=y", "HYDRATED_BUILD=y")
        try #require(built.status == 0, "\(built.all)")
        #expect(exists(tree, ".azldev/store/ccache/x86_64"))
        try await clean("clean-ccache", of: tree, ".azldev/store/ccache")
      }
    }

    @Test func aShellInTheRootOfOneSpec() async throws {
      try await DemoTree.with { tree in
        // what is typed comes from standard input, and the shell's status is the call's
        let words = [Host.program, "make", "containerized-rpmbuild", "SRPM_PACK_LIST=lantern-common"]
        let typed =
          "echo at=$PWD; rpmbuild -bp --nodeps SPECS/lantern-common.spec >/dev/null && ls BUILD; exit 7"
        let shell = try await Command(
          ["sh", "-c", #"echo "$1" | { shift; exec "$@"; }"#, "sh", typed] + words,
          environment: ["NO_COLOR": "1", "LC_ALL": "C.UTF-8"], workingDirectory: tree.path.string
        ).run()
        #expect(shell.status == 7, "\(shell.text)\(shell.errorText)")
        #expect(shell.text.contains("at=/usr/src/azl\n") && shell.text.contains("lantern-common-1.0"))
        for list in ["", "lantern-common zip"] {
          let wrong = try await tree.azl("make", "containerized-rpmbuild", "SRPM_PACK_LIST=\(list)")
          #expect(wrong.status == 2 && wrong.err.contains("SRPM_PACK_LIST=<one spec>"), "\(wrong.all)")
        }
        try await Remains(tree: tree).expectNothing()
      }
    }
  }
}
