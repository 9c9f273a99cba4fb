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
    /// Whether lines that follow still belong to it.
    var isOpen = true
    var telling: String { lines[index] }
  }

  /// What explains the failure, of the command that the script ended with if there is anything; scripts go on after
  /// commands whose failure they allow.
  var found: Found? {
    guard let earlier, current?.weight ?? .nothing <= .ending else { return current }
    return earlier.found
  }
  var hint: BuildHint? {
    guard let earlier, current?.weight ?? .nothing <= .ending else { return hints.hint }
    return hints.hint ?? earlier.hint
  }
  private(set) var last: [String] = []
  private var current: Found?
  private var earlier: (found: Found, hint: BuildHint?)?
  private var hints = HintFinder()
  private static let before = 2
  private static let after = 7

  mutating func read(_ line: String, number: Int) {
    read(line, number: number, FailureFinder.weight(of: line))
  }

  mutating func read(_ line: String, number: Int, _ weight: Weight) {
    if FailureFinder.isNextCommand(line) {
      if let current, current.weight > .ending { earlier = (current, hints.hint) }
      current = nil
      hints.next()
    }
    hints.read(line)
    if var found = current, found.isOpen, found.weight > .ending {
      // what rpmbuild says at the end of every failure explains none
      found.isOpen =
        number <= found.number + FailureFinder.after && weight != .ending && !line.isEmpty
        && !line.hasPrefix("+ ")
      if found.isOpen { found.lines.append(line) }
      current = found
    }
    if weight > current?.weight ?? .nothing {
      let context = weight == .ending ? last.suffix(8) : last.suffix(FailureFinder.before)
      current = Found(weight: weight, number: number, lines: context + [line], index: context.count)
    }
    last.append(line)
    if last.count > 12 { last.removeFirst() }
  }

  /// The shell's own trace of a command of the script, which therefore went on. What scripts do when a command has
  /// failed is no going on.
  private static func isNextCommand(_ line: String) -> Bool {
    guard line.hasPrefix("+ ") else { return false }
    let word = line.dropFirst(2).prefix { $0 != " " }
    return !["exit", "false", "return", "cat", "echo", "printf", "RPM_EC=1", "'['", "test", "[["].contains(
      word)
  }

  static func weight(of line: String) -> Weight {
    // one look for most lines of most logs
    guard isTelling(line) else { return .nothing }
    if line.hasPrefix("+ ") || line.hasPrefix("checking ") { return .nothing }
    // a compiler's command, as make shows it
    if line.holds("-Werror") || line.holds("-Wno-error"),
      !isTelling(line.replacing("-Werror", with: "").replacing("-Wno-error", with: ""))
    {
      return .nothing
    }
    if place(in: line) != nil || causes.contains(where: line.holds) { return .cause }
    if line.holds("Bad exit status") || line.holds("RPM build errors") || line.holds("*** ") {
      return .ending
    }
    return .suspect
  }

  private static let tellingWords = [
    "rror", "FAILED", "No such file", "not found", "*** ", "unpackaged", "undefined reference", "Bad exit",
    "Killed", "not ok", "FAIL:", "Unknown ", "annot ", "No space left", "of memory", "bad_alloc",
    "no job control", "not permitted", "ermission denied", "not implemented",
  ]
  private static func isTelling(_ line: String) -> Bool { tellingWords.contains { line.holds($0) } }
  private static let causes = [
    ": fatal error: ", "undefined reference to", "command not found", "configure: error:", "CMake Error",
    "Installed (but unpackaged) file(s) found", "error: File not found: ", "error: Failed build dependencies",
    "error: File must begin with", "error: Bad source", "error: line ", "FAILED at ",
    "Traceback (most recent",
    "error: Bad file", "fg: no job control", "error: Unable to open", "Killed",
  ]

  /// `file:line[:column]: error: …` or rpm's `error: line N: …`.
  static func place(in line: String) -> (file: String?, line: Int)? {
    if line.hasPrefix("error: line ") {
      let digits = line.dropFirst("error: line ".count).prefix { $0.isNumber }
      return Int(digits).map { (nil, $0) }
    }
    guard let range = line.place(of: "error: ") else { return nil }
    let parts = line[..<range.lowerBound].split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, let number = Int(parts[1]), !parts[0].isEmpty, !parts[0].contains(" ") else {
      return nil
    }
    return (String(parts[0]), number)
  }
}
