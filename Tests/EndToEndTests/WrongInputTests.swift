import AzureLinux
import Foundation
import SystemPackage
import Testing

extension EndToEnd.Trouble {
  /// Wrong specs, sources, settings and image configurations. Each gets one error that names the object, the cause
  /// and the next step, and leaves a workspace in which the right input works.
  @Suite(.serialized, .sharedTree) struct WrongInput {
    private let tree: DemoTree
    private let spec = "SPECS/lantern-common/lantern-common.spec"

    init() throws { tree = try DemoTree.current() }

    @Test func unknownPackage() async throws {
      try await expect(
        .invalidInput, "no spec or package \"lantern-comon\"", "nearest: lantern-common", "azl-dev specs"
      ) {
        try await tree.azl("try", "lantern-comon")
      }
    }

    @Test func sourceWithAnotherHash() async throws {
      try tree.edit("SPECS/lantern-common/lantern.conf", "=", "= ")
      try await expect(
        .failed, "source \"lantern.conf\" has a wrong hash", "expected sha256:", "found    sha256:",
        "SPECS/lantern-common/lantern.conf",
        "azl-dev try lantern-common --signatures update", "put the right file back"
      ) { try await tree.azl("try", "lantern-common") }
    }

    @Test func sourceThatTheServerHasWithAnotherHash() async throws {
      let signatures = "SPECS/zip/zip.signatures.json"
      let digest = try #require(try tree.read(signatures).firstMatch(of: /[0-9a-f]{64}/)).output
      try tree.edit(signatures, String(digest), String(digest.reversed()))
      try await expect(
        .failed, "source \"zip30.tar.gz\"", "wrong content", "expected \(String(digest.reversed()))",
        "got \(digest)",
        "zip.signatures.json"
      ) { try await tree.azl("try", "zip") }
    }

    @Test func sourceWithoutASignatureEntry() async throws {
      try tree.edit(
        "SPECS/lantern-common/lantern-common.signatures.json", "\"lantern.conf\"", "\"lantern.config\"")
      try await expect(
        .failed, "source \"lantern.conf\" has no entry",
        "SPECS/lantern-common/lantern-common.signatures.json",
        "azl-dev try lantern-common --signatures update"
      ) { try await tree.azl("try", "lantern-common") }
    }

    @Test func requirementThatNobodyProvides() async throws {
      try tree.edit(
        spec, "BuildArch:      noarch\n", "BuildArch:      noarch\nBuildRequires:  liblantern-devl\n")
      let line = try lineNumber("liblantern-devl")
      try await expect(
        .invalidInput, spec, "liblantern-devl, line \(line)", "no package provides it",
        "nearest names: liblantern-devel"
      ) { try await tree.azl("try", "lantern-common") }
    }

    @Test func requirementOfAVersionThatNobodyHas() async throws {
      try tree.edit(
        spec, "BuildArch:      noarch\n", "BuildArch:      noarch\nBuildRequires:  liblantern-devel > 7\n")
      let line = try lineNumber("liblantern-devel > 7")
      try await expect(
        .invalidInput, spec, "liblantern-devel > 7, line \(line)", "have only liblantern-devel-1.2-1.azl3"
      ) { try await tree.azl("try", "lantern-common") }
    }

    @Test func aVerbThatThereIsNot() async throws {
      try await tree.azl("tyr", "zip").expectFailure(
        .invalidInput, ["there is no verb \"tyr\"", "did you mean try"])
      let help = try await tree.azl("help", "try")
      #expect(help.status == 0 && help.out.contains("--dependents"), "\(help.all)")
    }

