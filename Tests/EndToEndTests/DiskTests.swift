import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Trouble {
  /// What a workspace holds, and what goes of it.
  @Suite(.serialized) struct Disk {
    @Test func gcLeavesWhatIsInUseAndTheNextRunHasAllThatItNeeds() async throws {
      try await DemoTree.with { tree in
        // whose packages nobody needs any more
        _ = try await tree.build("lantern-common")
        try tree.edit("SPECS/lantern-common/lantern-common.spec", "Summary:", "# edited\nSummary:")
        let built = try await tree.build("lantern-common", "liblantern")
        let logs = built.builds.compactMap(\.log)
        try await fail(tree, "zip")
        try setBudgets(tree, store: 0, layers: 0, logs: 0, roots: 0)
        let kept = Remains(tree: tree).outState()

        let dry = try await gc(tree, "--dry-run")
        #expect(dry.dryRun && !dry.removed.isEmpty)
        #expect(Set(dry.removed.map(\.kind)) == ["logs", "roots", "layers", "store"])
        #expect(dry.removed.allSatisfy { exists(tree, $0.path) })
        let report = try await gc(tree)
        #expect(report.notes == [])
        #expect(report.removed.allSatisfy { !exists(tree, $0.path) })
        #expect(report.kinds.allSatisfy { $0.freed <= $0.before - $0.inUse })

        #expect(Remains(tree: tree).outState() == kept)
        #expect(logs.allSatisfy { exists(tree, $0) })
        #expect(try await tree.build("lantern-common", "liblantern").result == .upToDate)
        // layers are made again of what was kept, the rest is fetched again
        try await tree.restore()
        #expect(try await tree.build("zip").built == ["zip"])
        try await Remains(tree: tree).expectNothing()
      }
    }

    @Test(.needsRoot) func whatBelongsToSubordinateIdsGoesToo() async throws {
      try await PlainUser.with { user in
        try await DemoTree.with(owner: user) { tree in
          try await fail(tree, "lantern-common")
          try setBudgets(tree, store: 50_000, layers: 0, logs: 0, roots: 0)
          let report = try await gc(tree)
          #expect(report.notes == [])
          #expect(Set(report.removed.map(\.kind)).isSuperset(of: ["layers", "roots"]))
          #expect(report.removed.allSatisfy { !exists(tree, $0.path) })
        }
      }
    }

    @Test func aRootThatSomebodyIsInStays() async throws {
      try await DemoTree.with { tree in
        try await fail(tree, "lantern-common")
        try setBudgets(tree, store: 50_000, layers: 0, logs: 2000, roots: 0)
        let ending = try await RunningProgram.start(
          tree, "shell", "lantern-common", "--failed", "--", "sh", "-c", "echo inside; sleep 600"
        ) { program in
          try #require(await program.prints("inside"))
          let report = try await gc(tree)
          #expect(report.removed == [])
          #expect(report.notes.count == 1)
          #expect(report.notes.first?.hasSuffix("could not be removed") == true)
          program.signal(SIGINT)
        }
        #expect(ending.status == ExitCode.interrupted.rawValue, "\(ending.out)")
        try await Remains(tree: tree).expectNothing()
      }
    }

    @Test func nothingOutsideOfTheWorkspaceIsRemoved() async throws {
      try await DemoTree.with { tree in
        try await fail(tree, "lantern-common")
        try await Command(
          ["sh", "-ec", "mv .azldev/logs elsewhere && ln -s ../elsewhere .azldev/logs"],
          workingDirectory: tree.path.string
        ).check()
        try setBudgets(tree, store: 50_000, layers: 20_000, logs: 0, roots: 20_000)
        let report = try await gc(tree)
        #expect(report.removed == [])
        #expect(report.notes == [".azldev/logs lies elsewhere: nothing outside .azldev is removed"])
        #expect(exists(tree, "elsewhere/lantern-common"))
      }
    }

    @Test func duCountsEachFileOnce() async throws {
      try await DemoTree.with { tree in
        _ = try await tree.build("lantern-common")
        try await fail(tree, "liblantern")
        let output = try await tree.azl("du", "--json")
        #expect(output.status == 0, "\(output.err)")
        try await Schema("du").validate(output.out)
        let report = try output.json(DiskUseReport.self)
        #expect(report.packages.map(\.spec) == ["lantern-common", "liblantern"])
        #expect((report.packages.first?.rpms ?? 0) > 0 && report.packages.first?.roots == 0)
        #expect((report.packages.last?.roots ?? 0) > 0 && report.packages.last?.rpms == 0)
        let all = try await Command(["du", "-sB1", tree.file(".azldev").string]).check().text
        let sum = Int64(all.prefix { $0.isNumber }) ?? 0
        #expect(abs(report.bytes - sum) < 1 << 20)
      }
    }

    /// Records of builds go with the packages that they name, and are counted until then.
    @Test func recordsOfBuildsGoWithTheirPackages() async throws {
      try await DemoTree.with { tree in
        let spec = "SPECS/lantern-common/lantern-common.spec"
        _ = try await tree.build("lantern-common")
        let first = records(tree)
        #expect(first.count == 1)
        // its packages are in no trace any more, and not in out/
        try tree.edit(spec, "Release:        1%", "Release:        2%")
        _ = try await tree.build("lantern-common")
        #expect(records(tree).count == 2)
        let du = try await tree.azl("du", "--json").json(DiskUseReport.self)
        #expect(du.kinds.contains { $0.kind == "builds" && $0.bytes > 0 })
        try setBudgets(tree, store: 50_000, layers: 20_000, logs: 2000, roots: 20_000)
        #expect(try await gc(tree).removed == [])
        let text = try tree.read(".azldev/config.local.toml")
        try tree.write(".azldev/config.local.toml", text.replacing("store = 50000", with: "store = 0"))
        #expect(try await gc(tree, "--dry-run").removed.map(\.path).contains(first[0]))
        let report = try await gc(tree)
        #expect(report.removed.map(\.path).contains(first[0]))
        #expect(report.kinds.allSatisfy { $0.freed <= $0.before - $0.inUse })
        #expect(records(tree).count == 1 && records(tree) != first)
        #expect(try await tree.build("lantern-common").result == .upToDate)
      }
    }

    /// Saved machines are counted, go by their last use, and stay while one of them is tested in.
    @Test func savedMachinesHaveABudget() async throws {
      try await DemoTree.with(warm: []) { tree in
        for (name, time) in [("old", "1 Jan 2020"), ("used", "1 Jan 2021"), ("new", "1 Jan 2022")] {
          try await Command(
            [
              "sh", "-ec",
              #"mkdir -p "$1"; echo '{}' > "$1/base.json"; dd if=/dev/urandom of="$1/state" bs=1M count=2 status=none; touch -d "$2" "$1""#,
              "sh", tree.file(".azldev/store/machines/\(name)").string, time,
            ]
          ).check()
        }
        let du = try await tree.azl("du", "--json").json(DiskUseReport.self)
        #expect((du.kinds.first { $0.kind == "machines" }?.bytes ?? 0) > 6 << 20)
        #expect(try await gc(tree).removed == [])
        let text = try tree.read(".azldev/config.local.toml")
        try tree.write(".azldev/config.local.toml", text + "[disk]\nmachines = 3\n")
        // as a hot boot holds it
        let held = try FileDescriptor.open(
          tree.file(".azldev/store/machines/used/base.json"), .readOnly, options: [.closeOnExec])
        defer { try? held.close() }
        #expect(flock(held.rawValue, LOCK_SH) == 0)
        #expect(try await gc(tree).removed.map(\.path) == [".azldev/store/machines/old"])
        flock(held.rawValue, LOCK_UN)
        #expect(try await gc(tree).removed.map(\.path) == [".azldev/store/machines/used"])
        #expect(exists(tree, ".azldev/store/machines/new/state"))
      }
    }

    // MARK: -

    private func records(_ tree: DemoTree) -> [String] {
      let folder = ".azldev/store/builds"
      let all = FileManager.default.enumerator(atPath: tree.file(folder).string)?.compactMap { $0 as? String }
      return (all ?? []).filter { $0.hasSuffix(".json") }.sorted().map { "\(folder)/\($0)" }
    }

    private func fail(_ tree: DemoTree, _ name: String) async throws {
      try tree.edit("SPECS/\(name)/\(name).spec", "%install\n", "%install\nfalse\n")
      #expect(try await tree.azl("try", name).status == 1)
    }

    private func setBudgets(_ tree: DemoTree, store: Int, layers: Int, logs: Int, roots: Int) throws {
      let text = try tree.read(".azldev/config.local.toml")
      try tree.write(
        ".azldev/config.local.toml",
        text + "[disk]\nstore = \(store)\nlayers = \(layers)\nlogs = \(logs)\nroots = \(roots)\n")
    }

    private func gc(_ tree: DemoTree, _ more: String...) async throws -> GarbageReport {
      let output = try await tree.azl(["gc", "--json"] + more)
      #expect(output.status == 0, "\(output.err)")
      try await Schema("gc").validate(output.out)
      return try output.json()
    }

    private func exists(_ tree: DemoTree, _ path: String) -> Bool {
      var facts = stat()
      return lstat(tree.path.pushing(FilePath(path)).string, &facts) == 0
    }
  }
}
