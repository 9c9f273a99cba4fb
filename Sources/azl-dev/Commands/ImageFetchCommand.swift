import ArgumentParser
import AzureLinux
import Foundation
import SystemPackage
import Terminal

extension ImageCommand {
  struct Fetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch",
      abstract: "Download and list the packages of an image.",
      discussion: """
        Of all systems of the configuration, with what they need, verified. The list is what --from-summary takes:
        .azldev/out/imagegen/<config>/image_deps.json, or image_external_deps.json with --external.

          azl-dev image fetch imageconfigs/demo.json
        """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var image: ImageOptions
    @Flag(help: "Only what no spec of the tree makes.")
    var external = false

    func run() async throws {
      let view = BuildProgress(json: common.json)
      let bench = try await Workbench.open(common, access: .write, progress: view)
      let (rpms, list) = try await bench.fetchImagePackages(
        bench.imageConfiguration(image.config), base: image.baseDir.map { bench.here($0) },
        from: image.fromSummary.map { bench.here($0) }, isExternal: external)
      view.flushFetched()
      view.end()
      var shown = list
      _ = shown.removePrefix(bench.workspace.tree)
      if common.json {
        var report = MakeReport(target: external ? "fetch-external-image-packages" : "fetch-image-packages")
        report.result = "done"
        report.names = rpms.map(\.nevra.fileName).sorted()
        report.written = [shown.string]
        return try Output.json(report)
      }
      let style = Output.style
      Output.lines([
        style.fact("Here", "\(Figure.count(rpms.count, "package")) of the image"),
        style.fact("Wrote", shown.string),
      ])
    }
  }
}
