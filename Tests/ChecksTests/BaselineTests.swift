import AzureLinux
import Foundation
import Incremental
import Sandbox
import SystemPackage
import Testing

@testable import Checks

/// New findings only, between a commit and a working tree of the real git.
@Suite struct BaselineTests {
  private let directory = "SPECS/greeting"
  private var path: String { "\(directory)/greeting.spec" }
  private let wrong = Specimen().replacing("Microsoft Corporation", "Me")
    .replacing("- License verified.", "- No more.").spec

  private func repository(_ spec: String) async throws -> Checkout {
    let checkout = try Checkout()
    try await checkout.git("init", "-q", "-b", "main")
    try checkout.write(path, spec)
    try checkout.write("\(directory)/greeting.c", "int main() {}\n")
    try checkout.write("\(directory)/greeting.signatures.json", "{\"Signatures\": {}}")
    try await checkout.git("add", "-A")
    try await checkout.git("commit", "-q", "-m", "a commit")
    return checkout
  }

  @Test func whatTheBaselineHasIsLeftOutAndCounted() async throws {
    let checkout = try await repository(wrong)
    // lines move, one finding comes, one goes
    try checkout.write(
      path,
      "# a comment\n"
        + wrong.replacing("2%{?dist}", with: "3").replacing("Me\n", with: "Microsoft Corporation\n"))
    let report = try await checkout.report()
    #expect(report.findings.map { "\($0.line) \($0.rule)" } == ["5 release-tag"])
    #expect(report.counts == .init(specs: 1, findings: 1, new: 1, old: 2, fixed: 1))
    #expect(report.specs.map(\.state) == [.changed])

    let all = try await checkout.report(all: true)
    #expect(
      all.findings.map { "\($0.new) \($0.rule)" } == [
        "false signature-missing", "true release-tag", "false license-verification",
      ])
    #expect(all.counts == .init(specs: 1, findings: 3, new: 1, old: 2, fixed: 1))
  }

  @Test func anUnchangedTreeHasNothingToCheck() async throws {
    let report = try await repository(wrong).report()
    #expect(report.specs == [])
    #expect(report.counts == .init(specs: 0, findings: 0, new: 0, old: 0, fixed: 0))
  }

  @Test func aMistakeMadeASecondTimeIsNew() async throws {
    let checkout = try await repository(wrong)
    try checkout.write(path, wrong + "Vendor: Me\n")
    #expect(try await checkout.report().findings.map(\.line) == [22])
  }

  @Test func aChangedSourceIsNewWhereTheSpecIsAsBefore() async throws {
    let checkout = try await repository(Specimen.spec)
    try checkout.write(
      "\(directory)/greeting.signatures.json",
      "{\"Signatures\": {\"greeting.c\": \"\(String(repeating: "0", count: 64))\"}}")
    #expect(try await checkout.report().findings.map(\.rule) == ["signature-mismatch"])
  }

  @Test func aRenamedSpecKeepsItsPast() async throws {
    let checkout = try await repository(wrong)
    try await checkout.git("mv", directory, "SPECS/hello")
    try await checkout.git("mv", "SPECS/hello/greeting.spec", "SPECS/hello/hello.spec")
    try await checkout.git("mv", "SPECS/hello/greeting.signatures.json", "SPECS/hello/hello.signatures.json")
    let report = try await checkout.report(spec: "SPECS/hello/hello.spec")
    #expect(report.counts == .init(specs: 1, findings: 0, new: 0, old: 3, fixed: 0))
  }

  @Test func aNewSpecHasOnlyNewFindings() async throws {
    let checkout = try await repository(wrong)
    try checkout.write("SPECS/hello/hello.spec", wrong)
    let report = try await checkout.report(spec: "SPECS/hello/hello.spec")
    #expect(report.counts.new == 3)
    #expect(report.specs.map(\.state) == [.new])
  }

  @Test func aSpecThatMovedAndChangedALotIsFoundByItsName() {
    let moved = SpecLocation(id: "a", path: "SPECS/a/a.spec")
    let other = SpecLocation(id: "b", path: "SPECS/b/b.spec")
    let changes = [
      TreeChange(path: "SPECS-EXTENDED/a/a.spec", status: "deleted"),
      TreeChange(path: "SPECS/a/a.spec", status: "untracked"),
    ]
    #expect(
      SpecPair.all([moved, other], changes: changes) == [
        SpecPair(
          spec: moved, before: SpecLocation(id: "a", path: "SPECS-EXTENDED/a/a.spec"), isChanged: true),
        SpecPair(spec: other, before: other, isChanged: false),
      ])
  }
}

/// A git repository of one test, removed with it.
private final class Checkout {
  let path: FilePath

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "checks-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = FilePath(folder.resolvingSymlinksInPath().path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  func write(_ name: String, _ text: String) throws {
    let file = path.appending(name)
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    try text.write(toFile: file.string, atomically: true, encoding: .utf8)
  }

  func git(_ arguments: String...) async throws {
    let environment = [
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
      "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    ]
    try await Command(["git"] + arguments, environment: environment, workingDirectory: path.string).check()
  }

  func report(spec: String = "SPECS/greeting/greeting.spec", all: Bool = false) async throws -> CheckReport {
    let git = try GitBaseline(tree: path)
    let commit = try await git.commit("HEAD")
    let changes = try await git.changes(from: commit.id, folders: ["SPECS"])
    var subjects: [CheckReport.Subject] = []
    for pair in SpecPair.all([location(spec)], changes: changes) where pair.isChanged {
      var before: CheckedSpec?
      if let old = pair.before {
        let target = path.appending(".git/baseline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: target.string, withIntermediateDirectories: true)
        before = try checked(old, try await git.materialise(old.directory, at: commit.id, into: target))
      }
      let now = try checked(pair.spec, path.appending(pair.spec.directory))
      subjects.append(CheckReport.Subject(now: now, before: before, isChanged: true))
    }
    return CheckReport(base: .init(ref: "main", commit: commit.id), subjects: subjects, all: all)
  }

  private func location(_ path: String) -> SpecLocation {
    SpecLocation(id: String(path.split(separator: "/").last?.dropLast(5) ?? ""), path: path)
  }

  private func checked(_ spec: SpecLocation, _ folder: FilePath) throws -> CheckedSpec {
    var info = SpecInfo(id: spec.id, path: spec.path, status: .ok)
    info.sources = [SourceFile(file: "greeting.c", url: "greeting.c")]
    let files = try PackageFiles(folder: folder, name: spec.directory, sources: ["greeting.c"])
    return CheckedSpec(spec: spec, info: info, files: files)
  }
}
