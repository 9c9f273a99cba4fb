import AzureLinux
import RPM
import SystemPackage
import Testing

struct InstallTransactionTests {
  @Test func argumentsNameRootAndDatabase() {
    let transaction = InstallTransaction(root: "/r", rpms: ["/s/a.rpm", "/s/b.rpm"])
    #expect(
      transaction.arguments == [
        "rpm", "--root", "/r", "--dbpath", "/var/lib/rpm", "-i", "--nosignature", "--define",
        "_pkgverify_level digest", "/s/a.rpm", "/s/b.rpm",
      ])
    let upgrade = InstallTransaction(root: "/r", mode: .upgrade, rpms: ["/s/a.rpm"])
    #expect(
      upgrade.arguments == [
        "rpm", "--root", "/r", "--dbpath", "/var/lib/rpm", "-U", "--oldpackage", "--replacepkgs",
        "--nosignature",
        "--define", "_pkgverify_level digest", "/s/a.rpm",
      ])
  }

  @Test func queryIsReadBack() throws {
    let output = "bash 0 5.2 1.azl3 x86_64\ngpg-pubkey 0 abc def (none)\nperl 4 5.38 2.azl3 x86_64\n"
    #expect(
      try InstallTransaction.installed(output).map(\.description) == [
        "bash-5.2-1.azl3.x86_64", "perl-4:5.38-2.azl3.x86_64",
      ])
    #expect(throws: RPMError.self) { try InstallTransaction.installed("what is this\n") }
  }
}
