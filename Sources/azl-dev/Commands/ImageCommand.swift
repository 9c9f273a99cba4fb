import ArgumentParser
import AzureLinux
import Foundation
import Images
import Terminal

struct ImageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Disk images from image configuration files.",
    subcommands: [Build.self, ISO.self, Fetch.self, MetaUserData.self, Check.self, Schema.self])

  struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "build",
      abstract: "Build the disk image that a configuration describes.",
      discussion: """
        Packages come from the repositories; those built here are preferred. Writes the configured artifacts (raw,
        vhdx) to .azldev/out/images/<config> without loop devices or mounts. A key of the configuration that is not
        built yet is refused by name.

          azl-dev image build imageconfigs/demo.json
        """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var image: ImageOptions
    @OptionGroup var making: ImageMakingOptions
    @Flag(
      help:
        "The disk alone, as disk0.raw in .azldev/out/imagegen/<config>/imager_output, whatever artifacts are configured."
    )
    var raw = false

    func run() async throws {
      let view = BuildProgress(json: common.json)
      let bench = try await Workbench.open(common, access: .write, progress: view)
      let plan = try await bench.planImage(
        image, making, for: raw ? .disk : .artifacts)
      for warning in plan.warnings { view.activity(.notice(warning)) }
      let (manifest, seconds) = try await bench.build(
        plan, making.freshness, report: { view.activity($0) })
      view.flushFetched()
      view.end()
      if common.json { return try Output.json(manifest) }
      let style = Output.style
      guard let seconds else {
        return Output.lines([style.fact("Image", "\(manifest.name): up to date")])
      }
      Output.lines(
        [
          style.fact(
            "Image",
            "\(manifest.name): \(Figure.count(manifest.packages.count, "package"))"
              + (manifest.kernel.map { ", kernel \($0.version)" } ?? "") + "  in \(Figure.seconds(seconds))"
          )
        ]
          + manifest.artifacts.map {
            style.fact("Wrote", "\(plan.folder)/\($0.file)  \(Figure.bytes($0.size))")
          }
          + (manifest.partitions.isEmpty ? [] : ["\n    azl-dev boot \(plan.folder)"]))
    }
  }
}
