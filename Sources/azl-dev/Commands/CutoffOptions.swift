import ArgumentParser
import AzureLinux

extension CutoffMode: ExpressibleByArgument {}

/// How far verbs that build dependents follow them.
struct CutoffOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What makes dependents be built again: exact, interface, observed or names (default: [build] dependents).",
      valueName: "mode"))
  var cutoff: CutoffMode?
  @Flag(
    help:
      "Build dependents that were left as they are once more, aside, and compare: a difference is an error.")
  var verifyCutoff = false
}
