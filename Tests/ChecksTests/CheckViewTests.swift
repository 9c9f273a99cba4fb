import AzureLinux
import Foundation
import Storage
import Terminal
import Testing

@testable import Checks
@testable import azl_dev

@Suite struct CheckViewTests {
  private let base = AffectedReport.Point(ref: "3.0", commit: "2172d5cf00000000000000000000000000000000")

  private func lines(_ now: [Specimen], before: [Specimen?] = [], all: Bool = false) -> String {
    let subjects = now.enumerated().map { index, specimen in
      CheckReport.Subject(
        now: specimen.checked, before: before.indices.contains(index) ? before[index]?.checked : nil,
        isChanged: true)
    }
    return CheckView(style: .plain).lines(CheckReport(base: base, subjects: subjects, all: all))
      .joined(separator: "\n")
  }

  @Test func findingsComeFirstEachWithItsPlaceAndNextStep() {
    var spoilt = Specimen().replacing("2%{?dist}", "2").replacing("Azure Linux\n", "Fedora\n")
    spoilt.signatures = #"{"Signatures": {}}"#
    let before = Specimen().replacing("Azure Linux\n", "Fedora\n")
    #expect(
      lines([spoilt], before: [before]) == """
        SPECS/greeting/greeting.signatures.json: error: source "greeting.c" has no signature [signature-missing]
          next   add to it: "greeting.c": "\(Digest.of("int main() {}\n").hex)"
        SPECS/greeting/greeting.spec:4: error: Release "2" is not <number>%{?dist} [release-tag]
          next   write a whole number from 1 up, like 1%{?dist}; %{release_prefix} before and %{release_suffix} after \
        the number are allowed

        ✗ 2 new findings in greeting against 3.0 (2172d5cf)
            Left out  1 finding that the baseline has too (--all)
        """)
  }

  @Test func aCleanResultSaysWhatWasChecked() {
    #expect(
      lines([Specimen()], before: [Specimen()]) == """
        ✓ no findings in greeting against 3.0 (2172d5cf)
            Checked   source signatures, spec guidelines
        """)
    var signed = Specimen()
    signed.folder = "SPECS-SIGNED"
    #expect(lines([signed]).hasSuffix("Checked   spec guidelines"))
  }

  @Test func oldFindingsAreCountedOrShown() {
    let spoilt = Specimen().replacing("Azure Linux\n", "Fedora\n")
    #expect(
      lines([spoilt], before: [spoilt]) == """
        ✓ no new findings in greeting against 3.0 (2172d5cf)
            Checked   source signatures, spec guidelines
            Left out  1 finding that the baseline has too (--all)
        """)
    #expect(
      lines([spoilt], before: [spoilt], all: true) == """
        SPECS/greeting/greeting.spec:7: error: Distribution is "Fedora", not "Azure Linux" [distribution-tag-correct]  (old)
          next   write Distribution: Azure Linux

        ✗ 1 finding in greeting against 3.0 (2172d5cf), 0 new
        """)
    #expect(
      lines([Specimen()], before: [spoilt]).hasSuffix(
        "\n    Gone      1 finding that the baseline has"))
  }

  @Test func whatWasNotReadIsSaid() {
    var remote = Specimen()
    remote.files = [:]
    remote.signatures = "{\"Signatures\": {\"greeting.c\": \"\(String(repeating: "0", count: 64))\"}}"
    #expect(
      lines([remote]) == """
        ✓ no findings in greeting against 3.0 (2172d5cf)
            Checked   source signatures, spec guidelines
            Not read  1 source on the server only, verified when fetched (azl-dev try)
        """)
  }

  @Test func manySpecsAreCutShort() {
    let many = (1...15).map { number in
      var specimen = Specimen()
      specimen.id = "p\(number + 10)"
      return specimen
    }
    #expect(lines(many).contains("in p11 p12 p13 p14 p15 p16 p17 p18 p19 p20 p21 p22 … and 3 more against"))
  }

  @Test func nothingChangedIsAnAnswer() {
    #expect(lines([]) == "nothing changed against 3.0 (2172d5cf): no spec to check")
  }
}
