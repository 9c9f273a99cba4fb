import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Targets of `azl-dev make` that look at the tree, at its repositories and at the last build.
  @Suite(.serialized) struct MakeReports {
    private static let manifests = "toolkit/resources/manifests/package"

    private func folder(_ tree: DemoTree, _ name: String) throws {
      try FileManager.default.createDirectory(
        atPath: tree.file(name).string, withIntermediateDirectories: true)
    }

    @Test func whatTheCallAndTheTreeSay() async throws {
      try await DemoTree.with { tree in
        #expect(try await tree.azl("make", "get-version").out == "3.0.20260401\n")
        #expect(try await tree.azl("make", "get-version", "RELEASE_VERSION=3.0.7").out == "3.0.7\n")
        #expect(try await tree.azl("make", "get-release-major").out == "3.0\n")
        let all = try await tree.azl("make", "printvar-verbose-all-vars").out
        #expect(all.split(separator: "\n").count == MakeVariable.all.count)
        #expect(all.contains("DIST_TAG: .azl3\n") && all.contains("DIST_VERSION_MACRO: azl 3\n"))
        #expect(try await tree.azl("make", "containerized-rpmbuild-help").out.contains("azl-dev shell zip"))
        for target in ["install-prereqs", "install-prereqs-and-configure"] {
          let looked = try await tree.azl("make", target)
          #expect(looked.err.contains("azl-dev doctor") && looked.out.contains("bubblewrap"), "\(looked.all)")
        }
        let machine = try await tree.azl("doctor", "--json")
        try await Schema("doctor").validate(machine.out)
        #expect(machine.out.contains("fanotify") && machine.out.contains("namespaces"))
        for target in ["graph-cache", "graph-preprocessed"] {
          let plan = try await tree.azl("make", target, "PACKAGE_BUILD_LIST=lantern-common", "--json")
          #expect(try plan.json(PlanReport.self).builds.map(\.spec) == ["lantern-common"], "\(plan.all)")
        }
        for (target, name) in [("parsed-specs", "specs.json"), ("workplan", "graph.dot")] {
          #expect(try await tree.azl("make", target).status == 0)
          #expect(
            FileManager.default.fileExists(atPath: tree.file(".azldev/out/pkg_artifacts/\(name)").string))
        }
      }
    }

    /// Colours are for terminals: one is made for the call.
    @Test(
      .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "skipped: no script(1)"))
    func coloursOnATerminal() async throws {
      try await DemoTree.with { tree in
        func printed(_ words: String...) async throws -> String {
          let line = ([Host.program, "make", "rpms-snapshot"] + words).map(Command.quoted)
          return try await Command(
            ["script", "-qec", line.joined(separator: " "), "/dev/null"],
            environment: ["LC_ALL": "C.UTF-8", "TERM": "xterm", "NO_COLOR": ""],
            workingDirectory: tree.path.string
          ).check().text
        }
        let painted = "\u{1B}[1mWrote"
        #expect(try await printed().contains(painted))
        #expect(try await printed("LOG_COLOR=auto").contains(painted))
        let plain = try await printed("LOG_COLOR=never")
        #expect(plain.contains("Wrote") && !plain.contains(painted), "\(plain)")
        #expect(try await tree.azl("make", "rpms-snapshot", "LOG_COLOR=always").status == 2)
      }
    }

    @Test func manifestsListWhatTheToolchainMakes() async throws {
      try await DemoTree.with { tree in
        let none = try await tree.azl("make", "check-manifests")
        #expect(none.status == 2 && none.err.contains("names no spec of the tree"), "\(none.all)")
        try folder(tree, "toolkit/scripts/toolchain")
        try tree.write(
          "toolkit/scripts/toolchain/build_official_toolchain_rpms.sh",
          "build_rpm_in_chroot_no_install liblantern\n")
        try folder(tree, Self.manifests)
        let made = "liblantern-1.2-1.azl3.x86_64.rpm\nliblantern-debuginfo-1.2-1.azl3.x86_64.rpm\n"
        try tree.write("\(Self.manifests)/toolchain_x86_64.txt", made)
        try tree.write("\(Self.manifests)/pkggen_core_x86_64.txt", "liblantern-devel-1.2-1.azl3.x86_64.rpm\n")
        for target in ["check-manifests", "check-x86_64-manifests"] {
          let good = try await tree.azl("make", target, "--json")
          #expect(good.status == 0, "\(good.all)")
          try await Schema("make").validate(good.out)
        }
        #expect(try await tree.azl("make", "printvar-toolchain_spec_list").out.contains("liblantern"))

        // a version that the spec no longer has, in manifests that lie elsewhere
        try folder(tree, "lists")
        try tree.write("lists/toolchain_x86_64.txt", made.replacing("1.2-1", with: "1.1-1"))
        try tree.write("lists/pkggen_core_x86_64.txt", "")
        let stale = try await tree.azl("make", "check-manifests", "TOOLCHAIN_MANIFESTS_DIR=lists", "--json")
        #expect(stale.status == 1, "\(stale.all)")
        let problems = try #require(try stale.json(MakeReport.self).problems)
        #expect(problems.map(\.subject) == ["lists/toolchain_x86_64.txt", "lists/toolchain_x86_64.txt"])
        #expect(problems.first?.message.contains("liblantern-1.1-1.azl3.x86_64.rpm") == true)
        try folder(tree, "empty")
        let gone = try await tree.azl("make", "check-manifests", "TOOLCHAIN_MANIFESTS_DIR=empty")
        #expect(gone.status == 2 && gone.err.contains("empty/toolchain_x86_64.txt"), "\(gone.all)")

        let other = try await tree.azl("make", "check-aarch64-manifests")
        #expect(other.status == 2 && other.err.contains("--set arch=aarch64"), "\(other.all)")
      }
    }

    @Test func whatHeldUpMost() async throws {
      try await DemoTree.with { tree in
        let none = try await tree.azl("make", "analyze-built-graph")
        #expect(none.status == 2 && none.err.contains("no set was built here yet"), "\(none.all)")
        // two that fail, and who waits for them
        for spec in ["liblantern", "lantern-common"] {
          try tree.edit("SPECS/\(spec)/\(spec).spec", "%install\n", "%install\nfalse\n")
        }
        try tree.edit(
          "SPECS/lantern-scripts/lantern-scripts.spec", "BuildArch:",
          "BuildRequires:  lantern-common\nBuildArch:")
        let words = [
          "make", "build-packages", "SRPM_PACK_LIST=lantern-common liblantern lantern-app lantern-scripts",
        ]
        #expect(try await tree.azl(words + ["PACKAGE_BUILD_LIST="]).status == 1)
        let all = try await tree.azl("make", "analyze-built-graph", "NUM_OF_ANALYTICS_RESULTS=0", "--json")
        #expect(all.status == 0, "\(all.all)")
        try await Schema("make").validate(all.out)
        let blockers = try #require(try all.json(MakeReport.self).blockers)
        let states = try tree.read(".azldev/out/build_state.csv")
        #expect(
          blockers.map(\.srpm) == ["lantern-common-1.0-1.azl3.src.rpm", "liblantern-1.2-1.azl3.src.rpm"],
          "\(states)")
        #expect(blockers.map(\.hasFailed) == [true, true])
        #expect(
          blockers.map(\.blocks) == [
            ["lantern-scripts-1.0-1.azl3.src.rpm"], ["lantern-app-1.0-1.azl3.src.rpm"],
          ])
        let one = try await tree.azl("make", "analyze-built-graph", "NUM_OF_ANALYTICS_RESULTS=1")
        #expect(one.out == "lantern-common-1.0-1.azl3.src.rpm  failed, held up 1 package\n", "\(one.all)")
      }
    }

    @Test func whatIsFetchedBefore() async throws {
      try await DemoTree.with(warm: []) { tree in
        let folder = try #require(Host.mirror).appending("azurelinux/3.0/prod/base/x86_64/Packages/z")
        let zip = try #require(
          try FileManager.default.contentsOfDirectory(atPath: folder.string).first {
            NEVRA(fileName: $0)?.name == "zip"
          })
        func fetched(_ words: String...) async throws -> DemoTree.Output {
          try await tree.azl(["make", "pre-cache"] + words)
        }
        func list(_ names: [String]) throws {
          try tree.write(
            "rpms.json", String(decoding: try PackageSummary(fileNames: names).json, as: UTF8.self))
        }
        // what a list has that is not published asks for nothing
        try list([zip, "no-such-1-1.azl3.x86_64.rpm"])
        let one = try await fetched("PRECACHER_SNAPSHOT=rpms.json")
        #expect(one.status == 0 && one.out.contains("1 published RPM"), "\(one.all)")
        try tree.write("rpms.json", "no list")
        #expect(try await fetched("PRECACHER_SNAPSHOT=rpms.json").status == 2)

        // a root that cannot be planned is an error only where that is asked for
        try tree.edit(
          "SPECS/zip/zip.spec", "BuildRequires:", "BuildRequires:  no-such-package\nBuildRequires:")
        let told = try await fetched("SRPM_PACK_LIST=zip")
        #expect(told.status == 0 && told.err.contains("no-such-package"), "\(told.all)")
        let fatal = try await fetched("SRPM_PACK_LIST=zip", "PRECACHER_NON_FATAL=n")
        #expect(fatal.status == 3 && fatal.err.contains("no-such-package"), "\(fatal.all)")
      }
    }
  }
}
