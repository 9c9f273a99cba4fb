import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Images without the machine's root: the same bytes, and they boot.
  @Suite(.serialized) struct ImageUser {
    @Test(.needsRoot) func aPlainUserBuildsAndBootsWhatRootBuilds() async throws {
      try await PlainUser.with { user in
        try await DemoTree.with(owner: user) { tree in
          let mine = try await build("demo", tree)
          let theirs = try await DemoTree.with { try await build("demo", $0) }
          #expect(mine == theirs)
          let facts = try FileManager.default.attributesOfItem(
            atPath: tree.file(".azldev/out/images/demo").string)
          #expect("\(facts[.ownerAccountID] ?? ""):\(facts[.groupOwnerAccountID] ?? "")" == user.ids)

          let booted = try await tree.azl(
            "boot", ".azldev/out/images/demo", "--quick", "--smoke", "stat -c %u:%g:%a /etc/shadow", "--json")
          #expect(booted.status == 0, "\(booted.all)")
          #expect(booted.out.contains("0:0:"), "\(booted.out)")
          try await Remains(tree: tree).expectNoProcess()
        }
      }
    }

    private func build(_ name: String, _ tree: DemoTree) async throws -> [String: Digest] {
      let output = try await tree.azl("image", "build", "imageconfigs/\(name).json", "--release")
      try #require(output.status == 0, "\(output.all)")
      let folder = tree.file(".azldev/out/images/\(name)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.string)
      return try names.filter { !$0.hasPrefix(".") && $0 != "image.json" }.reduce(into: [:]) {
        $0[$1] = try Digest.of(file: folder.appending($1))
      }
    }
  }
}
