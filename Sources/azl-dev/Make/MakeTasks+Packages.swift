import AzureLinux
import Foundation
import Incremental
import Pipeline
import Sandbox
import Solver
import Specs
import Storage
import SystemPackage
import Terminal

/// Targets about published packages, build roots, and what was built.
extension MakeTasks {
  // MARK: build roots

  func roots(_ task: MakeTask, _ report: MakeReport) async throws {
    var report = report
    let progress = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .write, progress: progress)
    defer { progress.end() }
    if task == .macros {
      let macros = try await bench.session.engine.value(of: MacroSet())
      let folder = FilePath(try await bench.specs.surroundings(macros).sandbox.macros)
      report.names = [shown(folder)]
      return try show(report, [Output.style.fact("Macros", shown(folder))])
    }
    let (base, notices) = try await bench.packages.base()
    for notice in notices { progress.activity(.notice(notice)) }
    // each is verified as it comes into the store
    let files = try await bench.packages.fetch(base)
    progress.flushFetched()
    if task == .validateBase {
      report.problems = try await Self.beyond(base, bench)
      return try show(
        report, [Output.style.fact("Verified", "\(Figure.count(files.count, "RPM")) of the worker manifest")])
    }
    let layer = try await bench.layers.base(files) { progress.activity($0) }
    report.names = [shown(bench.layers.folder(of: layer.key))]
    try show(
      report, [Output.style.fact("Root", "base layer of \(Figure.count(files.count, "RPM")) is ready")])
  }

  /// What the packages of the worker manifest need that is not in it.
  private static func beyond(
    _ base: [RepositoryPackage], _ bench: Workbench
  ) async throws -> [MakeReport.Problem] {
    let wanted = base.map { package in
      Dependency(
        text: "\(package.nevra.name) = \(package.nevra.evr)", name: package.nevra.name, op: "=",
        evr: package.nevra.evr.description)
    }
    let solution: Solution
    do {
      solution = try await bench.packages.universe().solve(SolveRequest(install: wanted))
    } catch let error as SolverError {
      throw PackageError.unmet(error)
    }
    let names = Set(base.map(\.nevra))
    return solution.packages.compactMap { item in
      guard case .published(let package) = item, !names.contains(package.nevra) else { return nil }
      return .init(subject: package.nevra.description, message: "is needed and not in the worker manifest")
    }
  }

  // MARK: repositories

  func repositories(_ task: MakeTask, _ report: MakeReport) async throws {
    var report = report
    let progress = BuildProgress(json: common.json)
    let bench = try await Workbench.open(
      common, access: task == .precache ? .write : .read, progress: progress)
    defer { progress.end() }
    if task == .repositoryQuery {
      let path = folder("QUERY_INPUT_FILE")
      let names = try Self.lines(of: path)
      var present: [String] = []
      for name in names where try await Self.published(name, bench) != nil { present.append(name) }
      report.names = present
      let text = present.map { $0 + "\n" }.joined()
      report.written = [try write(Data(text.utf8), to: folder("QUERY_OUTPUT_FILE"))]
      let fact = "\(Figure.count(present.count)) of \(Figure.count(names.count, "RPM")) are published"
      return try show(report, [Output.style.fact("Found", fact)])
    }
    var problems: [MakeReport.Problem] = []
    let wanted =
      words.isSet("PRECACHER_SNAPSHOT")
      ? try await listed(bench) : try await needed(bench, progress, &problems)
    var fetched = 0
    do { fetched = try await bench.packages.fetch(wanted).count } catch let error
      where !(error is CancellationError)
    {
      problems.append(Self.problem("pre-cache", error))
    }
    progress.flushFetched()
    report.problems = problems
    try show(
      report, [Output.style.fact("Here", "\(Figure.count(fetched, "published RPM")) that builds need")],
      code: words.isNo("PRECACHER_NON_FATAL") ? .environment : .success)
  }

  private static func lines(of path: FilePath) throws -> [String] {
    guard let text = try? String(contentsOfFile: path.string, encoding: .utf8) else {
      throw TreeError.unreadable(path.string, "it is no list of RPMs")
    }
    return text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  private static func published(_ fileName: String, _ bench: Workbench) async throws -> RepositoryPackage? {
    guard let nevra = NEVRA(fileName: fileName) else { return nil }
    return try await bench.packages.universe().packages(named: nevra.name)
      .first { $0.nevra.fileName == nevra.fileName }
  }

  /// Of a list of RPMs, those that are published.
  private func listed(_ bench: Workbench) async throws -> [RepositoryPackage] {
    let path = values["PRECACHER_SNAPSHOT"]
    guard let data = FileManager.default.contents(atPath: MakeCommand.place(path).string),
      let summary = try? JSONDecoder().decode(PackageSummary.self, from: data)
    else { throw ArchiveError.noSummary(path) }
    var found: [RepositoryPackage] = []
    for package in summary.packages {
      if let one = try await Self.published(package.fileName, bench) { found.append(one) }
    }
    return found
  }

  /// Of the build roots of the goals.
  private func needed(
    _ bench: Workbench, _ progress: BuildProgress, _ problems: inout [MakeReport.Problem]
  ) async throws -> [RepositoryPackage] {
    var options = GoalOptions()
    options.goals = words.list("PACKAGE_BUILD_LIST") + words.list("PACKAGE_REBUILD_LIST")
    if options.goals.isEmpty { options.goals = words.list("SRPM_PACK_LIST") }
    options.list = []
    options.all = options.goals.isEmpty
    options.ignore = words.list("PACKAGE_IGNORE_LIST")
    let goals = try await bench.goals(options, report: progress.activity)
    var wanted: Set<RepositoryPackage> = []
    for spec in goals.specs {
      do {
        let plan = try await bench.session.engine.value(of: PlannedRoot(spec: spec))
        wanted.formUnion(plan.base)
        for case .published(let package) in plan.extra { wanted.insert(package) }
      } catch let error where !(error is CancellationError) {
        problems.append(Self.problem(spec.id, error))
      }
    }
    return wanted.sorted { $0.nevra.fileName < $1.nevra.fileName }
  }

  // MARK: what was built

  func records(_ task: MakeTask, _ report: MakeReport) async throws {
    var report = report
    let out = workspace.out
    let folder = out.appending("sodiff")
    switch task {
    case .blockers: return try blockers(report)
    case .presentPackages:
      let names = BuildResults.rpms(in: out.appending("RPMS")).sorted()
      report.names = names
      report.written = [
        try write(Data(names.map { $0 + "\n" }.joined().utf8), to: folder.appending("built-packages.txt"))
      ]
      return try show(report, data: names)
    default: break
    }
    let built = try await builds()
    report.built = built
    if task == .builtPackages {
      let names = built.flatMap(\.rpms)
      report.names = names
      report.written = [
        try write(
          Data((names.joined(separator: " ") + "\n").utf8), to: folder.appending("built-packages.txt"))
      ]
      return try show(report, data: names)
    }
    let lines = built.map { "\($0.srpm)\t\($0.rpms.joined(separator: " "))" }
    report.written = [
      try write(Data(lines.map { $0 + "\n" }.joined().utf8), to: folder.appending("build-summary.csv"))
    ]
    try show(report, data: report.target == "print-build-summary" ? lines : nil)
  }

  /// Builds of this workspace whose packages are in `out/`.
  func builds() async throws -> [MakeReport.Built] {
    let bench = try await Workbench.open(common, access: .read, progress: BuildProgress(json: common.json))
    let manager = FileManager.default
    var found: [String: [String]] = [:]
    for trace in try await bench.session.engine.remembered(kind: Build.kind) {
      guard let value = trace.value, let built = try? Build.decode(value) else { continue }
      let rpms = built.rpms.map(\.file).filter { manager.fileExists(atPath: $0.path) }
      if !rpms.isEmpty { found[built.srpm.nevra.fileName] = rpms.map(\.nevra.fileName).sorted() }
    }
    return found.sorted { $0.key < $1.key }.map { .init(srpm: $0.key, rpms: $0.value) }
  }

  /// The toolchain's packages are what everything else is built with: a build of one is no accident.
  func guardToolchain() async throws {
    let manager = FileManager.default
    guard let list = manager.contents(atPath: MakeCommand.place(values["TOOLCHAIN_MANIFEST"]).string),
      let state = manager.contents(atPath: workspace.out.appending("build_state.csv").string)
    else { return }
    let reserved = Set(
      String(decoding: list, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init))
    let made = BuildState.built(inCSV: String(decoding: state, as: UTF8.self))
    let rebuilt = try await builds().filter { made.contains($0.srpm) }.flatMap(\.rpms).filter(
      reserved.contains)
    guard rebuilt.isEmpty else { throw MakeError.toolchainRebuilt(rebuilt) }
  }

  private func blockers(_ report: MakeReport) throws {
    var report = report
    let path = workspace.out.appending("build_state.csv")
    guard let text = try? String(contentsOfFile: path.string, encoding: .utf8) else {
      throw TreeError.unreadable(shown(path), "no set was built here yet (azl-dev build)")
    }
    let limit = Int(values["NUM_OF_ANALYTICS_RESULTS"]) ?? 10
    let all = BuildState.blockers(inCSV: text)
    let found = Array(all.prefix(limit == 0 ? .max : limit))
    report.blockers = found
    let lines = found.map { one in
      "\(one.srpm)  \(one.hasFailed ? "failed" : "waited"), held up \(Figure.count(one.blocks.count, "package"))"
    }
    try show(
      report, lines.isEmpty ? [Output.style.fact("Blocked", "nothing in the last build of a set")] : lines)
  }
}
