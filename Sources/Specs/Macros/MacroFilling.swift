import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The templates of one spec, filled.
struct MacroFilling: Codable {
  var files: [MacroPlan.File] = []
  var findings: [SpecFinding] = []
}

/// Fills templates where everything else that specs may read is laid.
struct MacroFiller {
  let tree: FilePath
  /// Without templates: what one finds does not depend on what another one puts there.
  let base: MacroBase
  let arch: String
  let defines: [String: String]
  /// Made once per content below this folder.
  let store: FilePath
  let scratch: FilePath

  func fill(_ filler: MacroPlan.Filler) async throws -> MacroFilling {
    let key = Digest.of(
      (["filled 1", base.key.hex, arch] + defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        + filler.identity).joined(separator: "\n"))
    let kept = store.appending("filled-\(key.hex)")
    if let data = FileManager.default.contents(atPath: kept.string),
      let known = try? PropertyListDecoder().decode(MacroFilling.self, from: data)
    {
      return known
    }
    let made = try await make(filler)
    // rpm has read the spec by its path: one that was written since has been filled, but not under this key
    if try MacroPlan.read(tree.appending(filler.spec.path)) == filler.text {
      try AtomicFile.write(PropertyListEncoder().encode(made), to: kept, isDurable: false)
    }
    return made
  }

  private func make(_ filler: MacroPlan.Filler) async throws -> MacroFilling {
    let spec = filler.spec
    var filling = MacroFilling()
    var template: MacroTemplate?
    do { template = MacroTemplate(spec: spec, text: try await expanded(spec)) } catch {
      filling.findings.append(
        SpecFinding(
          rule: "macro-template", file: spec.path, line: 0,
          message: "its macro files are taken as they are: \(error.message)"))
    }
    for file in filler.templates {
      try file.write(below: scratch)
      var filled = file
      filled.data = try await MacroTemplate.fill(
        scratch.appending(file.place), with: template?.expressions(for: file.name) ?? [])
      for (line, word) in MacroTemplate.unfilled(filled.data) {
        filling.findings.append(
          SpecFinding(
            rule: "macro-template", file: "\(spec.directory)/\(file.name)", line: line,
            message: "nothing in \(spec.id).spec puts a value in the place of \(word)"))
      }
      filling.files.append(filled)
    }
    return filling
  }

  /// The spec as rpm expands it, where specs are parsed.
  private func expanded(_ spec: SpecLocation) async throws(SpecsError) -> String {
    let words =
      ["rpmspec", "-P"]
      + defines.sorted { $0.key < $1.key }.flatMap { ["--define", "\($0.key) \($0.value)"] }
      + ["--define", "_sourcedir \(WorkerSandbox.place)/\(spec.directory)", "--target", "\(arch)-linux"]
      + ["\(WorkerSandbox.place)/\(spec.path)"]
    let sandbox = WorkerSandbox(tree: tree.string, macros: base.path.string)
    do {
      let result = try await Command(sandbox.command(words)).run()
      guard result.isSuccess else {
        throw SpecsError.macros(package: spec.id, reason: result.errorText)
      }
      return result.text
    } catch let error as SpecsError {
      throw error
    } catch {
      throw SpecsError.macros(package: spec.id, reason: "\(error)")
    }
  }
}
