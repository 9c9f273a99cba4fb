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

  /// A byte order mark is accepted. Of a key that is given twice the last counts, as upstream.
  static func parse(_ data: Data) -> Result<JSONValue, JSONSyntaxError> {
    let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? Data(data.dropFirst(3)) : data
    do {
      return .success(JSONValue(try JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed)))
    } catch {
      let detail = (error as NSError).userInfo["NSDebugDescription"] as? String
      return .failure(JSONSyntaxError(cause: detail ?? error.localizedDescription))
    }
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
      default:
        self =
          Int(exactly: number.uint64Value) != nil || number.int64Value < 0
          ? .integer(number.intValue) : .number(number.doubleValue)
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
