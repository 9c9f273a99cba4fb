import Foundation
import SystemPackage
import Testing

/// `azl-dev check` on a scratch copy of the demo tree: both versions of a spec are parsed by the real workers.
@Suite(.needsMirror) struct CheckTests {
  private struct Report: Decodable {
    struct Finding: Decodable {
      var file: String
      var line: Int
      var rule: String
      var new: Bool
    }
    struct Counts: Decodable {
      var new: Int
      var old: Int
    }
    var findings: [Finding]
    var counts: Counts
  }

  @Test func onlyWhatTheBaselineLacksIsReported() async throws {
    try await DemoTree.with { tree in
      try tree.edit("SPECS/zip/zip.spec", "Vendor:         Microsoft Corporation", "Vendor: Me")
      try await tree.commit("a wrong vendor")
      try await tree.initialise()
      #expect(try await tree.azl("check").out.hasPrefix("nothing changed against "))

      try tree.edit("SPECS/zip/zip.spec", "Release:        1", "# a line more\nRelease:        0")
      let result = try await tree.azl("check", "--json")
      #expect(result.status == 1)
      let report: Report = try result.json()
      #expect(
        report.findings.map { "\($0.file):\($0.line) \($0.rule)" } == ["SPECS/zip/zip.spec:5 release-tag"])
      #expect(report.counts.old == 1)
      let all: Report = try await tree.azl("check", "--json", "--all", "zip").json()
      #expect(all.findings.map(\.new) == [true, false])

      let shown = try await tree.azl("check", "zip").out
      #expect(
        shown.hasPrefix(
          "SPECS/zip/zip.spec:5: error: Release \"0%{?dist}\" is not <number>%{?dist} [release-tag]\n"))
      #expect(!shown.contains(tree.path.string))
      #expect(try await tree.azl("check", "zop").status == 2)
    }
  }

  /// The baseline's name of a source is made with the baseline's version of another spec.
  @Test func aSourceNamedAfterAnotherSpecsVersionMovesWithIt() async throws {
    try await DemoTree.with { tree in
      let spec = "SPECS/lantern-compat/lantern-compat.spec"
      let signatures = "SPECS/lantern-compat/lantern-compat.signatures.json"
      try tree.edit(spec, "Source0:", "Source9:        notes-%{azl_liblantern_version}.txt\nSource0:")
      let zeros = String(repeating: "0", count: 64)
      try tree.edit(
        signatures, "\"README.lantern\"", "\"notes-1.2.txt\": \"\(zeros)\",\n  \"README.lantern\"")
      try await tree.commit("a source named after a version")
      try await tree.initialise()

      try tree.edit("SPECS/liblantern/liblantern.spec", "Version:        1.2", "Version:        1.3")
      try tree.edit(spec, "Release:        1", "Release:        2")
      let missing: Report = try await tree.azl("check", "--json").json()
      #expect(missing.findings.map { "\($0.file) \($0.rule)" } == ["\(signatures) signature-missing"])
      try tree.edit(signatures, "notes-1.2", "notes-1.3")
      #expect(try await tree.azl("check").status == 0)
    }
  }
}
