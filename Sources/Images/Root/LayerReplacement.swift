import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// A few packages of a layer, replaced by other builds of them: what comes out is what installing all of them anew
/// gives, or it is not done. Scriptlets decide: one that does more than refresh the linker's cache may do another thing
/// in an upgrade than at first.
struct LayerReplacement {
  let layer: PackageLayer
  let base: LayerStock.Nearest
  let scratch: FilePath
  let steps: ImageSteps

  var aside: FilePath { scratch.appending("replaced") }

  /// - Returns: rpm's warnings; nil where the packages have to be installed anew.
  func make() async throws -> [String]? {
    let name = "scratch/\(scratch.lastComponent?.string ?? "")/replaced"
    let overlay = Overlay(
      store: layer.store, lower: [LayerStock.lower(base.key)], upper: "\(name)/root",
      work: "\(name)-overlay", merged: "\(name)-merged")
    try overlay.prepare()
    let warnings = try await overlay.whileMounted(privilege: layer.privilege) { root in
      try await replace(in: root, steps.inside(root))
    }
    if warnings == nil { await steps.remove(aside) }
    return warnings
  }

  private var replaced: [RPMFile] {
    layer.rpms.filter { base.replaced.contains("\($0.nevra.name).\($0.nevra.arch)") }
  }

  private func replace(in root: MountedRoot, _ steps: ImageSteps) async throws -> [String]? {
    let recipe = RootRecipe(
      root: root.path, timestamp: layer.timestamp, readable: layer.rpms.folders(store: layer.store))
    let tree = RootTree(root.seen)
    guard try await hasSameScriptlets(recipe, steps) else { return nil }
    let result = try await steps.attempt(
      "replacing packages", recipe.outside, recipe.replace(replaced, docs: layer.docs, locales: layer.locales)
    )
    guard result.isSuccess else { return nil }
    // a configuration file that a scriptlet had changed is kept beside the new one
    let kept = try await steps.owning(
      "looking for kept files",
      [
        "find", root.path.string, "-xdev", "(", "-name", "*.rpmnew", "-o", "-name", "*.rpmsave", "-o",
        "-name",
        "*.rpmorig", ")", "-print",
      ])
    guard kept.output.isEmpty else { return nil }
    for command in recipe.rewriteDatabase(
      layer.rpms, docs: layer.docs, locales: layer.locales, tree: tree)
    {
      try await steps.confined("rewriting the package database", recipe.outside, command)
    }
    try await steps.makeLinkerCache(recipe, tree)
    try await steps.settle(recipe, tree)
    return PackageLayer.warnings(result)
  }

  private func hasSameScriptlets(_ recipe: RootRecipe, _ steps: ImageSteps) async throws -> Bool {
    for rpm in replaced {
      let step = "reading scriptlets of \(rpm.nevra.name)"
      let old = try await steps.attempt(step, recipe.outside, recipe.scriptlets(installed: rpm.nevra.name))
      let new = try await steps.attempt(step, recipe.outside, recipe.scriptlets(file: rpm.path))
      guard old.isSuccess, new.isSuccess, old.text == new.text, Self.isHarmless(old.text) else {
        return false
      }
    }
    return true
  }

  /// Nothing, or the linker's cache alone.
  static func isHarmless(_ scriptlets: String) -> Bool {
    scriptlets.split(separator: "\n").allSatisfy { line in
      let line = line.trimmingCharacters(in: .whitespaces)
      return line.isEmpty || line == "/sbin/ldconfig" || line == "/usr/sbin/ldconfig" || line == "ldconfig"
        || line.wholeMatch(of: /(postinstall|postuninstall) program: \/(usr\/)?sbin\/ldconfig/) != nil
        || line.wholeMatch(of: /(postinstall|postuninstall) scriptlet \(using \/bin\/sh\):/) != nil
    }
  }
}
