import ArgumentParser
import AzureLinux
import Foundation
import Pipeline
import SystemPackage

/// What is to be built or tested, as a command line names it.
struct GoalOptions: ParsableArguments {
  @Argument(help: "Specs (names or paths), binary packages, or image configurations (.json).")
  var goals: [String] = []
  @Option(name: .long, help: "A file with one goal a line; # begins a comment.")
  var list: [String] = []
  @Flag(help: "Every spec of the tree.")
  var all = false
  @Option(
    parsing: .singleValue, help: "A goal that is left out; its published packages serve whoever needs it.")
  var ignore: [String] = []

  var isEmpty: Bool { goals.isEmpty && list.isEmpty && !all }
}

/// The same, found in the tree.
struct Goals: Sendable {
  var specs: [SpecLocation]
  var rebuilt: [SpecLocation] = []
  var ignored: [SpecLocation] = []
}

enum GoalError: Failure {
  case none
  case ignoredAndRebuilt([String])
  case nothingInImage(String)

  var message: String {
    switch self {
    case .none: "nothing to build is named"
    case .ignoredAndRebuilt(let specs): "\(specs.joined(separator: ", ")): to be ignored, and to be rebuilt"
    case .nothingInImage(let path): "the tree makes no package of \(path)"
    }
  }
  var nextStep: String? {
    switch self {
    case .none: "name specs or packages, --list a file of them, or --all"
    case .ignoredAndRebuilt: "leave one of the two out"
    case .nothingInImage: nil
    }
  }
  var exitCode: AzureLinux.ExitCode { .invalidInput }
}

extension Workbench {
  /// - Parameter rebuild: names whose builds are made anew; goals too.
  func goals(
    _ options: GoalOptions, rebuild: [String] = [], report: ActivityReport
  ) async throws -> Goals {
    let named = try await locate(options.goals.filter { !$0.hasSuffix(".json") } + readLists(options.list))
    let rebuilt = try await locate(rebuild)
    let ignored = try await locate(options.ignore)
    let both = Set(rebuilt).intersection(ignored).map(\.id).sorted()
    guard both.isEmpty else { throw GoalError.ignoredAndRebuilt(both) }
    var specs = named + rebuilt
    for path in options.goals where path.hasSuffix(".json") { specs += try await madeHere(forImage: path) }
    if options.all { specs += try await buildable(report) }
    var seen = Set(ignored)
    specs = specs.filter { seen.insert($0).inserted }
    guard !specs.isEmpty else { throw GoalError.none }
    return Goals(specs: specs, rebuilt: rebuilt, ignored: ignored)
  }

  private func readLists(_ paths: [String]) throws -> [String] {
    try paths.flatMap { path in
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw TreeError.unreadable(path, "no such list")
      }
      return text.split(whereSeparator: \.isNewline)
        .map { $0.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
  }

  /// Specs of the packages that an image asks for by name, as far as the tree makes them.
  private func madeHere(forImage path: String) async throws -> [SpecLocation] {
    let names = try packages(ofImage: imageConfiguration(path)).map { PackageText.dependency($0).name }
    var specs: [SpecLocation] = []
    for name in names {
      do { specs.append(try await session.locate(name)) } catch PipelineError.unknownSpec { continue }
    }
    guard !specs.isEmpty else { throw GoalError.nothingInImage(path) }
    return specs
  }

  private func buildable(_ report: ActivityReport) async throws -> [SpecLocation] {
    let all = try await session.specs()
    let infos = try await session.parsed(all)
    let excluded = infos.count { $0.status == .excluded }
    if excluded > 0 { report(.notice("\(excluded) of \(all.count) specs are not for this architecture")) }
    return zip(all, infos).filter { $1.status != .excluded }.map(\.0)
  }
}
