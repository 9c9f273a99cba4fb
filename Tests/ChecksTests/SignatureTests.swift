import AzureLinux
import Foundation
import Storage
import Testing

@testable import Checks

@Suite struct SignatureTests {
  private let digest = Digest.of("int main() {}\n")

  @Test func aSourceNeedsAnEntryWhereverItIs() {
    var local = Specimen()
    local.signatures = #"{"Signatures": {}}"#
    #expect(local.found == ["0 signature-missing"])
    let finding = local.checked.findings().first
    #expect(finding?.file == "SPECS/greeting/greeting.signatures.json")
    #expect(finding?.nextStep == "add to it: \"greeting.c\": \"\(digest.hex)\"")

    var remote = local
    remote.files = [:]
    #expect(remote.found == ["0 signature-missing"])
  }

  @Test func withoutASignaturesFileTheSpecIsNamed() {
    var specimen = Specimen()
    specimen.signatures = ""
    #expect(specimen.checked.findings().map(\.file) == ["SPECS/greeting/greeting.spec"])
    specimen.sources = []
    #expect(specimen.found == [])
  }

  @Test func aLocalSourceHasTheContentOfItsEntry() {
    var specimen = Specimen()
    specimen.signatures = """
      {
       "Signatures": {
        "greeting.c": "\(Digest.of("other").hex)"
       }
      }
      """
    #expect(specimen.found == ["3 signature-mismatch"])
    #expect(specimen.checked.findings().first?.nextStep?.hasSuffix("\"\(digest.hex)\"") == true)
  }

  @Test func aSourceOnTheServerIsNotHashed() {
    var specimen = Specimen()
    specimen.files = [:]
    specimen.signatures = "{\"Signatures\": {\"greeting.c\": \"\(Digest.of("other").hex)\"}}"
    #expect(specimen.found == [])
  }

  @Test func entriesAreReadAsUpstreamReadsThem() {
    var specimen = Specimen()
    specimen.signatures =
      "{\"signatures\": {\"greeting.c\": \"\(digest.hex.uppercased())\", \"old.c\": \"\(digest.hex)\"}}"
    #expect(specimen.found == [])
  }

  @Test(arguments: [
    ("{\"Signatures\": {\"greeting.c\": ", 0), ("{\"Sources\": {}}", 0), ("[]", 0),
    ("{\"Signatures\":\n{\"greeting.c\": \"abc\"}}", 2), ("{\"Signatures\":\n\n{\"greeting.c\": 7}}", 3),
    ("{\n\"Signatures\": {\n\"greeting.c\" \"abc\"\n}}", 3),
  ])
  func aFileThatCannotBeReadIsOneFinding(text: String, line: Int) {
    var specimen = Specimen()
    specimen.signatures = text
    #expect(specimen.found == ["\(line) signatures-file"])
  }

  @Test func anEmptyObjectIsEnoughWithoutSources() {
    var specimen = Specimen()
    specimen.sources = []
    specimen.signatures = "{}"
    #expect(specimen.found == [])
  }

  @Test func theFirstFileOfTheWalkIsTheSource() {
    var specimen = Specimen()
    specimen.files["a/greeting.c"] = "first"
    specimen.signatures = "{\"Signatures\": {\"greeting.c\": \"\(Digest.of("first").hex)\"}}"
    #expect(specimen.found == [])
    #expect(specimen.checked.files.paths.first == "a/greeting.c")
    #expect(PackageFiles(["a-b": Data(), "a/c": Data(), "Z": Data()]).paths == ["Z", "a/c", "a-b"])
  }

  @Test func aPatchLiesInThePackageDirectoryAndNeedsNoEntry() {
    var specimen = Specimen()
    specimen.patches = ["fix.patch"]
    specimen.signatures = "{\"Signatures\": {\"greeting.c\": \"\(digest.hex)\"}}"
    #expect(specimen.found == ["0 patch-missing"])
    specimen.files["patches/fix.patch"] = "--- a\n"
    #expect(specimen.found == [])
  }

  @Test func signedSpecsHaveNoSignatures() {
    var specimen = Specimen()
    specimen.signatures = ""
    specimen.folder = "SPECS-EXTENDED"
    #expect(specimen.found == ["0 signature-missing"])
    specimen.folder = "SPECS-SIGNED"
    #expect(specimen.found == [])
  }

  @Test func aSpecThatDoesNotParseIsAFindingInPlaceOfItsSources() {
    var specimen = Specimen()
    specimen.signatures = "{}"
    specimen.status = .failed
    #expect(specimen.found == ["7 spec-parse"])
  }

  @Test func aSpecForAnotherArchitectureIsCheckedToo() {
    var specimen = Specimen()
    specimen.signatures = #"{"Signatures": {}}"#
    specimen.status = .excluded
    #expect(specimen.found == ["0 signature-missing"])
  }
}
