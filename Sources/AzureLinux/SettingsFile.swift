import Foundation
import TOMLKit

package enum SettingsError: Failure, Equatable {
  case syntax(file: String, line: Int, column: Int, reason: String)
  case unknownKey(file: String, line: Int, column: Int, key: String, nearest: String?)
  case wrongKind(file: String, line: Int, key: String, wanted: String)
  case missing(file: String, key: String)
  case noValue(String)
  case unknownOption(String, nearest: [String])

  package var message: String {
    switch self {
    case .noValue(let text): "--set \(text): a key of the configuration and its value are wanted"
    case .unknownOption(let key, _): "--set \(key): there is no such key"
    case .syntax(let file, let line, let column, let reason): "\(file):\(line):\(column): \(reason)"
    case .unknownKey(let file, let line, let column, let key, _):
      "\(file):\(line):\(column): unknown key \"\(key)\""
    case .wrongKind(let file, let line, let key, let wanted):
      "\(file)\(line == 0 ? "" : ":\(line)"): \"\(key)\" must be \(wanted)"
    case .missing(let file, let key): "\(file): \"\(key)\" is missing"
    }
  }
  package var nextStep: String? {
    switch self {
    case .unknownKey(_, _, _, _, let nearest?): "did you mean \"\(nearest)\"?"
    case .noValue: "azl-dev build zip --set build.jobs=2"
    case .unknownOption(_, let nearest):
      nearest.isEmpty
        ? "docs/configuration.md names them" : "did you mean \(nearest.joined(separator: " or "))?"
    default: nil
    }
  }
  package var exitCode: ExitCode { .invalidInput }
}

extension Settings {
  /// Reads the files in order, later ones over earlier ones, then the environment, then what the call sets.
  ///
  /// - Parameters:
  ///   - files: name for errors, and text.
  ///   - set: `key=value`; a list has one value each time.
  package init(
    files: [(name: String, text: String)], environment: [String: String] = [:], set: [String] = []
  ) throws {
    var merged =
      try JSONSerialization.jsonObject(with: JSONEncoder.snake.encode(Settings())) as? [String: Any] ?? [:]
    for (name, text) in files {
      let table: TOMLTable
      do {
        table = try TOMLTable(string: text)
      } catch let error as TOMLParseError {
        throw SettingsError.syntax(
          file: name, line: Int(error.source.begin.line), column: Int(error.source.begin.column),
          reason: error.description)
      }
      let json = Data(table.convert(to: .json).utf8)
      let values = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
      try Self.lay(values, over: &merged, table: "", file: name, text: text)
    }
    for key in SettingsKey.all where key.table != "repository" {
      guard let text = environment[key.variable] else { continue }
      Self.put(
        try Self.value(of: text, for: key, from: "environment", named: key.variable), for: key, into: &merged)
    }
    try Self.lay(set, over: &merged)
    self = try JSONDecoder.snake.decode(Settings.self, from: JSONSerialization.data(withJSONObject: merged))
  }

  private static func lay(
    _ values: [String: Any], over merged: inout [String: Any], table: String, file: String, text: String
  ) throws {
    for name in values.keys.sorted() {
      let path = table.isEmpty ? name : "\(table).\(name)"
      let value = values[name]
      if let key = SettingsKey.named(path) {
        try check(value, key, file: file, text: text)
        merged[name] = value
      } else if table.isEmpty, name == "repository", let entries = value as? [[String: Any]] {
        // repositories are one decision: a file that lists any lists all
        merged[name] = try entries.map { try repository($0, file: file, text: text) }
      } else if table.isEmpty, SettingsKey.all.contains(where: { $0.table == name && name != "repository" }),
        let inner = value as? [String: Any]
      {
        var target = merged[name] as? [String: Any] ?? [:]
        try lay(inner, over: &target, table: name, file: file, text: text)
        merged[name] = target
      } else {
        let known =
          SettingsKey.all.filter { $0.table == table }.map(\.name)
          + (table.isEmpty ? SettingsKey.all.map(\.table).filter { !$0.isEmpty } : [])
        let place = place(of: name, table: table, in: text)
        throw SettingsError.unknownKey(
          file: file, line: place.line, column: place.column, key: path,
          nearest: nearestNames(to: name, in: Set(known)).first)
      }
    }
  }

  private static func repository(_ entry: [String: Any], file: String, text: String) throws -> [String: Any] {
    let settings = RepositorySettings(id: "", url: "")
    var merged =
      try JSONSerialization.jsonObject(with: JSONEncoder.snake.encode(settings)) as? [String: Any] ?? [:]
    try lay(entry, over: &merged, table: "repository", file: file, text: text)
    let addresses = ["url", "mirrorlist", "metalink"].filter { !(merged[$0] as? String ?? "").isEmpty }
    for (name, isThere) in [("id", !(merged["id"] as? String ?? "").isEmpty), ("url", !addresses.isEmpty)]
    where !isThere {
      throw SettingsError.missing(file: file, key: "repository.\(name)")
    }
    // as upstream: what every build root is made of comes before all else
    if entry["priority"] == nil, merged["kind"] as? String == "toolchain" { merged["priority"] = 1 }
    return merged
  }

