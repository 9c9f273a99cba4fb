import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import Storage
import SystemPackage
import Terminal

/// What targets do that no other verb does.
struct MakeTasks {
  let words: MakeWords
  let values: MakeValues
  let common: CommonOptions
  let workspace: Workspace

  func run(_ task: MakeTask, _ target: String) async throws {
    let report = MakeReport(target: target)
    switch task {
    case .help: return help()
    case .variable, .verboseVariable, .allVariables, .allVariablesVerbosely:
      return try variables(task, target)
    case .shellHelp: return Output.lines([ShellCommand.helpMessage()])
    case .base, .validateBase, .macros: try await roots(task, report)
    case .specs, .graph, .versionsMacros, .sources, .expand, .snapshot, .architectures, .manifests:
      try await specs(task, report)
    case .precache, .repositoryQuery: try await repositories(task, report)
    case .summary, .builtPackages, .presentPackages, .blockers: try await records(task, report)
    case .licences: try await licences(report)
    case .sonames: try await sonames(report)
    }
  }

  // MARK: variables

  private func variables(_ task: MakeTask, _ target: String) throws {
    let short = [
      "get-version": "RELEASE_VERSION", "get-dist-tag": "DIST_TAG", "get-release-major": "RELEASE_MAJOR_ID",
    ]
    let prefix = task == .verboseVariable ? "printvar-verbose-" : "printvar-"
    var names = MakeVariable.all.map(\.name).sorted()
    if task == .variable || task == .verboseVariable {
      let name = short[target] ?? String(target.dropFirst(prefix.count))
      guard names.contains(name) else {
        throw MakeError.unknownVariable(name, nearest: nearestNames(to: name, in: names))
      }
      names = [name]
    }
    if common.json {
      var report = MakeReport(target: target)
      report.values = names.map { .init(name: $0, value: values[$0]) }
      return try Output.json(report)
    }
    let isVerbose = task == .verboseVariable || task == .allVariablesVerbosely
    Output.lines(names.map { isVerbose ? "\($0): \(values[$0])" : values[$0] })
  }

  private func help() {
    let width = MakeTarget.all.map(\.name.count).max() ?? 0
    func column(_ name: String) -> String {
      "  " + name.padding(toLength: width, withPad: " ", startingAt: 0) + "  "
    }
    let targets = MakeTarget.all.filter { if case .does = $0.verdict { true } else { false } }
    let variables = MakeVariable.all.filter(\.isHonoured)
    Output.lines(
      ["azl-dev make <target>… VARIABLE=value…", "", "Targets"]
        + targets.map { column($0.name) + $0.meaning } + ["", "Variables"]
        + variables.map { column($0.name) + $0.meaning }
        + ["", "docs/make.md has all of upstream's, with what is refused and why."])
  }

  // MARK: what all tasks share

  /// The specs in scope.
  func scope(_ bench: Workbench) async throws -> [SpecLocation] {
    let names = words.list("SRPM_PACK_LIST")
    return names.isEmpty ? try await bench.session.specs() : try await bench.locate(names)
  }

  /// Writes a file where a variable says, whole or not at all.
  /// - Returns: its name for the report.
  func write(_ data: Data, to path: FilePath) throws -> String {
    do {
      try FileManager.default.createDirectory(
        atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
      try AtomicFile.write(data, to: path)
    } catch { throw WorkspaceError.unwritable(path: shown(path), reason: "\(error)") }
    return shown(path)
  }

  func shown(_ path: FilePath) -> String {
    var path = path
    _ = path.removePrefix(workspace.tree)
    return path.string
  }

  func folder(_ name: String) -> FilePath { MakeCommand.place(values[name]) }

  /// Prints a report: the object, or lines of what is in it; ends with an error where there are problems.
  ///
  /// - Parameters:
  ///   - lines: for people.
  ///   - data: for scripts; then nothing else goes to standard output.
  func show(
    _ report: MakeReport, _ lines: [String] = [], data: [String]? = nil, code: AzureLinux.ExitCode = .failed
  ) throws {
    var report = report
    let problems = report.problems ?? []
    let hasFailed = !problems.isEmpty && code != .success
    report.result = hasFailed ? "failed" : "done"
    let style = Output.style
    if common.json {
      try Output.json(report)
    } else {
      let status = StatusLine(
        style: Style.of(descriptor: 2, environment: ProcessInfo.processInfo.environment))
      let facts = lines + (report.written ?? []).map { style.fact("Wrote", $0) }
      if let data {
        if !data.isEmpty { Output.lines(data) }
        for fact in facts { status.print(fact) }
      } else if !facts.isEmpty {
        Output.lines(facts)
      }
      for problem in problems {
        status.print("\(status.style.fail) \(status.style.paint(problem.subject, .bold))  \(problem.message)")
      }
    }
    if hasFailed { throw Failed(code: code) }
  }

  static func problem(_ subject: String, _ error: any Error) -> MakeReport.Problem {
    guard let failure = error as? any Failure else {
      return .init(subject: subject, message: String(describing: error))
    }
    return .init(
      subject: subject, message: failure.nextStep.map { "\(failure.message)\n  \($0)" } ?? failure.message)
  }
}