    @Test func aFolderWithoutSpecsStaysAsItIs() async throws {
      let folder = tree.file("nothing").string
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try await tree.azl("init", "--tree", folder).expectFailure(.invalidInput, ["SPECS", "spec_dirs"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func specThatDoesNotParse() async throws {
      try tree.edit(spec, "%prep\n", "%if 1\n%prep\n")
      let line = try lineNumber("%if 1")
      try await expect(.invalidInput, "lantern-common does not parse", "\(spec):\(line)", "%if") {
        try await tree.azl("try", "lantern-common")
      }
    }

    @Test func specWithAnUnknownTag() async throws {
      try tree.edit(spec, "BuildArch:", "BuildArk:")
      let line = try lineNumber("BuildArk:")
      try await expect(.invalidInput, "lantern-common does not parse", "\(spec):\(line)", "BuildArk") {
        try await tree.azl("try", "lantern-common")
      }
    }

    @Test func buildThatFails() async throws {
      try tree.edit(spec, "%build\n", "%build\nmake lights\n")
      try await expect(
        .failed, "lantern-common %build failed", "make: *** No rule to make target 'lights'", "build.log:",
        "azl-dev try lantern-common"
      ) { try await tree.azl("try", "lantern-common") }
    }

    /// What init wrote is gone, and with it who the mirror was.
    @Test func localConfigurationThatWasWrittenOver() async throws {
      let file = ".azldev/config.local.toml"
      let settings = try tree.read(file)
      defer { try? tree.write(file, settings) }
      try tree.write(file, "[build]\njobs = 2\n")
      try await expect(
        .environment, restores: false, "its metadata were never downloaded",
        "what was downloaded here is of base, which .azldev/config.toml and config.local.toml do not name",
        "azl-dev init --mirror <url>"
      ) { try await tree.azl("try", "lantern-common") }
      let manifest = try #require(settings.firstMatch(of: /worker_manifest = .*/)).output
      try tree.write(file, settings.replacing(manifest, with: "worker_manifest = \"none.txt\""))
      try await expect(
        .invalidInput, restores: false, "none.txt\": the worker manifest is not there",
        "[toolchain] worker_manifest of .azldev/config.toml or config.local.toml names it"
      ) { try await tree.azl("try", "lantern-common") }
    }

    @Test func unknownSetting() async throws {
      let settings = try tree.read(".azldev/config.toml")
      defer { try? tree.write(".azldev/config.toml", settings) }
      try tree.write(".azldev/config.toml", settings + "[build]\njbos = 1\n")
      let line = settings.split(separator: "\n", omittingEmptySubsequences: false).count + 1
      try await expect(
        .invalidInput, restores: false, ".azldev/config.toml:\(line):1: unknown key \"build.jbos\"",
        "did you mean \"jobs\"?"
      ) { try await tree.azl("try", "lantern-common") }
    }

    @Test(arguments: [
      (#""Partitons": []"#, "Disks[0].Partitons: is not a known key and is ignored; did you mean Partitions"),
      (#""PartitionTableType": "apm""#, "Disks[0].PartitionTableType: expected one of gpt, mbr; found"),
      (#""MaxSize": "#, "not valid JSON"),
    ])
    func imageConfiguration(_ item: String, _ finding: String) async throws {
      try tree.write("wrong.json", #"{"Disks": [{\#(item)}], "SystemConfigs": [{"Name": "wrong"}]}"#)
      try await expect(.invalidInput, "wrong.json", finding) {
        try await tree.azl("image", "build", "wrong.json")
      }
    }

    // MARK: -

    private func lineNumber(_ text: String) throws -> Int {
      let lines = try tree.read(spec).split(separator: "\n", omittingEmptySubsequences: false)
      return try #require(lines.firstIndex { $0.contains(text) }) + 1
    }

    private func expect(
      _ code: ExitCode, restores: Bool = true, _ words: String...,
      sourceLocation: SourceLocation = #_sourceLocation, answer: () async throws -> DemoTree.Output
    ) async throws {
      let remains = Remains(tree: tree)
      let before = remains.outState()
      let output = try await answer()
      output.expectFailure(code, words, sourceLocation: sourceLocation)
      #expect(remains.outState() == before, sourceLocation: sourceLocation)
      try await remains.expectNothing(sourceLocation: sourceLocation)
      guard restores else { return }
      try await tree.restore()
      let report = try await tree.build("lantern-common")
      #expect(report.result != .failed, sourceLocation: sourceLocation)
    }
  }
}

extension DemoTree.Output {
  /// One error, and in it all of these.
  func expectFailure(
    _ code: ExitCode, _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(status == code.rawValue, "\(all)", sourceLocation: sourceLocation)
    for word in words {
      #expect(err.contains(word), "\"\(word)\" is not in: \(all)", sourceLocation: sourceLocation)
    }
    let errors = err.split(separator: "\n").filter { $0.hasPrefix("azl-dev: ") || $0.hasPrefix("✗ ") }
    #expect(errors.count == 1, "\(all)", sourceLocation: sourceLocation)
  }
}
