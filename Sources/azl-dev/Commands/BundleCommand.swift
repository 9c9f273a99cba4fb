import ArgumentParser
import AzureLinux
import Foundation
import SystemPackage
import Terminal

extension ArchiveKind: ExpressibleByArgument {}

/// Archives of RPMs, as upstream's compress-* and hydrate-* targets have them.
struct BundleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Pack RPMs into one archive, and unpack them in another tree.",
    discussion: """
      rpms and srpms are those in .azldev/out; cached are the published RPMs that build roots were made of. The
      archive's name says how it is compressed (.tar, .tar.gz, .tar.zst); what is read is told by its content.

        azl-dev bundle save rpms rpms.tar.gz
        azl-dev bundle load cached cache.tar
      """,
    subcommands: [Save.self, Load.self])

  struct Report: Codable {
    var schema = "azl-dev/bundle/1"
    var kind: String
    var archive: String
    var packages: Int
  }

  struct Options: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @Argument(help: "rpms, srpms or cached.") var kind: ArchiveKind
    @Argument(help: "The archive.") var archive: String

    var path: FilePath { FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(archive)) }

    func report(_ verb: String, _ count: Int) throws {
      let report = Report(kind: kind.rawValue, archive: archive, packages: count)
      if common.json { return try Output.json(report) }
      Output.lines([Output.style.fact(verb, "\(Figure.count(count, "package")) (\(kind))  \(archive)")])
    }
  }

  struct Save: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "save", abstract: "Pack.")
    @OptionGroup var options: Options

    func run() async throws {
      let bench = try await Workbench.open(
        options.common, access: .write, progress: BuildProgress(json: options.common.json))
      try options.report("Packed", await bench.save(options.kind, to: options.path))
    }
  }

  struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load", abstract: "Unpack.")
    @OptionGroup var options: Options

    func run() async throws {
      let bench = try await Workbench.open(
        options.common, access: .write, progress: BuildProgress(json: options.common.json))
      try options.report("Unpacked", await bench.load(options.kind, from: options.path))
    }
  }
}
