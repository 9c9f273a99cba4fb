import AzureLinux
import Foundation
import Sandbox
import Specs
import Storage
import SystemPackage
import Testing

/// Specs written for one test in a tree of their own.
struct Specimens {
  let tree: FilePath
  let macros: MacroFolder
  let pool: SpecParserPool

  static let canParse = ["bwrap", "rpm2archive", "rpmspec"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
  }
  static let defines = ["dist": ".azl3", "azl": "3", "with_check": "0"]
  static let worker: String? = {
    var folder = FilePath(CommandLine.arguments[0])
    while folder.removeLastComponent() {
      let program = folder.appending("azl-rpm-worker").string
      if FileManager.default.isExecutableFile(atPath: program) { return program }
    }
    return nil
  }()

  static func with(
    _ specs: [String: String], files: [String: String] = [:], workers: Int = 2, milliseconds: Int = 20_000,
    _ body: (Specimens) async throws -> Void
  ) async throws {
    let root = FilePath(NSTemporaryDirectory()).appending("specs-\(UUID().uuidString.prefix(8))")
    let tree = root.appending("tree")
    let manager = FileManager.default
    defer { try? manager.removeItem(atPath: root.string) }
    for (path, text) in specs.map({ ("SPECS/\($0.key)/\($0.key).spec", $0.value) })
      + files.map({ ($0.key, $0.value) })
    {
      let file = tree.appending(path)
      try manager.createDirectory(
        atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
      try text.write(toFile: file.string, atomically: true, encoding: .utf8)
    }
    let macros = try await assemble(tree, root: root)
    let program: String = try #require(worker)
    let pool = SpecParserPool(
      .init(
        arch: "x86_64", defines: defines,
        sandbox: WorkerSandbox(
          program: program, tree: tree.string, macros: macros.path.string), workers: workers,
        milliseconds: milliseconds))
    do {
      try await body(Specimens(tree: tree, macros: macros, pool: pool))
    } catch {
      await pool.stop()
      throw error
    }
    await pool.stop()
  }

  func sandbox() -> WorkerSandbox {
    WorkerSandbox(program: Self.worker ?? "", tree: tree.string, macros: macros.path.string)
  }

  /// The macros of the tree as it is now.
  ///
  /// - Parameter expander: one that has expanded before.
  func assemble(with expander: SpecExpander? = nil) async throws -> MacroFolder {
    let root = tree.removingLastComponent()
    if let expander { return try await Self.assemble(["SPECS"], root: root, expander) }
    return try await Self.assemble(tree, root: root)
  }

  func expander(milliseconds: Int = 20_000) throws -> SpecExpander {
    try Self.expander(tree, milliseconds: milliseconds)
  }

  private static func expander(_ tree: FilePath, milliseconds: Int = 20_000) throws -> SpecExpander {
    SpecExpander(
      program: try #require(worker), tree: tree, arch: "x86_64", defines: defines, milliseconds: milliseconds)
  }

  private static func assemble(
    _ tree: FilePath, folders: [String] = ["SPECS"], root: FilePath
  ) async throws -> MacroFolder {
    let expander = try expander(tree)
    do {
      let made = try await assemble(folders, root: root, expander)
      await expander.stop()
      return made
    } catch {
      await expander.stop()
      throw error
    }
  }

  private static func assemble(
    _ folders: [String], root: FilePath, _ expander: SpecExpander
  ) async throws -> MacroFolder {
    try await MacroFolder.assemble(
      rpms: MacroRPMs(digests: []) { [] }, sources: MacroSources(owners: owners(expander.tree, folders)),
      facts: HostFacts(tree: expander.tree, epoch: 1_750_000_000, arch: "x86_64"), expander: expander,
      store: root.appending("macros"), scratch: root.appending("scratch"))
  }

  /// Directories of the tree that hold macro files.
  private static func owners(_ tree: FilePath, _ folders: [String]) -> [MacroSources.Owner] {
    func names(_ path: FilePath) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []).sorted()
    }
    return folders.flatMap { folder in
      names(tree.appending(folder)).compactMap { name in
        let directory = tree.appending(folder).appending(name)
        let files = names(directory)
        guard files.contains(where: { MacroSources.isMacroFile($0) }) else { return nil }
        let digests = files.compactMap { file in
          (try? Digest.of(file: directory.appending(file))).map { (file, $0) }
        }
        return MacroSources.Owner(
          directory: "\(folder)/\(name)", files: Dictionary(uniqueKeysWithValues: digests))
      }
    }
  }

