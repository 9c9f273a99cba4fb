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
  /// Without templates: what one finds does not depend on what another one puts there.
  let base: MacroBase
  let expander: SpecExpander
  /// Made once per content below this folder.
  let store: FilePath
  let scratch: FilePath

  func fill(_ filler: MacroPlan.Filler) async throws -> MacroFilling {
    let key = Digest.of(
      (["filled 2", base.key.hex] + expander.identity + filler.identity).joined(separator: "\n"))
    let kept = store.appending("filled-\(key.hex)")
    if let data = FileManager.default.contents(atPath: kept.string),
      let known = try? PropertyListDecoder().decode(MacroFilling.self, from: data)
    {
      return known
    }
    let (commands, findings, isLasting) = try await commands(of: filler.spec)
    let made = try await make(filler, commands, findings)
    // rpm has read the spec by its path: one that was written since has been filled, but not under this key
    if isLasting, try MacroPlan.read(expander.tree.appending(filler.spec.path)) == filler.text {
      try AtomicFile.write(PropertyListEncoder().encode(made), to: kept, isDurable: false)
    }
    return made
  }

  /// A spec that cannot be expanded fills nothing; one that was not in time may be another day.
  private func commands(
    of spec: SpecLocation
  ) async throws -> (SedCommands, findings: [SpecFinding], isLasting: Bool) {
    func finding(_ line: Int, _ reason: String) -> SpecFinding {
      SpecFinding(
        rule: "macro-template", file: spec.path, line: line,
        message: "its macro files are taken as they are: \(reason)")
    }
    do {
      return (SedCommands(in: Array(try await expander.expand(spec, with: base).utf8)), [], true)
    } catch SpecsError.notExpanded(_, let line, let reason) {
      return (SedCommands(in: []), [finding(line, reason)], true)
    } catch let error as SpecsError where error.exitCode == .invalidInput {
      return (SedCommands(in: []), [finding(0, error.message)], false)
    }
  }

  private func make(
    _ filler: MacroPlan.Filler, _ commands: SedCommands, _ findings: [SpecFinding]
  ) async throws -> MacroFilling {
    let spec = filler.spec
    var filling = MacroFilling(findings: findings)
    for file in filler.templates {
      try file.write(below: scratch)
      var filled = file
      filled.data = try await MacroTemplate.fill(
        scratch.appending(file.place), with: MacroTemplate.expressions(in: commands, for: file.name))
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
}
