import AzureLinux
import Foundation
import RPM
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// `azl-dev make`: upstream's targets and variables, through the real command.
  @Suite(.serialized) struct MakeTargets {
    private let library = "SPECS/liblantern/liblantern.spec"

    @Test func buildsWhatBuildBuilds() async throws {
      try await DemoTree.with { tree in
        let lists = [
          "SRPM_PACK_LIST=lantern-common lantern-scripts lantern-check", "PACKAGE_IGNORE_LIST=lantern-check",
        ]
        let words = ["make", "build-packages", "CONCURRENT_PACKAGE_BUILDS=2", "REBUILD_TOOLS=y"]
        let made = try await tree.azl(words + lists)
        #expect(made.status == 0, "\(made.all)")
        #expect(
          made.err.contains(
            "azl-dev build lantern-common lantern-scripts lantern-check --ignore lantern-check --jobs 2 --summary"
          ))
        #expect(made.err.contains("REBUILD_TOOLS=y: azl-dev is one program"))
        #expect(
          made.err.contains("level=info msg=\"Number of built SRPMs:                 2\""), "\(made.err)")
        #expect(made.out.contains("Built     lantern-scripts"))

        let again = try await tree.azl(words + lists + ["--json", "PACKAGE_REBUILD_LIST=lantern-common"])
        #expect(again.status == 0, "\(again.err)")
        try await Schema("build").validate(again.out)
        #expect(try again.json(BuildReport.self).built == ["lantern-common"])
        let all = try await tree.azl(
          words + ["PACKAGE_BUILD_LIST=lantern-scripts", "USE_PACKAGE_BUILD_CACHE=n", "--json"])
        #expect(try all.json(BuildReport.self).built == ["lantern-scripts"])
        // an identity of the call is an input of the build
        let other = try await tree.azl(
          words + [
            "SRPM_PACK_LIST=lantern-common", "DIST_TAG=.azl9", "MAX_CPU=1", "SPECS_DIR=SPECS", "--json",
          ])
        #expect(try other.json(BuildReport.self).builds.first?.rpms.first?.path.contains(".azl9.") == true)

        try tree.edit("SPECS/lantern-check/lantern-check.spec", "%build\n", "%build\nfalse\n")
        let failed = try await tree.azl("make", "build-packages", "SRPM_PACK_LIST=lantern-check")
        #expect(failed.status == 1)
        #expect(failed.err.contains("level=error msg=\"Number of failed SRPMs:                1\""))
        #expect(failed.err.contains("lantern-check %build failed"))
        let summary = try await tree.azl("make", "print-build-summary")
        #expect(
          summary.out.contains("lantern-scripts-1.0-1.azl3.src.rpm\tlantern-scripts-1.0-1.azl3.noarch.rpm\n"))
        // a package of the toolchain is not built by accident
        let manifest = "toolkit/resources/manifests/package/toolchain_x86_64.txt"
        try FileManager.default.createDirectory(
          atPath: tree.file(manifest).removingLastComponent().string, withIntermediateDirectories: true)
        try tree.write(manifest, "lantern-scripts-1.0-1.azl3.noarch.rpm\n")
        let rebuild = words + ["PACKAGE_REBUILD_LIST=lantern-scripts"]
        let reserved = try await tree.azl(rebuild)
        #expect(reserved.status == 1 && reserved.out.contains("Built     lantern-scripts"))
        #expect(reserved.err.contains("makes packages that the toolchain has made under the same names"))
        #expect(try await tree.azl(rebuild + ["ALLOW_TOOLCHAIN_REBUILDS=y"]).status == 0)
        try await cleaning(tree)
      }
    }

    /// Each clean target removes its part, and the next call makes it again.
    private func cleaning(_ tree: DemoTree) async throws {
      let common = ["make", "build-packages", "SRPM_PACK_LIST=lantern-common"]
      #expect(try await tree.azl(common).status == 0)
      #expect(try await tree.azl("make", "parse-specs").status == 0)
      for (target, path) in [
        ("clean-build-packages-workers", ".azldev/store/roots"),
        ("clean-workplan", ".azldev/out/pkg_artifacts"),
        ("clean-build-packages", ".azldev/out/RPMS"), ("clean-chroot-tools", ".azldev/store/layers"),
      ] {
        let names = { try? FileManager.default.contentsOfDirectory(atPath: tree.file(path).string) }
        #expect(names()?.isEmpty == false, "\(path) before \(target)")
        let cleaned = try await tree.azl("make", target, "--json")
        #expect(cleaned.status == 0, "\(cleaned.err)")
        try await Schema("make").validate(cleaned.out)
        #expect(try cleaned.json(MakeReport.self).removed?.contains { $0.hasPrefix(path) } == true)
        #expect(names()?.isEmpty ?? true, "\(path) after \(target)")
      }
      let again = try await tree.azl(common + ["--json"])
      #expect(try again.json(BuildReport.self).built == ["lantern-common"], "\(again.all)")
      let elsewhere = try await tree.azl("make", "clean-workplan", "PKGBUILD_DIR=SPECS")
      #expect(elsewhere.status == 3 && FileManager.default.fileExists(atPath: tree.file(library).string))
      #expect(try await tree.azl("make", "clean").status == 0)
      #expect(try await tree.azl(common).status == 0)
    }

    @Test func testsAndTheirLists() async throws {
      try await DemoTree.with { tree in
        let output = try await tree.azl(
          "make", "build-packages", "SRPM_PACK_LIST=lantern-common", "TEST_RUN_LIST=liblantern lantern-app",
          "TEST_IGNORE_LIST=lantern-app")
        #expect(output.status == 0, "\(output.all)")
        #expect(
          output.out.contains("liblantern: %check passed") && !output.out.contains("lantern-app: %check"))
        let checked = try await tree.azl(
          "make", "build-packages", "PACKAGE_BUILD_LIST=liblantern", "RUN_CHECK=y", "--json")
        #expect(try checked.json(BuildReport.self).builds.first?.check == .passed)
        let several = try await tree.azl(
          "make", "build-packages", "PACKAGE_BUILD_LIST=zip", "TEST_RUN_LIST=zip", "--json")
        #expect(several.status == 2 && several.err.contains("--json prints one report"))
      }
    }

    @Test func namesAndValuesThatAreRefused() async throws {
      try await DemoTree.with { tree in
        let wrong: [([String], [String])] = [
          (["OUT_DIR=/elsewhere"], ["OUT_DIR=/elsewhere is refused", "bundle save"]),
          (["RUN_CHECK=yes"], ["RUN_CHECK=yes: the value has to be y or n"]),
          (["SRPM_PAK_LIST=zip"], ["there is no variable SRPM_PAK_LIST", "did you mean SRPM_PACK_LIST"]),
          (["REBUILD_TOOLCHAIN=y"], ["belongs to the toolchain stage"]),
          (["REPO_LIST=none.repo"], ["\"none.repo\" is not"]),
          (["SPECS_DIR=/tmp"], ["a folder of the tree"]),
        ]
        for (words, texts) in wrong {
          let output = try await tree.azl(["make", "build-packages"] + words)
          #expect(output.status == 2, "\(words)")
          for text in texts { #expect(output.err.contains(text), "\(words): \(output.err)") }
          #expect(output.out.isEmpty)
        }
        let target = try await tree.azl("make", "build-package")
        #expect(target.status == 2 && target.err.contains("build-packages"), "\(target.err)")
        let attended = try await tree.azl("make", "iso", "CONFIG_FILE=imageconfigs/iso.json")
        #expect(
          attended.status == 2 && attended.err.contains("UNATTENDED_INSTALLER=y makes one"), "\(attended.err)"
        )
        let key = try await tree.azl("status", "--set", "build.job=2")
        #expect(key.status == 2 && key.err.contains("did you mean build.jobs"), "\(key.err)")
        #expect(!FileManager.default.fileExists(atPath: tree.file(".azldev/out").string))
      }
    }

    @Test func variablesAndLists() async throws {
      try await DemoTree.with { tree in
        let tag = try await tree.azl("make", "-s", "--no-print-directory", "get-dist-tag")
        #expect(tag.out == ".azl3\n" && tag.err.isEmpty)
        #expect(try await tree.azl("make", "printvar-RPMS_DIR").out == "\(tree.path)/.azldev/out/RPMS\n")
        #expect(
          try await tree.azl("make", "printvar-verbose-DIST_TAG", "DIST_TAG=.x").out == "DIST_TAG: .x\n")
        let all = try await tree.azl("make", "printvar-all-vars", "--json")
        try await Schema("make").validate(all.out)
        #expect(try all.json(MakeReport.self).values?.count == MakeVariable.all.count)
        #expect(try await tree.azl("make", "printvar-RPM_DIR").err.contains("RPMS_DIR"))
        #expect(try await tree.azl("make", "help").out.contains("build-packages"))

        #expect(try await tree.azl("make", "parse-specs", "graph", "PKGBUILD_DIR=artifacts").status == 0)
        try await Schema("specs").validate(try tree.read("artifacts/specs.json"))
        #expect(try tree.read("artifacts/graph.dot").hasPrefix("digraph"))
        #expect(try await tree.azl("make", "generate-versions-macros-file").status == 0)
        #expect(
          try tree.read(".azldev/out/pkg_artifacts/macros.releaseversions").contains(
            "%azl_lantern_common_version 1.0\n"))
        let sources = try await tree.azl("make", "input-srpms", "expand-specs", "SRPM_PACK_LIST=zip")
        #expect(sources.status == 0, "\(sources.all)")
        let packed = tree.file(".azldev/out/INTERMEDIATE_SRPMS").string
        let srpm = try #require(
          try FileManager.default.contentsOfDirectory(atPath: packed).first { $0.hasPrefix("zip-") })
        let header = try RPMHeader.read(FilePath(packed).appending(srpm))
        #expect(header.isSource && header.files.contains { $0.path == "zip.spec" })
        let time =
          try FileManager.default.attributesOfItem(atPath: "\(packed)/\(srpm)")[.modificationDate] as? Date
        #expect(try await tree.azl("make", "input-srpms", "SRPM_PACK_LIST=zip").status == 0)
        #expect(
          try FileManager.default.attributesOfItem(atPath: "\(packed)/\(srpm)")[.modificationDate] as? Date
            == time)
        #expect(try await tree.azl("make", "clean-input-srpms").status == 0)
        #expect(!FileManager.default.fileExists(atPath: packed))
        let folder = tree.file(".azldev/out/INTERMEDIATE_SPECS").string
        let expanded = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        #expect(
          try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(expanded)").contains("zip.spec"))
        #expect(try await tree.azl("make", "rpms-snapshot").status == 0)
        let snapshot = try JSONDecoder().decode(
          PackageSummary.self, from: Data(try tree.read(".azldev/out/rpms_snapshot.json").utf8))
        #expect(snapshot.packages.contains { $0.name == "liblantern-devel" })
        let names = try await tree.azl(
          "make", "run-specarchchecker", "PACKAGE_BUILD_LIST=lantern-compat liblantern", "RUN_CHECK=y")
        #expect(names.out == "liblantern\n", "\(names.all)")

        try tree.write(
          "asked", "\(snapshot.packages.first { $0.name == "zip" }?.fileName ?? "")\nno-such-1-1.x86_64.rpm\n"
        )
        let query = [
          "make", "repo-query", "QUERY_CMD=find-present", "QUERY_INPUT_FILE=asked", "QUERY_OUTPUT_FILE=found",
        ]
        #expect(try await tree.azl(query).status == 0)
        #expect(try tree.read("found").hasPrefix("zip-") && !tree.read("found").contains("no-such"))
        #expect(try await tree.azl("make", "validate-chroot").status == 0)
        // a repository that only this call has is asked first, and nothing of it stays
        let mirror = try #require(Host.mirror)
        try tree.write(
          "more.repo",
          "[more]\nbaseurl=file://\(mirror)/azurelinux/3.0/prod/base/x86_64\nname=more\ngpgcheck=0\n")
        let more = try await tree.azl("make", "graph-cache", "PACKAGE_BUILD_LIST=zip", "REPO_LIST=more.repo")
        #expect(more.status == 0 && more.err.contains("never asked"), "\(more.all)")
        #expect(try await tree.azl("repo", "list").out.contains("more") == false)
        let cached = try await tree.azl("make", "pre-cache", "SRPM_PACK_LIST=zip")
        #expect(cached.status == 0, "\(cached.all)")
        #expect(try await tree.azl("plan", "zip", "--json").json(PlanReport.self).downloads.packages == 0)

        // a circle is an error, unless published packages are to break it
        try tree.edit(
          library, "BuildRequires:  make\n", "BuildRequires:  make\nBuildRequires:  lantern-app\n")
        let circle = try await tree.azl("make", "graph")
        #expect(circle.status == 1 && circle.err.contains("need each other to be built"), "\(circle.all)")
        #expect(try await tree.azl("make", "graph", "RESOLVE_CYCLES_FROM_UPSTREAM=y").status == 0)
      }
    }

    @Test func sonamesAndLicences() async throws {
      try await DemoTree.with { tree in
        try tree.edit(
          library, "%build\n", "%build\nsed -i 's/\\.so\\.1/.so.2/g' Makefile\n")
        try tree.edit(library, "%{_libdir}/liblantern.so.1*", "%{_libdir}/liblantern.so.2*")
        try tree.edit(library, "%license COPYING\n", "%doc COPYING\n")
        let built = try await tree.azl("make", "build-packages", "PACKAGE_BUILD_LIST=liblantern")
        try #require(built.status == 0, "\(built.all)")
        let lost = try await tree.azl("make", "sodiff-check", "--json")
        #expect(lost.status == 1, "\(lost.all)")
        try await Schema("make").validate(lost.out)
        let one = try #require(try lost.json(MakeReport.self).sonames?.first)
        #expect(one.capability == "liblantern.so.1()(64bit)")
        #expect(one.users.map(\.source).contains("lantern-app"))
        #expect(try tree.read(".azldev/out/sodiff/sodiff-summary.txt").contains("lantern-app\n"))
        // who was built again is no longer among them
        let app = try await tree.azl("make", "build-packages", "PACKAGE_BUILD_LIST=lantern-app")
        try #require(app.status == 0, "\(app.all)")
        let after = try await tree.azl("make", "sodiff-check", "--json").json(MakeReport.self)
        #expect(after.sonames?.first?.users.map(\.source).contains("lantern-app") == false)

        try tree.write("names.json", #"{"FuzzyLicenseNamesRegexList": ["(?i).*copying.*"]}"#)
        let words = ["make", "license-check-pkg", "LICENSE_CHECK_NAME_FILE=names.json"]
        let licences = try await tree.azl(words + ["--json"])
        #expect(licences.status == 1, "\(licences.all)")
        try await Schema("make").validate(licences.out)
        let found = try #require(try licences.json(MakeReport.self).licences?.first)
        #expect(found.rpm.hasPrefix("liblantern-1.2") && found.documents.first?.hasSuffix("/COPYING") == true)
        #expect(try await tree.azl(words + ["LICENSE_CHECK_MODE=warn"]).status == 0)
        #expect(
          try await tree.azl(
            "make", "license-check", "LICENSE_CHECK_DIRS=.azldev/out/RPMS/x86_64",
            "LICENSE_CHECK_NAME_FILE=names.json"
          ).status == 1)
        #expect(
          try tree.read(".azldev/out/license_check/license_check_results_pkg.json").contains("\"BadDocs\""))

        // results as an archive, and back into a tree that has none
        #expect(try await tree.azl("make", "compress-rpms").status == 0)
        try FileManager.default.moveItem(
          atPath: tree.file(".azldev/out/rpms.tar.gz").string, toPath: tree.file("rpms.tar.gz").string)
        #expect(try await tree.azl("make", "clean-build-packages").status == 0)
        let back = try await tree.azl("make", "hydrate-rpms", "PACKAGE_ARCHIVE=rpms.tar.gz")
        #expect(back.status == 0 && back.out.contains("Unpacked"), "\(back.all)")
        let shell = try await tree.azl("make", "containerized-rpmbuild", "MODE=test", "SRPM_PACK_LIST=zip")
        #expect(shell.status == 2 && shell.err.contains("azl-dev boot"))
      }
    }
  }
}
