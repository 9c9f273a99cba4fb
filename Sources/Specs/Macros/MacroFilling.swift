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

  /// - Returns: what is in the place of the templates, and whether it is of the files that the key names and so holds for
  ///   every later time.
  func fill(_ filler: MacroPlan.Filler) async throws -> (MacroFilling, isLasting: Bool) {
    let key = Digest.of(
      (["filled 2", base.key.hex] + expander.identity + filler.identity).joined(separator: "\n"))
    let kept = store.appending("filled-\(key.hex)")
    if let data = FileManager.default.contents(atPath: kept.string),
      let known = try? PropertyListDecoder().decode(MacroFilling.self, from: data)
    {
      return (known, true)
    }
    let (commands, finding, isLasting) = try await commands(of: filler)
    let made = try await make(filler, commands, finding)
    if isLasting { try AtomicFile.write(PropertyListEncoder().encode(made), to: kept, isDurable: false) }
    return (made, isLasting)
  }

  /// A spec that cannot be expanded fills nothing; one that was not in time may be another day.
  private func commands(
    of filler: MacroPlan.Filler
  ) async throws -> (SedCommands, finding: SpecFinding?, isLasting: Bool) {
    func refused(_ reason: SpecFinding) -> SpecFinding {
      SpecFinding(
        rule: "macro-template", file: reason.file, line: reason.line,
        message: "the macro files of \(filler.spec.id) are taken as they are: \(reason.message)")
    }
    do {
      let expanded = try await expander.expand(filler.spec, with: base)
      let isSame = try isSame(filler, expanded.inputs)
      if let reason = expanded.refusal { return (SedCommands(in: []), refused(reason), isSame) }
      return (SedCommands(in: Array(expanded.text.utf8)), nil, isSame)
    } catch let error as SpecsError where error.exitCode == .invalidInput {
      let reason = SpecFinding(rule: "", file: filler.spec.path, line: 0, message: error.message)
      return (SedCommands(in: []), refused(reason), false)
    }
  }

  /// Whether rpm, which reads by path, read what the plan had read before. Files of other directories are in no key.
  private func isSame(_ filler: MacroPlan.Filler, _ inputs: [String]) throws -> Bool {
    guard try MacroPlan.read(expander.tree.appending(filler.spec.path)) == filler.text else { return false }
    return inputs.allSatisfy { path in
      let (directory, name) = (
        filler.spec.directory + "/", path.split(separator: "/").last.map(String.init) ?? ""
      )
      return path == directory + name && filler.files[name] != nil
        && (try? Digest.of(file: expander.tree.appending(path))) == filler.files[name]
    }
  }

  private func make(
    _ filler: MacroPlan.Filler, _ commands: SedCommands, _ finding: SpecFinding?
  ) async throws -> MacroFilling {
    let spec = filler.spec
    var filling = MacroFilling(findings: finding.map { [$0] } ?? [])
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