  private static func check(_ value: Any?, _ key: SettingsKey, file: String, text: String) throws {
    let fits =
      switch key.kind {
      case .text: value is String
      case .number: value is NSNumber && !isFlag(value)
      case .flag: isFlag(value)
      case .list: value is [String]
      case .tests: try tests(value, key, file: file, text: text)
      case .choice(let names): (value as? String).map(names.contains) ?? false
      }
    guard !fits else { return }
    let wanted =
      switch key.kind {
      case .text: "a string"
      case .number: "a number"
      case .flag: "true or false"
      case .list: "a list of strings"
      case .tests: "a list of commands, or of tables with a command or a script"
      case .choice(let names): "one of " + names.joined(separator: ", ")
      }
    throw SettingsError.wrongKind(
      file: file, line: place(of: key.name, table: key.table, in: text).line, key: key.path, wanted: wanted)
  }

  /// Whether each is a command or a table that says what to run and no more than is known.
  private static func tests(_ value: Any?, _ key: SettingsKey, file: String, text: String) throws -> Bool {
    guard let items = value as? [Any] else { return false }
    return try items.allSatisfy { item in
      if item is String { return true }
      guard let table = item as? [String: Any] else { return false }
      for name in table.keys.sorted() where !SmokeSettings.keys.contains(name) {
        let place = place(of: name, table: key.path, in: text)
        throw SettingsError.unknownKey(
          file: file, line: place.line, column: place.column, key: "\(key.path).\(name)",
          nearest: nearestNames(to: name, in: Set(SmokeSettings.keys)).first)
      }
      let texts = ["command", "script", "text", "name"]
      let exit = table["exit"] ?? 0
      return texts.allSatisfy { (table[$0] ?? "") is String } && exit is NSNumber && !isFlag(exit)
        && (table["command"] == nil) != (table["script"] == nil)
    }
  }

  /// Foundation lets 0 and 1 pass as Bool; what the JSON said is in the number's type.
  private static func isFlag(_ value: Any?) -> Bool {
    (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
  }

  private static func put(_ value: Any, for key: SettingsKey, into merged: inout [String: Any]) {
    guard !key.table.isEmpty else {
      merged[key.name] = value
      return
    }
    var table = merged[key.table] as? [String: Any] ?? [:]
    table[key.name] = value
    merged[key.table] = table
  }

  /// What a call sets.
  private static func lay(_ set: [String], over merged: inout [String: Any]) throws {
    var lists: [String: [String]] = [:]
    for text in set {
      guard let equals = text.firstIndex(of: "=") else { throw SettingsError.noValue(text) }
      let (path, value) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
      guard let key = SettingsKey.named(path), key.table != "repository" else {
        let known = SettingsKey.all.filter { $0.table != "repository" }.map(\.path)
        throw SettingsError.unknownOption(path, nearest: nearestNames(to: path, in: known))
      }
      if key.kind == .list || key.kind == .tests {
        lists[path, default: []] += value.isEmpty ? [] : [value]
        put(lists[path] ?? [], for: key, into: &merged)
      } else {
        put(try Self.value(of: value, for: key, from: "--set", named: path), for: key, into: &merged)
      }
    }
  }

  /// - Parameters:
  ///   - source: where it was given, and `name` how it is called there.
  private static func value(
    of text: String, for key: SettingsKey, from source: String, named name: String
  ) throws -> Any {
    switch key.kind {
    case .text: return text
    case .choice(let names):
      guard names.contains(text) else {
        throw SettingsError.wrongKind(
          file: source, line: 0, key: name, wanted: "one of " + names.joined(separator: ", "))
      }
      return text
    case .list, .tests: return text.split(separator: ",").map(String.init)
    case .number:
      guard let number = Int(text) else {
        throw SettingsError.wrongKind(file: source, line: 0, key: name, wanted: "a number")
      }
      return number
    case .flag:
      guard let flag = Bool(text) else {
        throw SettingsError.wrongKind(file: source, line: 0, key: name, wanted: "true or false")
      }
      return flag
    }
  }

  /// Where a key stands: the TOML library tells positions of syntax errors only.
  private static func place(of name: String, table: String, in text: String) -> (line: Int, column: Int) {
    var inside = table.isEmpty
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let bare = line.drop { $0 == " " || $0 == "\t" }
      if bare.hasPrefix("[") {
        let header = bare.filter { !"[] ".contains($0) }
        if table.isEmpty && header == name { return (number + 1, line.count - bare.count + 1) }
        inside = header == table
      } else if inside, bare.hasPrefix(name),
        bare.dropFirst(name.count).drop(while: { $0 == " " }).hasPrefix("=")
      {
        return (number + 1, line.count - bare.count + 1)
      }
    }
    return (1, 1)
  }
}

extension JSONEncoder {
  /// The form of all JSON that azl-dev prints: snake_case, sorted, slashes as they are.
  package static var snake: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return encoder
  }
}

extension JSONDecoder {
  package static var snake: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}
