import ArgumentParser
import Images

/// Which image, wherever one is made or its packages are fetched.
struct ImageOptions: ParsableArguments {
  @Argument(help: "Image configuration JSON (default: [image] default).")
  var config: String?
  @Option(
    name: .customLong("base-dir"),
    help: ArgumentHelp("Where relative paths in it start (default: its own folder).", valueName: "folder"))
  var baseDir: String?
  @Option(help: ArgumentHelp("Take exactly packages of this list.", valueName: "file"))
  var fromSummary: String?
}

/// How what is made of it is called, and how much is made anew.
struct ImageMakingOptions: ParsableArguments {
  @Option(help: "Part of the artifacts' names.")
  var tag: String?
  @Option(name: .customLong("build-id"), help: "Noted in /etc/image-id (default: the build number).")
  var buildID: String?
  @Flag(help: "Build although nothing has changed.")
  var force = false
  @Flag(help: "Build everything from nothing: the same bytes on every machine.")
  var release = false
}

extension ImageMakingOptions {
  var freshness: ImageBuilder.Freshness { release ? .clean : force ? .forced : .changed }
}

extension Workbench {
  func planImage(
    _ image: ImageOptions, _ making: ImageMakingOptions, for purpose: ImagePurpose
  ) async throws -> ImagePlan {
    try await planImage(
      imageConfiguration(image.config), base: image.baseDir.map { here($0) }, tag: making.tag,
      buildID: making.buildID, for: purpose, from: image.fromSummary.map { here($0) })
  }
}
