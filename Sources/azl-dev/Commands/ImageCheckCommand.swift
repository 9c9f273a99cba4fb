import ArgumentParser
import AzureLinux
import Foundation
import SystemPackage
import Terminal

extension ImageCommand {
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "What upstream's rules say about image configurations and the package lists that they name.",
      discussion: """
        Errors are what upstream's image tools refuse; warnings are what they read in silence although it has no
        effect, or ends the build of an image later. docs/images.md has every key and rule. Whether azl-dev can build
        the image already is not asked. Exits with 1 when there are errors. The tree need not be set up.

          azl-dev image check toolkit/imageconfigs/core-efi.json
          azl-dev image check toolkit/imageconfigs/*.json --json
        """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Image configuration JSON.")
    var configs: [String]
    @Option(help: "Where relative paths in the configurations start (default: the folder of each).")
    var baseDir: String?

    func run() async throws {
      let here = FilePath(FileManager.default.currentDirectoryPath)
      let tree = try Tree.find(common.tree)
      let checked = try configs.map { config in
        let file = ImageConfigurationFile(
          here.pushing(FilePath(config)), tree: tree, base: baseDir.map { here.pushing(FilePath($0)) })
        return (file: file.name, findings: try file.check().findings)
      }
      let report = ImageCheckReport(checked)
      if common.json {
        try Output.json(report)
      } else {
        Output.lines(ImageCheckView(style: Output.style).lines(report))
      }
      if !report.isValid { throw Failed() }
    }
  }

  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema",
      abstract: "The JSON Schema of image configurations, for editors.",
      discussion: """
        It is made from the tables that configurations are read by, and lies in schemas/ too. An editor that knows it
        completes keys and underlines wrong ones; how values fit together only azl-dev image check knows.

          azl-dev image schema > image-configuration.schema.json
          azl-dev image schema --package-list > package-list.schema.json
        """)

    @Flag(help: "The schema of package lists instead.")
    var packageList = false

    func run() throws {
      try Output.json(ImageSchema(packageList ? .packageList : .configuration))
    }
  }
}
