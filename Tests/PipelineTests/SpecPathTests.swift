import AzureLinux
import Pipeline
import Testing

@Suite struct SpecPathTests {
  private let specs = [
    "SPECS/zip/zip.spec", "SPECS/golang/golang.spec", "SPECS/golang/golang-1.22.spec",
    "SPECS-SIGNED/shim/shim.spec",
  ].map { SpecLocation(path: $0) }

  @Test(arguments: [
    ("SPECS/zip/zip.spec", "zip"), ("./SPECS/zip/zip.spec", "zip"), ("zip.spec", "zip"), ("SPECS/zip", "zip"),
    ("SPECS/zip/", "zip"), ("SPECS-SIGNED/shim", "shim"), ("golang-1.22.spec", "golang-1.22"),
  ])
  func aPathNamesItsSpec(text: String, id: String) {
    #expect(SpecPath.spec(text, among: specs)?.id == id)
  }

  // a folder with two specs could mean either; a bare word is a name
  @Test(arguments: [
    "SPECS/golang", "zip", "SPECS", "SPECS/zap/zip.spec", "/usr/bin/zip", "zap.spec", "/", "",
  ])
  func anythingElseDoesNot(text: String) {
    #expect(SpecPath.spec(text, among: specs) == nil)
  }
}
