import AzureLinux
import Foundation
import SystemPackage

/// Expands the specs that fill templates, where specs are parsed but with the macros of a base. Its one worker starts
/// with the first of them and stays, as the next save of one waits for it.
package actor SpecExpander {
  package let tree: FilePath
  private let program: String
  private let arch: String
  private let defines: [String: String]
  private let milliseconds: Int
  private var current: (base: Digest, pool: SpecParserPool)?

  /// - Parameters:
  ///   - program: azl-rpm-worker.
  ///   - defines: with which specs are parsed; templates are filled with values of specs.
  ///   - milliseconds: for one spec.
  package init(
    program: String, tree: FilePath, arch: String, defines: [String: String], milliseconds: Int = 30_000
  ) {
    self.program = program
    self.tree = tree
    self.arch = arch
    self.defines = defines
    self.milliseconds = milliseconds
  }

  /// What decides, beside spec and base, how a spec is expanded.
  nonisolated var identity: [String] {
    [arch] + defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
  }

  func expand(_ spec: SpecLocation, with base: MacroBase) async throws -> SpecParserPool.Expansion {
    if let current, current.base == base.key { return try await current.pool.expand(spec) }
    let old = current
    let pool = SpecParserPool(
      .init(
        arch: arch, defines: defines,
        sandbox: WorkerSandbox(program: program, tree: tree.string, macros: base.path.string), workers: 1,
        milliseconds: milliseconds))
    current = (base.key, pool)
    await old?.pool.stop()
    return try await pool.expand(spec)
  }

  /// Ends the worker; the next expansion starts a new one.
  package func stop() async { await current?.pool.stop() }
}