  /// A pool for a tree that is there.
  static func parsing(
    tree: FilePath, folders: [String], workers: Int, _ body: (SpecParserPool) async throws -> Void
  ) async throws {
    let root = FilePath(NSTemporaryDirectory()).appending("specs-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(atPath: root.string) }
    let macros = try await assemble(tree, folders: folders, root: root)
    let program: String = try #require(worker)
    let pool = SpecParserPool(
      .init(
        arch: "x86_64", defines: defines,
        sandbox: WorkerSandbox(program: program, tree: tree.string, macros: macros.path.string),
        workers: workers))
    do { try await body(pool) } catch {
      await pool.stop()
      throw error
    }
    await pool.stop()
  }

  func location(_ id: String) -> SpecLocation { SpecLocation(id: id, path: "SPECS/\(id)/\(id).spec") }
  func parse(_ id: String, versions: [String: EVR] = [:]) async throws -> SpecInfo {
    try await pool.parse(location(id), versions: versions)
  }

  static func spec(_ name: String, _ preamble: String = "", rest: String = "") -> String {
    """
    Summary: a specimen
    Name: \(name)
    Version: 1.0
    Release: 2%{?dist}
    License: MIT
    \(preamble)

    %description
    Text.

    \(rest)
    %files
    """
  }
}

@Suite("parsing", .enabled(if: Specimens.canParse, "skipped: bubblewrap or rpm is not installed"))
struct ParsingTests {
  @Test func aSpecIsReadAsTheTargetsRpmWould() async throws {
    let text = Specimens.spec(
      "lamp",
      """
      Source0: https://example.org/a/lamp-%{version}.tar.gz
      Source1: names.inc
      Patch0: fix.patch
      BuildRequires: gcc, zlib-devel >= 1.3
      BuildRequires: (perl or python3)
      %if 0%{?with_check}
      BuildRequires: expect
      %endif
      Requires: bash
      %include %{SOURCE1}
      """,
      rest:
        "%package devel\nSummary: d\nRequires: lamp = %{version}-%{release}\n%description devel\nd\n%check\ntrue\n"
    )
    try await Specimens.with(
      ["lamp": text], files: ["SPECS/lamp/names.inc": "%global x 1\nProvides: lamp-names = %{x}\n"]
    ) {
      let info = try await $0.parse("lamp")
      #expect(info.status == .ok, "\(info.findings)")
      #expect(info.source?.srpm == "lamp-1.0-2.azl3.src.rpm")
      #expect(info.buildRequires.map(\.text) == ["(perl or python3)", "gcc", "zlib-devel >= 1.3"])
      #expect(info.buildRequires.last?.line == 9)
      #expect(info.checkRequires.map(\.text) == ["expect"])
      #expect(info.sources.map(\.file) == ["lamp-1.0.tar.gz", "names.inc"])
      #expect(info.patches == ["fix.patch"])
      #expect(info.inputs == ["SPECS/lamp/names.inc"])
      #expect(
        info.packages.map(\.nevra.description) == ["lamp-1.0-2.azl3.x86_64", "lamp-devel-1.0-2.azl3.x86_64"])
      #expect(info.hasCheck)
    }
  }

  @Test(arguments: [
    ("%global x 1", false), ("%global x %(echo 1)", false), ("%global x %(cat %{_sourcedir}/own.txt)", true),
    ("%global x %(cat %{SOURCE0} 2>/dev/null)", true), ("%{lua: print('')}", true),
  ])
  func aSpecThatMayReadAnyFileOfItsFolderSaysSo(line: String, looksAround: Bool) async throws {
    try await Specimens.with(
      ["lamp": Specimens.spec("lamp", "Source0: own.txt\n\(line)")], files: ["SPECS/lamp/own.txt": "1\n"]
    ) {
      let info = try await $0.parse("lamp")
      #expect(info.status == .ok, "\(info.findings)")
      #expect(info.looksAround == looksAround)
    }
  }

  @Test func versionsOfOtherSpecsAreDefinedOnDemand() async throws {
    let text = Specimens.spec(
      "module", "Requires: kernel = %{azl_kernel_hwe_version}-%{azl_kernel_hwe_release}%{?dist}")
    #expect(VersionMacros.reads(in: text) == ["kernel_hwe"])
    try await Specimens.with(["module": text]) {
      let info = try await $0.parse(
        "module", versions: ["kernel-hwe": EVR(version: "6.6", release: "3.azl3")])
      #expect(info.packages[0].requires.map(\.text).contains("kernel = 6.6-3.azl3"))
      #expect(info.reads == ["kernel_hwe"])
    }
  }

