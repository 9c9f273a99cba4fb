/// A command line of `make`: targets, and variables with their values.
package struct MakeWords: Hashable, Sendable {
  package var targets: [String] = []
  package var values: [String: String] = [:]

  /// - Parameter words: `NAME=value`, targets, and those options of make that scripts give and that mean nothing here.
  package init(_ words: [String]) throws(MakeError) {
    for word in words {
      if word.hasPrefix("-") {
        let isNothing = word.prefixMatch(of: /-j[0-9]*$/) != nil || Self.ignored.contains(word)
        guard isNothing else { throw .option(word) }
      } else if let equals = word.firstIndex(of: "=") {
        let name = String(word[..<equals])
        guard MakeVariable.named(name) != nil else {
          throw .unknownVariable(
            name, nearest: nearestNames(to: name, in: MakeVariable.all.map(\.name)))
        }
        values[name] = word[word.index(after: equals)...].trimmed
      } else {
        guard MakeTarget.find(word) != nil else {
          throw .unknownTarget(word, nearest: nearestNames(to: word, in: MakeTarget.all.map(\.name)))
        }
        targets.append(word)
      }
    }
  }

  private static let ignored: Set = ["-s", "--silent", "--quiet", "--no-print-directory"]

  /// The words of a value.
  package static func list(_ value: String) -> [String] {
    value.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
  }

  package func list(_ name: String) -> [String] { values[name].map(Self.list) ?? [] }
  package func isSet(_ name: String) -> Bool { !(values[name] ?? "").isEmpty }
  package func isYes(_ name: String) -> Bool { values[name] == "y" }
  package func isNo(_ name: String) -> Bool { values[name] == "n" }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

package enum MakeError: Failure, Equatable {
  case option(String)
  case unknownVariable(String, nearest: [String])
  case unknownTarget(String, nearest: [String])
  case value(name: String, value: String, wanted: String)
  case refusedVariable(name: String, value: String, because: String, next: String?)
  case laterVariable(name: String, MakeOwner)
  case refusedTarget(String, because: String, next: String?)
  case laterTarget(String, MakeOwner)
  case missing(target: String, variable: String, wanted: String)
  case contradiction(String, String, because: String)
  case severalReports

  package var message: String {
    switch self {
    case .option(let word): "\"\(word)\" is no option of azl-dev make"
    case .unknownVariable(let name, _): "there is no variable \(name)"
    case .unknownTarget(let name, _): "there is no target \"\(name)\""
    case .value(let name, let value, let wanted): "\(name)=\(value): the value has to be \(wanted)"
    case .refusedVariable(let name, let value, let because, _): "\(name)=\(value) is refused: \(because)"
    case .laterVariable(let name, let owner):
      "\(name) belongs to \(owner.rawValue), which azl-dev has not yet"
    case .refusedTarget(let name, let because, _): "\(name) is refused: \(because)"
    case .laterTarget(let name, let owner): "\(name) belongs to \(owner.rawValue), which azl-dev has not yet"
    case .missing(let target, let variable, let wanted): "\(target) needs \(variable)=\(wanted)"
    case .contradiction(let one, let other, let because): "\(one) and \(other): \(because)"
    case .severalReports: "--json prints one report, and these targets have several"
    }
  }

  package var nextStep: String? {
    switch self {
    case .unknownVariable(_, let nearest), .unknownTarget(_, let nearest):
      nearest.isEmpty
        ? "azl-dev make help lists them" : "did you mean \(nearest.joined(separator: " or "))?"
    case .refusedVariable(_, _, _, let next), .refusedTarget(_, _, let next): next
    case .laterVariable(_, let owner), .laterTarget(_, let owner): owner.untilThen
    case .severalReports: "name one target at a time"
    case .option: "NAME=value sets a variable; azl-dev make --help has the options"
    case .value, .missing, .contradiction: nil
    }
  }
  package var exitCode: ExitCode { .invalidInput }
}
