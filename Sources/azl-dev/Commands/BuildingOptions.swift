import ArgumentParser
import AzureLinux
import Foundation
import Pipeline

extension SignatureHandling: ExpressibleByArgument {}

/// `--dependents`, `--dependents=2`, `--dependents=all`.
struct DependentsChoice: ExpressibleByArgument {
  var value: Dependents
  init(_ value: Dependents) { self.value = value }
  init?(argument: String) {
    if argument == "all" {
      value = .all
    } else if let levels = Int(argument), levels >= 0 {
      value = levels == 0 ? .none : .levels(levels)
    } else {
      return nil
    }
  }
}

/// `90s`, `5m`, `1h`: a number alone could mean either.
struct TimeSpan: ExpressibleByArgument {
  var seconds: Double
  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    guard let unit = argument.last.flatMap({ units[$0] }), let number = Double(argument.dropLast()),
      number >= 0, number.isFinite
    else { return nil }
    seconds = number * unit
  }
}

/// What verbs that build have in common.
struct BuildingOptions: ParsableArguments {
  @OptionGroup var cutoff: CutoffOptions
  @Flag(name: .customLong("dependents"), help: "Also what builds with the goals directly.")
  var direct = false
  @Option(
    name: .customLong("dependents-levels"),
    help: ArgumentHelp(
      "How far to follow dependents (a number or all); the same as --dependents=N.", valueName: "n|all"))
  var levels: DependentsChoice?
  @Flag(help: "Refuse to use a published package whose version is not the spec's.")
  var strictBaseline = false
  @Flag(
    inversion: .prefixedNo,
    help: "Also run %check of the goals, in roots of their own (default: [build] check).")
  var check: Bool?
  @Option(
    help: ArgumentHelp(
      "What source hashes mean: enforce, skip, or update to write the signatures files of the goals anew.",
      valueName: "enforce|skip|update"))
  var signatures: SignatureHandling?
  @Flag(help: "Build the published SRPMs of the specs' versions instead of packing them from the tree.")
  var srpmFromRepository = false
  @Option(help: "Build what fits into this time, nearest first (90s, 5m, 1h); the rest is listed.")
  var budget: TimeSpan?
  @Flag(help: "Build the goals even if nothing changed.")
  var force = false

  var dependents: Dependents { levels?.value ?? (direct || cutoff.verifyCutoff ? .levels(1) : .none) }

  /// Of these and the common options, those without which a build that failed would be another one.
  func again(_ common: CommonOptions) -> [String] {
    var words: [String] = []
    if let mode = cutoff.cutoff { words += ["--cutoff", mode.rawValue] }
    if strictBaseline { words.append("--strict-baseline") }
    if let signatures { words += ["--signatures", signatures.rawValue] }
    if srpmFromRepository { words.append("--srpm-from-repository") }
    if common.offline { words.append("--offline") }
    return words + common.settings.flatMap { ["--set", $0] }
  }

  /// Lays what they say over the configuration.
  func adjust(_ settings: inout Settings) {
    if let signatures { settings.sources.signatures = signatures }
    if srpmFromRepository { settings.sources.downloadSrpms = true }
    if let mode = cutoff.cutoff { settings.build.dependents = mode }
  }
}

extension Workbench {
  /// Where sources are taken as they are found, writes that into the signatures files of the goals.
  func updateSignatures(_ goals: [SpecLocation], _ view: BuildProgress) async throws {
    guard settings.sources.signatures == .update else { return }
    var written: Set<String> = []
    for goal in goals {
      guard let path = try await updateSignatures(goal) else { continue }
      written.insert(path)
      view.activity(.notice("\(path) is written anew: the hashes of \(goal.id)'s sources as they are now"))
    }
    if !written.isEmpty { try await session.lookAgain(at: written) }
  }
}
