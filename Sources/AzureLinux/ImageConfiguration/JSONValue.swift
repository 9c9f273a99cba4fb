import Foundation

/// JSON as it stands, so that keys can be compared without case and unknown ones noticed.
enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// nil and why when `data` is not JSON. A byte order mark is accepted.
  static func parse(_ data: Data) -> Result<JSONValue, JSONSyntaxError> {
    let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    do {
      return .success(try JSONDecoder().decode(JSONValue.self, from: Data(bytes)))
    } catch DecodingError.dataCorrupted(let context) {
      let detail = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
      return .failure(JSONSyntaxError(cause: detail ?? context.debugDescription))
    } catch {
      return .failure(JSONSyntaxError(cause: String(describing: error)))
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

  /// What Go's zero values are; such a value asks for nothing.
  var isNeutral: Bool {
    switch self {
    case .null, .bool(false), .integer(0), .string(""), .array([]): true
    case .object(let values): values.values.allSatisfy(\.isNeutral)
    default: false
    }
  }
}

struct JSONSyntaxError: Error { var cause: String }
