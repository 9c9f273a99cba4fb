import Foundation

/// Reads the lines of one command of a build and knows the well-known causes by what their tools print.
struct HintFinder {
  private(set) var hint: BuildHint?
  private var patch: String?
  private var patched: String?
  private var unpackaged: [String]?
  private var last = ""

  /// Another command of the script: what is known of patches stays, for each patch is a command.
  mutating func next() { hint = nil }

  mutating func read(_ line: String) {
    defer { last = line }
    if let list = unpackaged {
      if line.hasPrefix("   /") {
        unpackaged = list + [line.trimmingCharacters(in: .whitespaces)]
        hint = .unpackagedFiles(list + [line.trimmingCharacters(in: .whitespaces)])
        return
      }
      unpackaged = nil
    }
    readPatch(line)
    guard hint == nil else { return }
    hint = patchFailure(line) ?? files(line) ?? missing(line).map(BuildHint.missing)
    if line.holds("Installed (but unpackaged) file(s) found") {
      unpackaged = []
    } else if line.hasSuffix(": fg: no job control"),
      let start = ["+ %", "+ '%{"].first(where: last.hasPrefix)
    {
      // the shell takes what begins with % for a job
      let name = last.dropFirst(start.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      hint = name.isEmpty ? nil : .undefinedMacro(String(name))
    }
  }

  // MARK: patches

  /// rpm names the patch as it starts with it, patch names the file, then the hunk that does not fit.
  private mutating func readPatch(_ line: String) {
    if line.hasPrefix("Patch #"), let open = line.firstIndex(of: "(") {
      patch = String(line[line.index(after: open)...].prefix { $0 != ")" })
      patched = nil
    } else if line.hasPrefix("+ "), line.hasSuffix(".patch"), let name = line.split(separator: "/").last {
      patch = String(name)
      patched = nil
    } else if line.hasPrefix("patching file ") {
      patched = String(line.dropFirst("patching file ".count)).trimmingCharacters(in: ["'"])
    }
  }

  private func patchFailure(_ line: String) -> BuildHint? {
    if line.hasPrefix("Hunk #"), line.holds(" FAILED"), let file = patched,
      let hunk = Int(line.dropFirst("Hunk #".count).prefix { $0.isNumber })
    {
      return .patchDoesNotApply(patch: patch, file: file, hunk: hunk)
    }
    if let range = line.place(of: "FAILED -- saving rejects to file "), line.hasSuffix(".rej") {
      return .patchDoesNotApply(patch: patch, file: String(line[range.upperBound...].dropLast(4)), hunk: nil)
    }
    if line.hasPrefix("can't find file to patch") {
      return .patchDoesNotApply(patch: patch, file: nil, hunk: nil)
    }
    return nil
  }

  // MARK: files

  private func files(_ line: String) -> BuildHint? {
    guard line.hasPrefix("error: File not found: ") || line.hasPrefix("    File not found: ") else {
      return nil
    }
    let path = line.split(separator: " ").last.map(String.init) ?? ""
    // the path inside the package: after BUILDROOT/<name>/
    let parts = path.components(separatedBy: "/BUILDROOT/")
    let inside = parts.count == 2 ? String(parts[1].drop { $0 != "/" }) : path
    for (folder, directive) in [("/usr/share/licenses/", "license"), ("/usr/share/doc/", "doc")]
    where inside.hasPrefix(folder) {
      // below the folder of the package
      let file = inside.dropFirst(folder.count).drop { $0 != "/" }.dropFirst()
      if !file.isEmpty { return .missingDocument(directive: directive, file: String(file)) }
    }
    return .missingPackagedFile(inside)
  }

  // MARK: what others bring

  private func missing(_ line: String) -> BuildHint.Missing? {
    if let header = between(line, ": fatal error: ", ": No such file or directory") { return .header(header) }
    if line.hasSuffix(": command not found") {
      return line.dropLast(": command not found".count).split(separator: " ").last.map {
        .command(String($0))
      }
    }
    if let name = between(line, "env: '", "': No such file or directory")
      ?? between(
        line, "env: ‘", "’: No such file or directory")
    {
      return name.contains("/") ? nil : .command(name)
    }
    // of make when there is no such program; a file that is missing has its target named besides
    if line.hasPrefix("make"), let name = between(line, ": ", ": No such file or directory"),
      !name.contains(" "), !name.contains("/"), !name.contains(":")
    {
      return .command(name)
    }
    if let name = inside(line, "ERROR: Program '", "'"), line.holds(" not found") { return .command(name) }
    if let name = inside(line, "cannot find -l", ":") ?? inside(line, "cannot find -l", nil) {
      return .library(name)
    }
    if let name = inside(line, "No module named '", "'") {
      return .python(name)
    }
    if let name = inside(line, "Can't locate ", ".pm in @INC") {
      return .perl(name.replacing("/", with: "::"))
    }
    if let name = inside(line, "Could not find a package configuration file provided by \"", "\"") {
      return .cmake(name)
    }
    return pkgconfig(line).map { .pkgconfig($0) }
  }

  private func pkgconfig(_ line: String) -> String? {
    if let name = inside(line, "No package '", "' found") { return name }
    if line.holds(" was not found in the pkg-config search path") {
      return inside(line, "Package ", " was")
    }
    if line.holds(", not found"), line.holds("required by") { return inside(line, "Package '", "'") }
    if line.holds("not found, tried pkgconfig") { return inside(line, "Dependency \"", "\"") }
    return nil
  }

  private func between(_ line: String, _ start: String, _ end: String) -> String? {
    guard line.hasSuffix(end), let range = line.place(of: start) else { return nil }
    return String(line[range.upperBound...].dropLast(end.count))
  }

  /// From `start` to the next `end`, or to the end of the line.
  private func inside(_ line: String, _ start: String, _ end: String?) -> String? {
    guard let range = line.place(of: start) else { return nil }
    let rest = line[range.upperBound...]
    guard let end else { return rest.isEmpty ? nil : String(rest) }
    let text = String(rest)
    return text.place(of: end).map { String(text[..<$0.lowerBound]) }
  }
}
