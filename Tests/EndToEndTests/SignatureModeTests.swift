import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// What the hashes in a signatures file mean, and SRPMs that are not packed here.
  @Suite(.serialized) struct SourceHandling {
    private let conf = "SPECS/lantern-common/lantern.conf"
    private let signatures = "SPECS/lantern-common/lantern-common.signatures.json"

    @Test func uncheckedSourcesBuildAndAreRefusedAgainWhenTheyCount() async throws {
      try await DemoTree.with { tree in
        try tree.edit(conf, "=", "= ")
        try await tree.azl("try", "lantern-common").expectFailure(.failed, ["has a wrong hash", conf])

        let skipped = try await tree.azl("try", "lantern-common", "--signatures", "skip")
        #expect(skipped.status == 0, "\(skipped.all)")
        #expect(
          skipped.err.components(separatedBy: "are not compared").count == 2, "said once: \(skipped.err)")
        // what was built unchecked is no answer to who wants it checked
        try await tree.azl("try", "lantern-common").expectFailure(.failed, ["has a wrong hash", conf])
      }
    }

    @Test func updateWritesTheFileAsUpstreamDoes() async throws {
      try await DemoTree.with { tree in
        try tree.edit(conf, "=", "= ")
        // in another order and form, with an entry too many, as people write it
        let old = try SignaturesFile(Data(tree.read(signatures).utf8), path: signatures)
        let entries = old.digests.sorted { $0.key > $1.key }.map {
          "\"\($0.key)\":\"\($0.value.hex.uppercased())\""
        }
        try tree.write(
          signatures,
          "\u{FEFF}{\"signatures\":{\"gone.tar\":\"\(Digest.of("gone").hex)\",\(entries.joined(separator: ","))}}"
        )

        let updated = try await tree.azl("try", "lantern-common", "--signatures", "update")
        #expect(updated.status == 0, "\(updated.all)")
        #expect(updated.err.contains("\(signatures) is written anew"), "\(updated.err)")
        var expected = old
        expected.digests["lantern.conf"] = try Digest.of(file: tree.file(conf))
        #expect(try tree.read(signatures) == expected.text)
        #expect(try tree.read(signatures).hasPrefix("{\n \"Signatures\": {\n  \"COPYING\": \""))
        let names = try FileManager.default.contentsOfDirectory(
          atPath: tree.file("SPECS/lantern-common").string)
        #expect(names.allSatisfy { !$0.contains(".new-") })

        #expect(try await tree.build("lantern-common").result == .upToDate)
        let again = try await tree.azl("try", "lantern-common", "--signatures", "update")
        #expect(!again.err.contains("written anew"), "\(again.err)")
        #expect(again.out.contains("up to date"), "\(again.all)")
      }
    }

    @Test func aWrongWordIsRefused() async throws {
      try await DemoTree.with { tree in
        let settings = ".azldev/config.local.toml"
        let mine = try tree.read(settings)
        try tree.write(settings, mine.replacing("[sources]\n", with: "[sources]\nsignatures = \"ignore\"\n"))
        try await tree.azl("try", "lantern-common").expectFailure(
          .invalidInput, ["\"sources.signatures\" must be one of enforce, skip, update"])
      }
    }

    @Test func aPublishedSRPMIsBuiltWhereAsked() async throws {
      try await DemoTree.with { tree in
        let mirror = try #require(Host.mirror)
        let settings = ".azldev/config.local.toml"
        let keys = try #require(try tree.read(settings).firstMatch(of: /keys = .*/)).output
        try tree.write(
          settings,
          try tree.read(settings) + """

            [[repository]]
            id = "sources"
            kind = "source"
            url = "file://\(mirror)/azurelinux/$releasever/prod/base/srpms"
            \(keys)
            """)
        let packed = try await tree.build("lantern-common")
        let built = try await tree.build("lantern-common", "--srpm-from-repository")
        #expect(built.result == .built)
        let published = FilePath(
          "\(mirror)/azurelinux/3.0/prod/base/srpms/Packages/l/lantern-common-1.0-1.azl3.src.rpm")
        #expect(try built.builds.first?.srpm?.sha256 == Digest.of(file: published))
        #expect(try await tree.build("lantern-common", "--srpm-from-repository").result == .upToDate)
        // packing again gives what packing gave before
        #expect(
          try await tree.build("lantern-common").builds.first?.srpm?.sha256
            == packed.builds.first?.srpm?.sha256)

        try tree.edit("SPECS/lantern-common/lantern-common.spec", "Release:        1%", "Release:        7%")
        try await tree.azl("try", "lantern-common", "--srpm-from-repository").expectFailure(
          .failed,
          ["no source repository has lantern-common-1.0-7.azl3.src.rpm", "lantern-common-1.0-1.azl3.src.rpm"])
      }
    }
  }
}
