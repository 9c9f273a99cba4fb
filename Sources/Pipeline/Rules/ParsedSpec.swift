import AzureLinux
import Incremental

/// One spec as the target's rpm reads it.
package struct ParsedSpec: SpecRule {
  package static let kind = "spec"
  package static let version = 2
  package let spec: SpecLocation
  package init(spec: SpecLocation) { self.spec = spec }

  package func compute(_ context: Context<World>) async throws -> SpecInfo {
    _ = try await context.need(SpecTree(spec: spec))
    let macros = try await context.need(MacroSet())
    var info = try await context.world.specs.parse(spec, versions: [:], macros: macros)
    let versions = try await VersionsOfOthers.find(info.reads, for: spec, context)
    if !versions.isEmpty {
      info = try await context.world.specs.parse(spec, versions: versions, macros: macros)
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
    let specs = try await context.need(SpecList()).filter { other in
      other.id != spec.id && names.contains(other.id.replacing("-", with: "_"))
    }
    let infos = try await context.need(all: specs.map { ParsedSpec(spec: $0) })
    return Dictionary(infos.compactMap { info in info.source.map { (info.id, $0.evr) } }) { first, _ in first
    }
  }
}
