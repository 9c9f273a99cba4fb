import AzureLinux
import Foundation
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// `[build] ccache` with the real ccache of the mirror: the second build finds what the first compiled, and what comes
  /// of it is what a compiler alone gives.
  @Suite(.serialized) struct CompilerCache {
    private let spec = "SPECS/liblantern/liblantern.spec"

    /// How often the build's compilers found their answer, by ccache's own word.
    private func hits(_ tree: DemoTree, _ report: BuildReport) throws -> Int {
      let log = try tree.read(try #require(report.builds.first?.log))
      let line = try #require(log.split(separator: "\n").last { $0.hasPrefix("direct_cache_hit") }, "\(log)")
      return try #require(line.split(separator: "\t").last.flatMap { Int($0) })
    }

    @Test func aSecondBuildFindsWhatTheFirstCompiled() async throws {
      try await DemoTree.with { tree in
        try tree.edit(spec, "\n%install\n", "ccache --print-stats 2>/dev/null || true\n\n%install\n")
        let cached = ["--set", "build.ccache=true"]
        let first = try await tree.build(["liblantern"] + cached)
        #expect(try hits(tree, first) == 0)
        let folder = tree.file(".azldev/store/ccache/x86_64/common").string
        #expect(try !FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)

        // other bytes in the package, the same in the source
        try tree.edit(spec, "Release:        1", "Release:        2")
        let second = try await tree.build(["liblantern"] + cached)
        #expect(second.builds.first?.result == .built)
        #expect(try hits(tree, second) == 1)

        // the cache is no part of the key, and changes nothing of what is built
        let alone = try await tree.build(["liblantern", "--force"])
        #expect(alone.builds.first?.result == .built && alone.builds.first?.key == second.builds.first?.key)
        #expect(alone.builds.first?.rpms == second.builds.first?.rpms)

        // a group that is switched off compiles by itself
        try tree.write(
          "groups.json", #"{"groups": [{"name": "none", "enabled": false, "packageNames": ["liblantern"]}]}"#)
        try tree.edit(spec, "Release:        2", "Release:        3")
        let off = try await tree.build(["liblantern", "--set", "build.ccache_config=groups.json"] + cached)
        let log = try tree.read(try #require(off.builds.first?.log))
        #expect(!log.contains("direct_cache_hit"))
      }
    }
  }
}
