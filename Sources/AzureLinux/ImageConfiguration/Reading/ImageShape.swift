/// Holds JSON against the tables: what is not as they say becomes a finding, and what comes out has each key of them,
/// with the value that stands for a missing one. So the values decode whatever was found.
struct ImageShape {
  let findings: FindingList

  /// Keys are compared without case, as upstream does; the one that is written alike goes first. Those that begin with
  /// `_` are comments.
  func read(_ value: JSONValue, as object: ImageObject, at path: String) -> JSONValue {
    let members: [String: JSONValue]
    switch value {
    case .object(let given): members = given
    case .null: members = [:]
    default:
      findings.add(.type, path, "expected an object, found \(value.summary)")
      members = [:]
    }
    var left = members.filter { !$0.key.hasPrefix("_") }
    var read: [String: JSONValue] = [:]
    for key in object.keys {
      let names = left.keys.filter { $0.lowercased() == key.name.lowercased() }.sorted()
      if names.count > 1 {
        findings.add(
          .repeatedKey, place(path, key.name),
          "is given as \(names.joined(separator: " and ")); which counts depends on their order")
      }
      let name = names.contains(key.name) ? key.name : names.first
      read[key.name] =
        name.flatMap { left[$0] }.map { given($0, as: key.value, at: place(path, name ?? key.name)) }
        ?? standard(key.value)
      for name in names { left[name] = nil }
    }
    for name in left.keys.sorted() {
      let place = place(path, name)
      if let instead = object.former.first(where: { $0.key.lowercased() == name.lowercased() })?.value {
        findings.add(.formerKey, place, "is ignored: \(instead)")
      } else {
        let nearest = nearestNames(to: name, in: object.keys.map(\.name)).first
        findings.add(
          .unknownKey, place,
          "is not a known key and is ignored" + (nearest.map { "; did you mean \($0)?" } ?? ""))
      }
    }
    return .object(read)
  }

  /// `null` as the value of a key is no value.
  private func given(_ value: JSONValue, as kind: ImageValue, at path: String) -> JSONValue {
    value == .null ? standard(kind) : checked(value, as: kind, at: path)
  }

  private func checked(_ value: JSONValue, as kind: ImageValue, at path: String) -> JSONValue {
    switch (kind, value) {
    case (.text, .string), (.flag, .bool), (.integer, .integer): return value
    case (.whole, .integer(let number)) where number >= 0: return value
    case (.word(let words, let standard, let isTrimmed), .string(let text)):
      let word = isTrimmed ? trimmed(text) : text
      if words.contains(word) { return .string(word) }
      let shown = words.filter { !$0.isEmpty }
      let nearest = nearestNames(to: word, in: shown).first
      findings.add(
        .word, path,
        "expected \(shown.count > 1 ? "one of " : "")\(shown.joined(separator: ", ")); found \"\(text)\""
          + (nearest.map { ", did you mean \($0)?" } ?? ""))
      return .string(words.contains(standard) ? standard : words[0])
    case (.known(let words), .string(let text)):
      if !text.isEmpty, !words.contains(text) {
        findings.add(
          .notMakeable, path, "nothing can be made of \"\(text)\"; known are \(words.joined(separator: ", "))"
        )
      }
      return value
    case (.list(let element), .array(let values)):
      return .array(
        values.enumerated().map { index, value in
          // in a list null is an empty value, which then has to do
          checked(value == .null ? empty(element) : value, as: element, at: "\(path)[\(index)]")
        })
    case (.object(let object), .object), (.optional(let object), .object):
      return read(value, as: object, at: path)
    case (.texts, .object(let members)): return texts(members, at: path)
    case (.places(let object), .object(let members)):
      return .object(
        Dictionary(
          uniqueKeysWithValues: members.map { source, value in
            (source, places(value, object, at: "\(path)[\"\(source)\"]"))
          }))
    default:
      findings.add(.type, path, "expected \(kind.noun), found \(value.summary)")
      return standard(kind)
    }
  }

  /// Upstream's decoder wants text of comments too, because they lie among names.
  private func texts(_ members: [String: JSONValue], at path: String) -> JSONValue {
    var read: [String: JSONValue] = [:]
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      let text = checked(value == .null ? .string("") : value, as: .text(), at: place(path, name))
      if !name.hasPrefix("_") { read[name] = text }
    }
    return .object(read)
  }

  private func places(_ value: JSONValue, _ object: ImageObject, at path: String) -> JSONValue {
    let isList = if case .array = value { true } else { false }
    let values = if case .array(let list) = value { list } else { [value] }
    return .array(
      values.enumerated().map { index, value in
        let place = isList ? "\(path)[\(index)]" : path
        switch value {
        case .string(let text):
          return read(.object([object.keys[0].name: .string(text)]), as: object, at: place)
        case .object, .null: return read(value, as: object, at: place)
        default:
          findings.add(
            .type, place, "expected a path, an object with a path, or a list of them; found \(value.summary)")
          return read(.null, as: object, at: place)
        }
      })
  }

  private func standard(_ kind: ImageValue) -> JSONValue {
    switch kind {
    case .text(let text?): .string(text)
    case .text(nil), .optional: .null
    case .word(_, let word, _): .string(word)
    case .known: .string("")
    case .flag(let flag): .bool(flag)
    case .whole, .integer: .integer(0)
    case .list: .array([])
    case .object(let object): read(.object([:]), as: object, at: "")
    case .texts, .places: .object([:])
    }
  }

  private func empty(_ kind: ImageValue) -> JSONValue {
    switch kind {
    case .text, .word, .known: .string("")
    case .object: .object([:])
    default: standard(kind)
    }
  }

  private func place(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func trimmed(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

extension ImageValue {
  /// For "expected …, found …".
  var noun: String {
    switch self {
    case .text, .word, .known: "text"
    case .flag: "true or false"
    case .whole: "a whole number, 0 or more"
    case .integer: "a whole number"
    case .list: "a list"
    case .object, .optional: "an object"
    case .texts: "an object of texts"
    case .places: "an object of paths"
    }
  }
}
