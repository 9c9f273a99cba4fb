import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// What pages tell a new user to type, typed.
  @Suite(.serialized) struct Documentation {
    @Test func theDayWithPackagesWorksWordForWord() async throws {
      let page = try String(
        contentsOfFile: Host.project.appending("docs/packages.md").string, encoding: .utf8)
      // the first one makes what the tests run on
      let blocks = page.components(separatedBy: "```sh\n").dropFirst(2)
        .map { $0.components(separatedBy: "```")[0] }
      try #require(blocks.count >= 7)
      let enter = Host.isRoot ? "" : "unshare --user --map-root-user --map-auto"
      let script =
        "trap 'cd /; \(enter) rm -rf -- \"$walk\"' EXIT\n" + blocks.joined()
        // what is not said on the page, and must hold at its end
        + "\nls .azldev/store/roots; echo STATUS; azl-dev status --json\n"
      let programs = FilePath(Host.program).removingLastComponent()
      let result = try await Command(
        ["env", "--chdir", Host.project.string, "bash", "-euo", "pipefail", "-c", script],
        environment: Host.environment.merging([
          "PATH": "\(programs):\(Host.environment["PATH"] ?? "")", "TMPDIR": Host.scratch.string,
        ]) { $1 }
      ).run()
      let all = result.text + result.errorText
      try #require(result.status == 0, "\(all)")
      for words in [
        "Fresh     zip is up to date", "signature-mismatch", "liblantern.signatures.json is written anew",
        "direct   3", "4 built, 1 up to date", "lantern-plugin is up to date", "2 passed",
        "zip %build failed", "ended with 1", "zipup.h", "Resumed   zip", "Restored  zip",
        "gcc-12", "Packed ",
      ] { #expect(all.contains(words), "\(words) in:\n\(all)") }
      #expect(!all.contains("summary.log"), "a log of all is no package")
      struct Status: Decodable {
        struct Package: Decodable { let spec: String }
        let packages: [Package]
      }
      let ended = result.text.components(separatedBy: "STATUS\n")
      let status = try JSONDecoder().decode(Status.self, from: Data(try #require(ended.last).utf8))
      let specs = status.packages.map(\.spec)
      #expect(Set(specs).count == specs.count, "one row for each spec: \(specs)")
      let roots = ended[0].components(separatedBy: "\n").suffix(5)
      #expect(!roots.contains { $0.hasPrefix("zip-") }, "the root of a failure that was mended is gone")
    }
  }
}
