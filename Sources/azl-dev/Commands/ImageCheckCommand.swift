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

          azl-dev image check                                      all of the tree
          azl-dev image check toolkit/imageconfigs/core-efi.json
        """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Image configuration JSON (default: all in imageconfigs and toolkit/imageconfigs).")
    var configs: [String] = []
    @Option(help: "Where relative paths in the configurations start (default: the folder of each).")
    var baseDir: String?

    func run() async throws {
      let here = FilePath(FileManager.default.currentDirectoryPath)
      let tree = try Tree.find(common.tree)
      let paths = try configs.isEmpty ? Self.all(in: tree) : configs.map { here.pushing(FilePath($0)) }
      let base = baseDir.map { here.pushing(FilePath($0)) }
      let checked = try paths.map { path in
        let file = ImageConfigurationFile(path, tree: tree, base: base)
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

    private static func all(in tree: FilePath) throws -> [FilePath] {
      let paths = ImageReach.folders.flatMap { folder in
        ((try? FileManager.default.contentsOfDirectory(atPath: tree.appending(folder).string)) ?? [])
          .filter { $0.hasSuffix(".json") }.sorted().map { tree.appending(folder).appending($0) }
      }
      guard !paths.isEmpty else {
        throw TreeError.unreadable(ImageReach.folders[0], "no image configurations there; name one")
      }
      return paths
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
