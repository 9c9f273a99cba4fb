import Foundation

/// Reads the log of one stage as it comes and keeps the line that matters: the first of the most telling kind, for
/// what follows it is consequence. Memory does not grow with the log.
struct FailureFinder {
  /// What a line says about a failure; the higher, the more it explains.
  enum Weight: Int, Comparable {
    case nothing, ending, suspect, cause
    static func < (a: Weight, b: Weight) -> Bool { a.rawValue < b.rawValue }
  }

  struct Found {
    var weight: Weight
    var number: Int
    var lines: [String]
    /// Index of the telling line in `lines`.
    var index: Int
    var telling: String { lines[index] }
  }

  private(set) var found: Found?
  private(set) var last: [String] = []
  private(set) var hint: BuildHint?
  private var patch: String?
  private var patched: String?
  private var unpackaged: [String]?
  private static let before = 2
  private static let after = 7

  mutating func read(_ line: String, number: Int) {
    readHint(line)
    if var current = found, number <= current.number + FailureFinder.after, current.weight > .ending {
      current.lines.append(line)
      found = current
    }
    let weight = FailureFinder.weight(of: line)
    if weight > found?.weight ?? .nothing {
      let context = weight == .ending ? last.suffix(8) : last.suffix(FailureFinder.before)
      found = Found(weight: weight, number: number, lines: context + [line], index: context.count)
    }
    last.append(line)
    if last.count > 12 { last.removeFirst() }
  }

  static func weight(of line: String) -> Weight {
    // one look for most lines of most logs
    let isTelling = tellingWords.contains { line.contains($0) }
    guard isTelling else { return .nothing }
    if line.hasPrefix("+ ") || line.hasPrefix("checking ") { return .nothing }
    if place(in: line) != nil || causes.contains(where: line.contains) { return .cause }
    if line.contains("Bad exit status") || line.contains("RPM build errors") || line.contains("*** ") {
      return .ending
    }
    return .suspect
  }

  private static let tellingWords = [
    "rror", "FAILED", "No such file", "not found", "*** ", "unpackaged", "undefined reference", "Bad exit",
    "Killed", "not ok", "FAIL:", "Unknown ", "annot ", "No space left", "of memory", "bad_alloc",
  ]
  private static let causes = [
    ": fatal error: ", "undefined reference to", "command not found", "configure: error:", "CMake Error",
    "Installed (but unpackaged) file(s) found", "error: File not found: ", "error: Failed build dependencies",
    "error: File must begin with", "error: Bad source", "error: line ", "FAILED at ",
    "Traceback (most recent",
    "error: Bad file", "error: Unable to open", "Killed",
  ]

  /// `file:line[:column]: error: …` or rpm's `error: line N: …`.
  static func place(in line: String) -> (file: String?, line: Int)? {
    if line.hasPrefix("error: line ") {
      let digits = line.dropFirst("error: line ".count).prefix { $0.isNumber }
      return Int(digits).map { (nil, $0) }
    }
    guard let range = line.range(of: "error: ") else { return nil }
    let parts = line[..<range.lowerBound].split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let number = Int(parts[1]), !parts[0].isEmpty, !parts[0].contains(" ") else {
      return nil
    }
    return (String(parts[0]), number)
  }

  private mutating func readHint(_ line: String) {
    if let list = unpackaged {
      if line.hasPrefix("   /") {
        unpackaged = list + [line.trimmingCharacters(in: .whitespaces)]
        hint = .unpackagedFiles(list + [line.trimmingCharacters(in: .whitespaces)])
        return
      }
      unpackaged = nil
    }
    // rpm names the patch as it starts with it, patch names the file, then the hunk that does not fit
    if line.hasPrefix("Patch #"), let open = line.firstIndex(of: "(") {
      patch = String(line[line.index(after: open)...].prefix { $0 != ")" })
    } else if line.hasPrefix("+ "), line.hasSuffix(".patch"), let name = line.split(separator: "/").last {
      patch = String(name)
    } else if line.hasPrefix("patching file ") {
      patched = String(line.dropFirst("patching file ".count)).trimmingCharacters(in: ["'"])
    }
    guard hint == nil else { return }
    if line.hasPrefix("Hunk #"), line.contains(" FAILED"), let file = patched,
      let hunk = Int(line.dropFirst("Hunk #".count).prefix { $0.isNumber })
    {
      hint = .patchDoesNotApply(patch: patch, file: file, hunk: hunk)
    } else if line.contains("Installed (but unpackaged) file(s) found") {
      unpackaged = []
    } else if let header = between(line, ": fatal error: ", ": No such file or directory") {
      hint = .missingHeader(header)
    } else if line.hasSuffix(": command not found") {
      let rest = line.dropLast(": command not found".count)
      hint = rest.split(separator: " ").last.map { .missingCommand(String($0)) }
    } else if line.hasPrefix("error: File not found: ") || line.hasPrefix("    File not found: ") {
      let path = line.split(separator: " ").last.map(String.init) ?? ""
      // the path inside the package: after BUILDROOT/<name>/
      let parts = path.components(separatedBy: "/BUILDROOT/")
      let inside = parts.count == 2 ? parts[1].drop { $0 != "/" } : path[...]
      hint = .missingPackagedFile(String(inside))
    }
  }

  private func between(_ line: String, _ start: String, _ end: String) -> String? {
    guard line.hasSuffix(end), let range = line.range(of: start) else { return nil }
    return String(line[range.upperBound...].dropLast(end.count))
  }
}
