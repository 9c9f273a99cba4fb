import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Puts the templates of a plan, filled, into a macro folder that has everything else.
struct MacroFilling {
  let plan: MacroPlan
  let folder: FilePath
  let arch: String
  let defines: [String: String]

  func run() async throws -> [SpecFinding] {
    var findings: [SpecFinding] = []
    var texts: [SpecLocation: MacroTemplate] = [:]
    // sorted: what one finds does not depend on what another one put there, all see the folder as it is now
    let templates = plan.files.filter { $0.filler != nil }
    for spec in Set(templates.compactMap(\.filler)).sorted() {
      do { texts[spec] = MacroTemplate(spec: spec, text: try await expanded(spec)) } catch {
        findings.append(
          SpecFinding(
            rule: "macro-template", file: spec.path, line: 0,
            message: "its macro files are taken as they are: \(error.message)"))
      }
    }
    for template in templates {
      guard let name = template.from.lastComponent?.string, let spec = template.filler else { continue }
      let text = try await MacroTemplate.fill(
        template.from, with: texts[spec]?.expressions(for: name) ?? [])
      for (line, word) in MacroTemplate.unfilled(text) {
        findings.append(
          SpecFinding(
            rule: "macro-template", file: "\(spec.directory)/\(name)", line: line,
            message: "nothing in \(spec.id).spec puts a value in the place of \(word)"))
      }
      try text.write(to: URL(filePath: folder.appending(template.place).string))
    }
    return findings
  }

  /// The spec as rpm expands it, where specs are parsed.
  private func expanded(_ spec: SpecLocation) async throws(SpecsError) -> String {
    let words =
      ["rpmspec", "-P"]
      + defines.sorted { $0.key < $1.key }.flatMap { ["--define", "\($0.key) \($0.value)"] }
      + ["--define", "_sourcedir \(WorkerSandbox.place)/\(spec.directory)", "--target", "\(arch)-linux"]
      + ["\(WorkerSandbox.place)/\(spec.path)"]
    let sandbox = WorkerSandbox(tree: plan.tree.string, macros: folder.string)
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
