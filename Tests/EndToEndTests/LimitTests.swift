import AzureLinux
import Foundation
import Sandbox
import Testing

extension EndToEnd.Trouble {
  /// Builds that want too much, as root and as a plain user; each ends with a verdict and leaves nothing running.
  @Suite(.serialized) struct Limits {
    private static let spec = "SPECS/lantern-common/lantern-common.spec"
    private static let bomb = "bomb() { bomb | bomb & }; bomb; sleep 600"
    private static let writer = "dd if=/dev/zero of=big bs=1M count=100000"

    @Test func forWhoeverRunsTheTests() async throws {
      try await DemoTree.with { tree in try await endEach(in: tree) }
    }

    @Test(.needsRoot) func forAPlainUser() async throws {
      try await PlainUser.with { user in
        try await DemoTree.with(owner: user) { tree in try await endEach(in: tree) }
      }
    }

    private func endEach(in tree: DemoTree) async throws {
      let text = try tree.read(".azldev/config.local.toml")
      try tree.write(
        ".azldev/config.local.toml", text + "[build]\ntimeout = 90\npids = 200\ndisk = 200\nmemory = 1024\n")
      let canCount = ControlGroups.find().processes != nil || tree.owner != nil
      if canCount { try await expect("too many processes: 200 at once", from: Self.bomb, in: tree) }
      try await expect(
        "200 MiB are allowed (scratch folder, watched), [build] disk", from: Self.writer, in: tree)
      try await expect("out of memory: 1024 MiB", from: "perl -e '$x = \"x\" x 3e9'", in: tree)
      try tree.write(".azldev/config.local.toml", text + "[build]\ntimeout = 3\n")
      try await expect("out of time: 3 s, [build] timeout", from: "sleep 1000", in: tree)
    }

    private func expect(_ verdict: String, from build: String, in tree: DemoTree) async throws {
      try tree.edit(Self.spec, "%build\n", "%build\n\(build)\n")
      let output = try await tree.azl("try", "lantern-common")
      #expect(output.status == ExitCode.failed.rawValue)
      #expect(output.err.contains(verdict), "\(verdict): \(output.err)")
      #expect(output.err.split(separator: "\n").count { $0.hasPrefix("✗ ") } == 1)
      try await Remains(tree: tree).expectNothing()
      try await tree.restore()
    }
  }
}
