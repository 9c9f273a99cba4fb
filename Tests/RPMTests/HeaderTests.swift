import AzureLinux
import Foundation
import RPM
import Storage
import SystemPackage
import Testing

@Suite(.enabled(if: hasTools, "rpmbuild and gpg make the packages"))
struct HeaderTests {
  @Test func headerIsReadAsItWasPacked() async throws {
    try await withPackages { packages in
      let rpm = try await packages.build(spec(), into: "a")
      let header = try RPMHeader.read(rpm)
      #expect(header.nevra.description == "sample-2:1.0-3.azl3.noarch")
      #expect(header.sourceRPM == "sample-1.0-3.azl3.src.rpm")
      #expect(!header.isSource)
      #expect(header.provides.contains { $0.name == "virtual(sample)" && $0.op == "=" && $0.evr == "1.0" })
      #expect(header.requires.contains { $0.text == "other >= 2.1" })
      #expect(header.requires.contains { $0.text == "(a if b)" && $0.isRich && $0.name.isEmpty })
      #expect(header.conflicts.map(\.text) == ["foe"])
      #expect(header.obsoletes.map(\.text) == ["ancient < 1"])
      let file = try #require(header.files.first { $0.path == "/etc/sample.conf" })
      #expect(file.mode == 0o100640)
      #expect(file.owner == "root" && file.group == "daemon")
      #expect(file.size == 7)
      #expect(file.digest == Digest.of("content"))
      #expect(header.files.first { $0.path == "/etc/link.conf" }?.linkTarget == "sample.conf")
      let post = try #require(header.scriptlets.first)
      #expect(post.kind == "post" && post.interpreter == ["/bin/sh"] && post.text == "echo installed")
    }
  }

  @Test func whatIsNoRPMIsRefusedByName() throws {
    let file = FilePath("/tmp/not-\(UUID().uuidString).rpm")
    try Data("no rpm at all".utf8).write(to: URL(filePath: file.string))
    defer { try? FileManager.default.removeItem(atPath: file.string) }
    #expect { try RPMHeader.read(file) } throws: { error in
      guard case RPMError.unreadable(file, _) = error else { return false }
      return true
    }
    #expect(throws: RPMError.self) { try RPMHeader.read(FilePath("/nonexistent/x.rpm")) }
  }

  @Test func normalisedDigestIgnoresTimeHostAndChangelogOnly() async throws {
    try await withPackages { packages in
      let first = try await packages.build(spec(), into: "a", defines: ["_buildhost one"])
      let digest = try NormalisedDigest.of(rpm: first)
      let again = try await packages.build(
        spec(changelog: "another"), into: "b",
        defines: ["_buildhost two", "_topdir \(packages.folder)/elsewhere"])
      #expect(try Digest.of(file: first) != Digest.of(file: again))
      #expect(try NormalisedDigest.of(rpm: again) == digest)
      let later = spec().replacing("@1700000000", with: "@1700000001")
      #expect(try NormalisedDigest.of(rpm: await packages.build(later, into: "c")) == digest)
      _ = try await packages.key("someone")
      try await packages.sign(again, with: "someone")
      #expect(try NormalisedDigest.of(rpm: again) == digest)

      let others = [
        spec(content: "Content"), spec(lines: ["Requires: more"]), spec(lines: ["Provides: more"]),
        spec().replacing("0640", with: "0644"), spec().replacing("echo installed", with: "echo done"),
        spec().replacing("3.azl3", with: "4.azl3"),
      ]
      for (number, other) in others.enumerated() {
        let rpm = try await packages.build(other, into: "other\(number)")
        #expect(try NormalisedDigest.of(rpm: rpm) != digest, "change \(number) must count")
      }
    }
  }

  @Test func versionsAreOrderedAsRpmOrdersThem() {
    func evr(_ text: String, epoch: Int? = nil) -> EVR { EVR(epoch: epoch, version: text, release: "1") }
    let ascending = [
      evr("1.0~rc1"), evr("1.0"), evr("1.0^git1"), evr("1.9"), evr("1.10"), evr("1.10a"),
      evr("0.1", epoch: 1),
    ]
    #expect(ascending.reversed().sorted(by: RPMVersion.isOlder) == ascending)
    #expect(RPMVersion.compare(evr("1", epoch: 0), evr("1")) == 0)
  }

  @Test func librpmIsCalledFromManyTasksAtOnce() async throws {
    try await withPackages { packages in
      let rpm = try await packages.build(spec(), into: "a")
      let digest = try NormalisedDigest.of(rpm: rpm)
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<40 {
          group.addTask {
            if number % 2 == 0 { return try NormalisedDigest.of(rpm: rpm) == digest }
            return try RPMHeader.read(rpm).files.count == 2
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }
}
