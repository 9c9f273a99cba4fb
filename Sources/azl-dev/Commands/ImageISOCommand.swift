import ArgumentParser
import AzureLinux
import Foundation
import Images
import Terminal

extension ImageCommand {
  struct ISO: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "iso",
      abstract: "Build the installer of a configuration: an ISO that puts its disk on a machine, unattended.",
      discussion: """
        The configuration's disk is built, packed and put on a medium that boots by BIOS and by UEFI. Its installer
        writes the disk to the one that TargetDisk names, or to the machine's only empty one; verifies what was
        written; and restarts. A disk that is not empty, too small or one of several is refused on the console. Writes
        .azldev/out/images/<config>/<config>-<release version><tag>.iso. docs/installers.md says how that differs from
        upstream's installer.

          azl-dev image iso imageconfigs/iso.json
          azl-dev boot .azldev/out/images/iso/iso-3.0.20260401.iso
        """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var image: ImageOptions
    @OptionGroup var making: ImageMakingOptions
    @Option(
      help: ArgumentHelp("Make the installer itself of exactly packages of this list.", valueName: "file"))
    var installerSummary: String?

    func run() async throws {
      let view = BuildProgress(json: common.json)
      let bench = try await Workbench.open(common, access: .write, progress: view)
      let plan = try await bench.planImage(
        image, making, for: .installer)
      for warning in plan.warnings { view.activity(.notice(warning)) }
      let (manifest, seconds) = try await bench.buildInstaller(
        plan, from: installerSummary.map { bench.here($0) }, making.freshness,
        report: { view.activity($0) })
      view.flushFetched()
      view.end()
      if common.json { return try Output.json(manifest) }
      let style = Output.style
      let place = ".azldev/out/images/\(plan.name)/\(manifest.file)"
      guard let seconds else { return Output.lines([style.fact("Installer", "\(place): up to date")]) }
      let disk = manifest.target ?? "the only empty disk"
      Output.lines([
        style.fact(
          "Installer",
          "\(Figure.bytes(Int64(manifest.diskSize))) for \(disk)  in \(Figure.seconds(seconds))"),
        style.fact("Wrote", "\(place)  \(Figure.bytes(manifest.size))"), "\n    azl-dev boot \(place)",
      ])
    }
  }
}
