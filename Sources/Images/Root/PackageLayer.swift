import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The packages of an image, installed: made once, aside, in `layers` of the store, and renamed when whole. Everything
/// else of an image is written over it.
struct PackageLayer: Hashable, Sendable {
  let rpms: [RPMFile]
  let docs: Bool
  /// As `%_install_langs` has them; empty for all.
  let locales: String
  /// Seconds since 1970.
  let timestamp: Int
  /// Installed in one transaction, not a layer whose packages were replaced.
  var isClean = false
  let store: FilePath
  let privilege: Privilege

  /// What an overlay takes, topmost first, relative to the store.
  struct Made: Hashable, Sendable {
    var lower: [String]
    /// What rpm had to say about single packages although it installed them.
    var warnings: [String]
  }

  /// Changes when the way in which layers are made changes.
  private static let format = "5"

  /// All that decides about a layer besides its packages. No path of this machine is in it.
  var options: String {
    [
      "azl-dev/image-layer/\(Self.format)", privilege.mode, docs ? "docs" : "no docs", "locales \(locales)",
      "time \(timestamp)",
    ].joined(separator: "\n")
  }

  private func key(isClean: Bool) -> Digest {
    Digest.of(
      ([options, isClean ? "clean" : "replaced"] + rpms.map(\.digest.description).sorted())
        .joined(separator: "\n"))
  }

  /// - Parameter scratch: of this build, removed with it.
  func make(scratch: FilePath, steps: ImageSteps, report: ActivityReport) async throws -> Made {
    let stock = LayerStock(store: store)
    for isClean in isClean ? [true] : [true, false] {
      if let made = stock.made(key(isClean: isClean)) { return made }
    }
    let record = LayerRecord(options: options, packages: rpms)
    if !isClean, let base = stock.nearest(to: record) {
      report(.step(subject: "packages", "replacing \(base.replaced.count) of \(rpms.count) packages"))
      let replacement = LayerReplacement(layer: self, base: base, scratch: scratch, steps: steps)
      if let warnings = try await replacement.make() {
        let record = LayerRecord(options: options, packages: rpms, beneath: base.key, warnings: warnings)
        return try await stock.publish(
          replacement.aside, as: key(isClean: false), record, steps: steps)
      }
    }
    report(.step(subject: "packages", "installing \(rpms.count) packages"))
    let aside = scratch.appending("layer")
    let recipe = RootRecipe(
      root: aside.appending("root"), timestamp: timestamp, readable: rpms.folders(store: store))
    let tree = RootTree(recipe.root)
    try FileManager.default.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
    for command in recipe.makeMountPoints { try await steps.owning("making the root folder", command) }
    let warnings = try await install(recipe, steps)
    for warning in warnings { report(.notice(warning)) }
    for command in recipe.rewriteDatabase(rpms, docs: docs, locales: locales, tree: tree) {
      try await steps.confined("rewriting the package database", recipe.outside, command)
    }
    try await steps.makeLinkerCache(recipe, tree)
    try await steps.settle(recipe, tree)
    return try await stock.publish(
      aside, as: key(isClean: true),
      LayerRecord(options: options, packages: rpms, beneath: nil, warnings: warnings), steps: steps)
  }

  /// Returns rpm's warnings: a scriptlet that failed after its package was in place is one.
  private func install(_ recipe: RootRecipe, _ steps: ImageSteps) async throws -> [String] {
    let result = try await steps.attempt(
      "installing \(rpms.count) packages", recipe.outside, recipe.install(rpms, docs: docs, locales: locales))
    guard result.isSuccess else {
      throw ImageError.installFailed(
        packages: rpms.count, status: result.status, lastLines: ImageSteps.lastLines(result), log: steps.log)
    }
    return Self.warnings(result)
  }

  static func warnings(_ result: CommandResult) -> [String] {
    result.errorText.split(separator: "\n").map(String.init).filter { $0.hasPrefix("warning: ") }
  }
}
