import AzureLinux
import Testing

@Test func fileNamesRoundTrip() throws {
  let nevra = try #require(NEVRA(fileName: "azurelinux-rpm-macros-3.0-7.azl3.noarch.rpm"))
  #expect(nevra.name == "azurelinux-rpm-macros")
  #expect(nevra.evr == EVR(version: "3.0", release: "7.azl3"))
  #expect(nevra.fileName == "azurelinux-rpm-macros-3.0-7.azl3.noarch.rpm")
  #expect(NEVRA(fileName: "nonsense.rpm") == nil)
}
