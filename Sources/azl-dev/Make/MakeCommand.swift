import ArgumentParser
import AzureLinux
import Foundation
import SystemPackage
import Terminal

/// Upstream's targets and variables. Each target comes to verbs of azl-dev, run in this process, or to a task of its
/// own; `Sources/AzureLinux/Make` decides which.
struct MakeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make",
    abstract: "Targets and variables of upstream's makefiles.",
    discussion: """
      What a variable becomes, and why one is refused, is in docs/make.md. Only values of the command line count.

        azl-dev make build-packages SRPM_PACK_LIST="lz4 zip" PACKAGE_REBUILD_LIST=lz4
        azl-dev make printvar-RPMS_DIR
        azl-dev make sodiff-check
        azl-dev make help
      """)

  @OptionGroup var common: CommonOptions
  @Argument(
    parsing: .allUnrecognized, help: ArgumentHelp("Targets, and variables as NAME=value.", valueName: "word"))
  var words: [String] = []

  func run() async throws {
    let words = try MakeWords(self.words)
    // because Style reads it, and nothing else runs yet that would read the environment meanwhile
    if words.values["LOG_COLOR"] == "never" { setenv("NO_COLOR", "1", 1) }
    var common = common
    let named = [words.values["PROJECT_ROOT"], words.values["REPO_PATH"]].compactMap { $0 }.first {
      !$0.isEmpty
    }
    if let named { common.tree = named }
    let workspace = Workspace(tree: try Tree.find(common.tree))
    let values = MakeValues(given: words.values, known: try MakeKnown(workspace, common).values)
    let manager = FileManager.default
    let notes = try words.check(values) { manager.fileExists(atPath: Self.place($0).string) }
    let plan = try MakePlan(
      words, values: values, place: { Self.place($0).string },
      inTree: { path in
        var path = FilePath(URL(filePath: path).resolvingSymlinksInPath().path)
        return path.removePrefix(workspace.tree) ? path.string : nil
      })
    if common.json, plan.steps.count > 1 { throw MakeError.severalReports }
    let progress = BuildProgress(json: common.json)
    for note in notes { progress.activity(.notice(note)) }
    common.settings += plan.settings
    if plan.settings.contains(where: { $0.hasPrefix("repositories.") }) {
      try await fetchMissing(common, progress)
    }
    let tasks = MakeTasks(words: words, values: values, common: common, workspace: workspace)
    for step in plan.steps {
      switch step {
      case .verb(let verb): try await run(verb, common, progress)
      case .task(let task, let target):
        try await tasks.run(task, target)
      case .remove(let parts, let target):
        try await MakeCleaning(values: values, common: common).remove(parts, target: target)
      }
    }
  }

  /// A repository that the call brings in may never have been asked.
  private func fetchMissing(_ common: CommonOptions, _ progress: BuildProgress) async throws {
    let desk = try RepositoryDesk(common)
    guard !common.offline, try await desk.isMissingMetadata() else { return }
    progress.activity(.notice("the call names a repository that was never asked: all are brought up to date"))
    let writing = try RepositoryDesk(common, isWriting: true)
    try await writing.packages.refresh()
  }

  /// An absolute path; what a call names is relative to where it was made.
  static func place(_ path: String) -> FilePath {
    FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(path)).lexicallyNormalized()
  }

  /// The verb is said, then does what it would do if it had been called.
  private func run(_ words: [String], _ common: CommonOptions, _ progress: BuildProgress) async throws {
    let settings = common.settings.flatMap { ["--set", $0] }
    progress.status.print(
      progress.status.style.fact("Make", (["azl-dev"] + Self.shown(words + settings)).joined(separator: " ")))
    let options =
      settings + (common.tree.map { ["--tree", $0] } ?? []) + (common.offline ? ["--offline"] : [])
      + (common.json ? ["--json"] : [])
    let command: any ParsableCommand
    do { command = try AzlDev.parseAsRoot(words + options) } catch {
      throw ValidationError(AzlDev.message(for: error))
    }
    try await Main.run(command)
  }

  /// As a person types it.
  static func shown(_ words: [String]) -> [String] {
    var shown: [String] = []
    for word in words {
      if shown.last == "--dependents-levels" {
        shown[shown.count - 1] = "--dependents=\(word)"
      } else {
        shown.append(word.contains(" ") ? "'\(word)'" : word)
      }
    }
    return shown
  }
}