  @Test(arguments: [
    ("%if 1\nNonsense: here", "broken.spec", 7), ("\n%if 1 +\n%endif", "broken.spec", 7),
    ("%include %{_sourcedir}/own.inc", "own.inc", 2), ("%endif", "broken.spec", 6),
    ("%include %{_sourcedir}/../broken/own.inc", "own.inc", 2),
    ("%include %{_sourcedir}/stray.inc", "stray.inc", 1),
  ])
  func aSpecThatDoesNotParseHasFileAndLine(text: String, file: String, line: Int) async throws {
    try await Specimens.with(
      ["broken": Specimens.spec("broken", text)],
      files: ["SPECS/broken/own.inc": "# x\n%if 1 +\n%endif\n", "SPECS/broken/stray.inc": "%endif\n"]
    ) {
      let info = try await $0.parse("broken")
      #expect(info.status == .failed)
      #expect(
        info.findings.contains { $0.file == "SPECS/broken/\(file)" && $0.line == line }, "\(info.findings)")
      #expect(
        !info.findings.contains { $0.message.contains("/azl/") || $0.message == "^" }, "\(info.findings)")
    }
  }

  @Test func orderDoesNotMatter() async throws {
    let specs = [
      "a": Specimens.spec("a", "%global flavour sweet\nProvides: taste(%{flavour})"),
      "b": Specimens.spec("b", "Provides: taste(%{?flavour}%{!?flavour:none})"),
      "c": Specimens.spec("c", "%undefine dist\nProvides: c-%{?dist}"),
      "d": Specimens.spec("d", "Provides: shell(%(cd /tmp; pwd))"),
    ]
    try await Specimens.with(specs, workers: 1) { specimens in
      var alone: [String: SpecInfo] = [:]
      for id in specs.keys.sorted() { alone[id] = try await specimens.parse(id) }
      #expect(alone["b"]?.packages[0].provides.contains { $0.name == "taste(none)" } == true)
      var random = SystemRandomNumberGenerator()
      for _ in 0..<6 {
        for id in specs.keys.shuffled(using: &random) { #expect(try await specimens.parse(id) == alone[id]) }
      }
    }
  }

  @Test func aSpecThatKillsItsProcessIsNamedAndNobodyElseSuffers() async throws {
    let specs = [
      "killer": Specimens.spec("killer", "%(kill -9 $PPID)"), "good": Specimens.spec("good"),
    ]
    try await Specimens.with(specs) { specimens in
      let error = try await #require(throws: SpecsError.self) { try await specimens.parse("killer") }
      guard case .workerDied(let spec, _) = error else { return #expect(Bool(false), "\(error)") }
      #expect(spec == "killer")
      #expect(try await specimens.parse("good").status == .ok)
    }
  }

  @Test func aSpecThatHangsMeetsTheDeadline() async throws {
    try await Specimens.with(["slow": Specimens.spec("slow", "%(sleep 999)")], milliseconds: 300) {
      specimens in
      let error = try await #require(throws: SpecsError.self) { try await specimens.parse("slow") }
      guard case .timedOut("slow", _) = error else { return #expect(Bool(false), "\(error)") }
    }
  }

  @Test func aParseSeesNoNetworkAndCannotWrite() async throws {
    let preamble = """
      Provides: net(%(ls /sys/class/net | tr '\\n' ' ' | wc -w))
      Provides: wrote(%(touch %{_sourcedir}/x 2>/dev/null && echo yes || echo no))
      Provides: shell(%(echo $BASH_VERSION | wc -w))
      Provides: host(%(hostname))
      Provides: words(%(tr '\\0' ' ' < /proc/1/cmdline | grep -q -e --ro-bind && echo yes || echo no))
      Provides: set(%(tr -d '\\0' < /proc/1/environ | wc -c))
      Provides: keys(%(perl -e 'print syscall(250, 0, -3, 0) > 0 ? "yes" : "no"'))
      """
    try await Specimens.with(["peek": Specimens.spec("peek", preamble)]) {
      let provides = Set(try await $0.parse("peek").packages[0].provides.map(\.name))
      let wanted = ["wrote(no)", "shell(1)", "host(localhost)", "words(no)", "set(0)", "keys(no)"]
      #expect(provides.isSuperset(of: wanted), "\(provides)")
    }
  }
}
