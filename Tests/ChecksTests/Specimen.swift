import AzureLinux
import Checks
import Foundation
import Storage

/// A package that the checks accept, to be spoiled by a test.
struct Specimen {
  var id = "greeting"
  var folder = "SPECS"
  var spec = Specimen.spec
  var sources = ["greeting.c"]
  var patches: [String] = []
  var files = ["greeting.c": "int main() {}\n"]
  /// nil: as `files` say.
  var signatures: String?
  var status = SpecInfo.Status.ok
  var isToolchain = false

  static let spec = """
    Summary:        Greets
    Name:           greeting
    Version:        1.0
    Release:        2%{?dist}
    License:        MIT
    Vendor:         Microsoft Corporation
    Distribution:   Azure Linux
    Source0:        https://example.org/greeting.c

    %description
    Greets.

    %prep
    %patch -P 0 -p1

    %changelog
    * Thu Apr 02 2026 A <a@example.org> - 1.0-2
    - Greets louder.
    * Wed Apr 01 2026 A <a@example.org> - 1.0-1
    - Original version for Azure Linux (license: MIT).
    - License verified.

    """

  mutating func replace(_ old: String, _ new: String) {
    precondition(spec.contains(old))
    spec = spec.replacing(old, with: new)
  }

  func replacing(_ old: String, _ new: String) -> Specimen {
    var copy = self
    copy.replace(old, new)
    return copy
  }

  var checked: CheckedSpec {
    let directory = "\(folder)/\(id)"
    var info = SpecInfo(id: id, path: "\(directory)/\(id).spec", status: status)
    info.sources = sources.map { SourceFile(file: $0, url: "https://example.org/\($0)") }
    info.patches = patches
    if status == .failed {
      info.findings = [SpecFinding(rule: "parse", file: info.path, line: 7, message: "Unknown tag: Foo")]
    }
    var data = files.mapValues { Data($0.utf8) }
    data["\(id).spec"] = Data(spec.utf8)
    let right = SignaturesFile(digests: files.mapValues { Digest.of($0) }).text
    if signatures != "" { data["\(id).signatures.json"] = Data((signatures ?? right).utf8) }
    return CheckedSpec(
      spec: SpecLocation(id: id, path: info.path), info: info, files: PackageFiles(data),
      isToolchain: isToolchain)
  }

  /// `line rule` of each finding.
  var found: [String] { checked.findings().map { "\($0.line) \($0.rule)" } }
}
