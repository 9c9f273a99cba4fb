import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Trouble {
  /// A workspace on a file system that fills up during a build.
  @Suite struct DiskFull {
    @Test(.needsRoot) func isNamedAndNothingIsLost() async throws {
      try await DemoTree.with(warm: []) { tree in
        // in a mount namespace of its own: however this ends, the mount ends with it
        let script = """
          set -e
          mount -t tmpfs -o size=1g tmpfs .azldev
          mkdir .azldev/store
          cp -a "$3/files" "$3/layers" .azldev/store
          "$1" init --mirror "$2" >&2
          "$1" try lantern-common >&2
          free=$(df --output=avail -k .azldev | tail -n 1)
          fallocate -l $((free - 6144))k .azldev/filler
          "$1" try zip && exit 99
          echo "status $?"
          ls .azldev/store/scratch
          rm .azldev/filler
          "$1" try zip >&2
          rpmkeys --checksig --nosignature .azldev/out/*/*.rpm .azldev/out/*/*/*.rpm
          """
        let mirror = try #require(Host.mirror)
        let warm = try #require(WarmStore.current).store
        let result = try await Command(
          ["unshare", "--mount", "sh", "-c", script, "sh", Host.program, "file://\(mirror)", warm.string],
          environment: ["NO_COLOR": "1"], workingDirectory: tree.path.string
        ).run()
        #expect(result.isSuccess, "\(result.errorText)")
        #expect(result.text.contains("status \(ExitCode.environment.rawValue)\n"), "\(result.text)")
        for word in ["no space", "MiB available", "make room"] {
          #expect(result.errorText.contains(word), "\(result.errorText)")
        }
        #expect(result.errorText.split(separator: "\n").count { $0.hasPrefix("✗ ") } == 1)
        try await Remains(tree: tree).expectNothingSoon()
      }
    }
  }
}
