import Foundation

/// JSON as it stands, so that keys can be compared without case and unknown ones noticed.
enum JSONValue: Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  /// Has a fraction or an exponent, or is too large.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// UTF-8 without a byte order mark, as upstream's reader wants it; of a key that is given twice the last counts, as
  /// there.
  static func parse(_ data: Data) -> Result<JSONValue, JSONSyntaxError> {
    // the library would guess the encoding
    if data.starts(with: [0xEF, 0xBB, 0xBF]) {
      return .failure(JSONSyntaxError(cause: "it begins with a byte order mark"))
    }
    if data.contains(0) { return .failure(JSONSyntaxError(cause: "it is not UTF-8")) }
    do {
      let whole = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
      if let line = lineOfTrailingComma(String(decoding: data, as: UTF8.self)) {
        return .failure(JSONSyntaxError(cause: "a comma with nothing after it in line \(line)"))
      }
      return .success(JSONValue(whole))
    } catch {
      let detail = (error as NSError).userInfo["NSDebugDescription"] as? String
      return .failure(JSONSyntaxError(cause: detail ?? error.localizedDescription))
    }
  }

  /// The library lets commas through that have nothing after them; upstream's reader and jq do not. Text in quotes is
  /// matched first, so that commas in it are none.
  private static func lineOfTrailingComma(_ text: String) -> Int? {
    let comma = text.matches(of: /"(?:[^"\\]|\\.)*"|,\s*[}\]]/).first { $0.output.first == "," }
    return comma.map { match in 1 + text[..<match.range.lowerBound].count(where: \.isNewline) }
  }

  private init(_ any: Any) {
    switch any {
    case is NSNull: self = .null
    case let text as String: self = .string(text)
    case let list as [Any]: self = .array(list.map(JSONValue.init))
    case let members as [String: Any]: self = .object(members.mapValues(JSONValue.init))
    case let number as NSNumber:
      switch String(cString: number.objCType) {
      case "c", "B": self = .bool(number.boolValue)
      case "d", "f": self = .number(number.doubleValue)
      // beyond Int
      case "Q" where number.uint64Value > UInt64(Int.max): self = .number(number.doubleValue)
      default: self = .integer(number.intValue)
      }
    default: self = .null
    }
  }

  /// For "expected …, found …".
  var summary: String {
    switch self {
    case .null: "null"
    case .bool(let value): String(value)
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .string(let value): "\"\(value)\""
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension JSONValue: Encodable {
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}

struct JSONSyntaxError: Error { var cause: String }
