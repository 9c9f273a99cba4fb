import AzureLinux
import Foundation
import SystemPackage

/// Expands the specs that fill templates, where specs are parsed but with the macros of a base. Its one worker starts
/// with the first of them and stays, as the next save of one waits for it.
package actor SpecExpander {
  let tree: FilePath
  private let program: String
  private let arch: String
  private let defines: [String: String]
  private var current: (base: Digest, pool: SpecParserPool)?

  /// - Parameters:
  ///   - program: azl-rpm-worker.
  ///   - defines: with which specs are parsed; templates are filled with values of specs.
  package init(program: String, tree: FilePath, arch: String, defines: [String: String]) {
    self.program = program
    self.tree = tree
    self.arch = arch
    self.defines = defines
  }

  /// What decides, beside spec and base, how a spec is expanded.
  nonisolated var identity: [String] {
    [arch] + defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
  }

  func expand(_ spec: SpecLocation, with base: MacroBase) async throws -> String {
    if current?.base != base.key {
      let old = current
      current = (
        base.key,
        SpecParserPool(
          .init(
            arch: arch, defines: defines,
            sandbox: WorkerSandbox(program: program, tree: tree.string, macros: base.path.string), workers: 1)
        )
      )
      await old?.pool.stop()
    }
    guard let pool = current?.pool else { return "" }
    return try await pool.expand(spec)
  }

  /// Ends the worker; the next expansion starts a new one.
  package func stop() async { await current?.pool.stop() }
}
