import AzureLinux
import Incremental

/// One spec as the target's rpm reads it.
package struct ParsedSpec: SpecRule {
  package static let kind = "spec"
  package static let version = 5
  package let spec: SpecLocation
  package init(spec: SpecLocation) { self.spec = spec }

  package func compute(_ context: Context<World>) async throws -> SpecInfo {
    _ = try await context.need(SpecTree(spec: spec))
    let macros = try await context.need(MacroSet())
    let names = await context.world.specs.versionReads(of: spec)
    let versions = try await VersionsOfOthers.find(names, for: spec, context)
    var info = try await context.world.specs.parse(spec, versions: versions, macros: macros)
    // a file that it includes may ask for more than its own text
    if !Set(info.reads).isSubset(of: names) {
      let all = try await VersionsOfOthers.find(info.reads, for: spec, context)
      if all != versions { info = try await context.world.specs.parse(spec, versions: all, macros: macros) }
    }
    let outside = info.inputs.filter { !$0.hasPrefix(spec.directory + "/") }
    if !outside.isEmpty { _ = try await context.need(all: outside.map { IncludedFile(path: $0) }) }
    // the workers read the files themselves: a save meanwhile, even one that is taken back, gave them other content
    let directories = Set(outside.map(PackageDirectory.of) + [spec.directory])
    if !(await context.world.tree.isUntouched(directories)) { await context.doubt() }
    return info
  }
}

/// Versions of other specs that a spec reads through `%azl_<spec>_version` and its like.
enum VersionsOfOthers {
  /// - Parameter names: as macros spell them.
  /// - Returns: by spec id.
  static func find(
    _ names: [String], for spec: SpecLocation, _ context: Context<World>
  ) async throws -> [String: EVR] {
    guard !names.isEmpty else { return [:] }
    let specs = try await context.need(all: names.map { SpecSpelled(name: $0) }).flatMap(\.self)
      .filter { $0.id != spec.id }
    let infos = try await context.need(all: specs.map { ParsedSpec(spec: $0) })
    return Dictionary(infos.compactMap { info in info.source.map { (info.id, $0.evr) } }) { first, _ in first
    }
  }
}
