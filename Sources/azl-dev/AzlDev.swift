import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Sandbox

/// The verbs of the command line, each in its own file under `Commands`.
struct AzlDev: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "azl-dev",
    abstract: "Right after a save: what that change does to Azure Linux packages and images.",
    discussion: """
      Start with "azl-dev init" in a tree of specs, then "azl-dev try <package>" or "azl-dev watch".
      Results go to standard output, progress to standard error; reports have --json,
      errors are told on standard error all the same.
      Exit codes: 0 answered or built, 1 a build, check, boot or hash failed, 2 wrong input, 3 the machine
      or network, 130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      InitCommand.self, DoctorCommand.self, TryCommand.self, ShellCommand.self, BuildCommand.self,
      TestCommand.self, PlanCommand.self, WatchCommand.self,
      AffectedCommand.self,
      GraphCommand.self, ExplainCommand.self, StatusCommand.self, SpecsCommand.self, ParseCommand.self,
      PlanRootCommand.self,
      CheckCommand.self,
      RepoCommand.self,
      ImageCommand.self,
      BootCommand.self, BundleCommand.self,
      GCCommand.self,
      MakeCommand.self,
      DUCommand.self,
    ])
}

/// Options that every verb takes.
struct CommonOptions: ParsableArguments {
  @Option(
    name: .long, help: "The tree to work in (default: the nearest folder above with .azldev, or this one).")
  var tree: String?

  @Flag(help: "Ask nothing of the network: what was downloaded before must do.")
  var offline = false

  @Flag(name: .long, help: "Print the result as JSON on standard output.")
  var json = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "A key of the configuration for this call, as build.jobs=2; a list has one value each time.",
      valueName: "key=value"))
  var settings: [String] = []
}

@main
enum Main {
  static func main() async {
    if CommandLine.arguments.count > 1, CommandLine.arguments[1] == BuildObserver.verb {
      exit(BuildObserver.run(Array(CommandLine.arguments.dropFirst(2))))
    }
    Heap.share()
    // the library has no option with an optional value
    let arguments: [String] = CommandLine.arguments.dropFirst().map {
      $0.hasPrefix("--dependents=") ? "--dependents-levels=" + $0.dropFirst(13) : $0
    }
    if let unknown = unknownVerb(arguments) {
      FileHandle.standardError.write(Data("azl-dev: \(unknown)\n".utf8))
      exit(AzureLinux.ExitCode.invalidInput.rawValue)
    }
    let early = EarlyLook.begin(arguments)
    do {
      // what is wrong with the words is said before anything runs; because one task alone goes on with the command
      nonisolated(unsafe) let command = try AzlDev.parseAsRoot(arguments)
      let code = await EarlyLook.$current.withValue(early) {
        await Interruption.run { try await run(command) }
      }
      early?.abandon()
      exit(code)
    } catch {
      early?.abandon()
      let isHelp = AzlDev.exitCode(for: error).isSuccess
      let text = AzlDev.fullMessage(for: error)
      FileHandle(fileDescriptor: isHelp ? 1 : 2).write(Data((text + "\n").utf8))
      exit(isHelp ? 0 : AzureLinux.ExitCode.invalidInput.rawValue)
    }
  }

  /// What is wrong with the verbs that a call begins with, and those that were meant; nil where there are such verbs.
  static func unknownVerb(_ words: [String]) -> String? {
    var path = ["azl-dev"]
    var verbs = AzlDev.configuration.subcommands
    for word in words {
      guard !verbs.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
      if let next = verbs.first(where: { ($0.configuration.commandName ?? "") == word }) {
        path.append(word)
        verbs = next.configuration.subcommands
        continue
      }
      let names = nearestNames(
        to: word, in: verbs.map { ($0.configuration.commandName ?? "") } + (path.count == 1 ? ["help"] : []))
      let hint =
        names.isEmpty
        ? "\(path.joined(separator: " ")) --help lists them"
        : "did you mean \(names.joined(separator: " or "))?"
      let of = path.count == 1 ? "" : " of \(path.dropFirst().joined(separator: " "))"
      return "there is no verb \"\(word)\"\(of)\n  \(hint)"
    }
    return nil
  }

  static func run(_ command: any ParsableCommand) async throws {
    if var command = command as? any AsyncParsableCommand {
      try await command.run()
    } else {
      var command = command
      try command.run()
    }
  }
}

/// Thrown by a command whose report already says that something failed.
struct Failed: Error {
  var code: AzureLinux.ExitCode = .failed
}
