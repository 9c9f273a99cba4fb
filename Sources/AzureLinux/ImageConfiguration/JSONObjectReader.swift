/// Reads one JSON object key by key, without case as upstream does. What was asked for is what is known: `finish`
/// reports every other key. Keys that begin with `_` are comments.
final class JSONObjectReader {
  let path: String
  private let findings: FindingList
  private let members: [String: (key: String, value: JSONValue)]
  private var known: [String] = []

  init(_ object: [String: JSONValue], path: String, findings: FindingList) {
    self.path = path
    self.findings = findings
    var members: [String: (key: String, value: JSONValue)] = [:]
    for (key, value) in object.sorted(by: { $0.key < $1.key }) where !key.hasPrefix("_") {
      if members.updateValue((key, value), forKey: key.lowercased()) != nil {
        findings.add(path.isEmpty ? key : "\(path).\(key)", .repeatedKey)
      }
    }
    self.members = members
  }

  func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
  func invalid(_ key: String, _ rule: String) { findings.add(place(key), .invalid(rule)) }
  func notSupported(_ key: String) { findings.add(place(key), .notSupported) }

  /// The value of a key; nil when it is missing or null.
  func value(_ key: String) -> JSONValue? {
    known.append(key)
    let value = members[key.lowercased()]?.value
    return value == .null ? nil : value
  }

  func string(_ key: String) -> String? {
    switch value(key) {
    case nil: return nil
    case .string(let text): return text
    case let other?:
      invalid(key, "expected text, found \(other.summary)")
      return nil
    }
  }

  /// Text that must be there and not blank.
  func required(_ key: String) -> String {
    if members[key.lowercased()] == nil { invalid(key, "is required") }
    let text = string(key)
    if let text, text.allSatisfy(\.isWhitespace) { invalid(key, "must not be blank") }
    return text ?? ""
  }

  func bool(_ key: String, default fallback: Bool = false) -> Bool {
    switch value(key) {
    case nil: return fallback
    case .bool(let value): return value
    case let other?:
      invalid(key, "expected true or false, found \(other.summary)")
      return fallback
    }
  }

  func integer(_ key: String) -> Int {
    switch value(key) {
    case nil: return 0
    case .integer(let number) where number >= 0: return number
    case let other?:
      invalid(key, "expected a whole number of MiB, found \(other.summary)")
      return 0
    }
  }

  /// A number that upstream writes as text.
  func decimal(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = string(key), !text.isEmpty else { return nil }
    guard let number = Int(text), range.contains(number) else {
      invalid(
        key, "expected a number from \(range.lowerBound) to \(range.upperBound) as text, found \"\(text)\"")
      return nil
    }
    return number
  }

  /// One of an enumeration's words; an empty text is a missing value.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of: Choice.Type, alsoUpstream: [String] = []
  ) -> Choice? where Choice.RawValue == String {
    guard let text = string(key), !text.isEmpty else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    if alsoUpstream.contains(text) {
      findings.add("\(place(key)) \"\(text)\"", .notSupported)
    } else {
      let words = Choice.allCases.map(\.rawValue) + alsoUpstream
      invalid(key, "expected one of \(words.joined(separator: ", ")); found \"\(text)\"")
    }
    return nil
  }

  func elements(_ key: String) -> [(place: String, value: JSONValue)] {
    switch value(key) {
    case nil: return []
    case .array(let values): return values.enumerated().map { ("\(place(key))[\($0.offset)]", $0.element) }
    case let other?:
      invalid(key, "expected a list, found \(other.summary)")
      return []
    }
  }

  func strings(_ key: String) -> [String] {
    elements(key).compactMap { place, value in
      guard case .string(let text) = value, !text.allSatisfy(\.isWhitespace) else {
        findings.add(place, .invalid("expected text that is not blank, found \(value.summary)"))
        return nil
      }
      return text
    }
  }

  /// Reads each object of a list, and reports the keys that `body` did not ask for.
  func objects<Value>(_ key: String, _ body: (JSONObjectReader) -> Value) -> [Value] {
    elements(key).compactMap { place, value in
      guard case .object(let object) = value else {
        findings.add(place, .invalid("expected an object, found \(value.summary)"))
        return nil
      }
      return JSONObjectReader(object, path: place, findings: findings).read(body)
    }
  }

  func object<Value>(_ key: String, _ body: (JSONObjectReader) -> Value) -> Value? {
    switch value(key) {
    case nil: return nil
    case .object(let object):
      return JSONObjectReader(object, path: place(key), findings: findings).read(body)
    case let other?:
      invalid(key, "expected an object, found \(other.summary)")
      return nil
    }
  }

  /// Reads an object that is a value of one of `members`.
  func nested<Value>(
    _ object: [String: JSONValue], at key: String, _ body: (JSONObjectReader) -> Value
  ) -> Value {
    JSONObjectReader(object, path: place(key), findings: findings).read(body)
  }

  /// Members of an object whose keys are names chosen by the author, sorted.
  func members(_ key: String) -> [(name: String, value: JSONValue)] {
    switch value(key) {
    case nil: return []
    case .object(let object):
      return object.filter { !$0.key.hasPrefix("_") }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    case let other?:
      invalid(key, "expected an object, found \(other.summary)")
      return []
    }
  }

  /// Upstream keys that are not acted on; a value that asks for nothing is let through.
  func notYet(_ keys: String..., neutral: [JSONValue] = []) {
    for key in keys {
      if let value = value(key), !value.isNeutral, !neutral.contains(value) { notSupported(key) }
    }
  }

  func read<Value>(_ body: (JSONObjectReader) -> Value) -> Value {
    let value = body(self)
    finish()
    return value
  }

  func finish() {
    let names = Set(known.map { $0.lowercased() })
    for (lowered, member) in members.sorted(by: { $0.key < $1.key }) where !names.contains(lowered) {
      findings.add(place(member.key), .unknownKey(nearest: nearestNames(to: member.key, in: known).first))
    }
  }
}

/// Collects findings of one file while it is read; lives no longer than that call.
final class FindingList {
  let file: String
  private(set) var all: [ImageConfigurationFinding] = []
  init(file: String) { self.file = file }
  func add(_ path: String, _ problem: ImageConfigurationFinding.Problem) {
    all.append(ImageConfigurationFinding(file: file, path: path, problem: problem))
  }
}
