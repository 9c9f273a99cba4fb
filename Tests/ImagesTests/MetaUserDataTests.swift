import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// What goes on a cloud-init disk.
@Suite struct MetaUserDataTests {
  private func disk(_ userData: String) -> MetaUserData {
    MetaUserData(userData: userData, metaData: "local-hostname: x\n", timestamp: 1_775_000_000)
  }

  @Test func aKeyNeedsItsPlace() {
    let disk = disk("#cloud-config\n - ssh-rsa <YOUR SSH KEY HERE>\n")
    #expect(disk.with(key: "ssh-ed25519 A me\n")?.userData == "#cloud-config\n - ssh-ed25519 A me\n")
    #expect(self.disk("#cloud-config\n").with(key: "k") == nil)
  }

  @Test func filesComeAfterTheHead() {
    let files = [MetaUserData.Credential(name: "c.pem", content: Data("c".utf8))]
    #expect(
      disk("# mine\n#cloud-config\nusers:\n").with(files)?.userData
        == "# mine\n#cloud-config\nwrite_files:\n- encoding: b64\n  content: Yw==\n  path: /etc/tdnf/c.pem\n"
        + "  permissions: '0644'\nusers:\n")
    #expect(disk("#!/bin/sh\n").with(files) == nil)
    #expect(disk("#cloud-config\nwrite_files:\n- path: /x\n").with(files) == nil)
  }

  @Test func theLabelIsTheOneThatIsLookedFor() {
    #expect(
      MetaUserData.iso(of: "/w", to: "/o/x.iso", timestamp: 1_775_000_000) == [
        "xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-o", "/o/x.iso", "-volid", "cidata", "-joliet",
        "-rock",
        "-uid", "0", "-gid", "0", "--modification-date=2026033123332000", "/w/meta-data", "/w/user-data",
      ])
  }

  @Test func nothingHalfWrittenRemains() async throws {
    let place = try TemporaryFolder()
    let output = place.path.appending("out")
    // what cannot be replaced: a folder of that name with something in it
    try FileManager.default.createDirectory(
      atPath: output.appending(MetaUserData.fileName).appending("x").string, withIntermediateDirectories: true
    )
    await #expect(throws: ImageError.self) {
      try await disk("#cloud-config\n").write(to: output, scratch: place.path.appending("scratch"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: output.string) == [MetaUserData.fileName])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.path.appending("scratch").string) == [])
  }
}
