/// The JSON Schema of an image configuration or a package list, for editors: made from the tables that the decoder
/// works by. It wants keys in upstream's spelling, although the decoder takes any case, and has the shape only: `azl-dev
/// image check` knows how values fit together.
package struct ImageSchema: Encodable, Sendable {
  private let value: JSONValue

  package init(_ object: ImageObject) {
    guard case .object(var schema) = Self.schema(of: object) else {
      preconditionFailure("because it is made here")
    }
    schema["$schema"] = .string("https://json-schema.org/draft/2020-12/schema")
    schema["title"] = .string(
      "Azure Linux \(object.name.lowercased()) \(object.name == "Configuration" ? "of an image" : "file")")
    value = .object(schema)
  }

  package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

  private static func schema(of object: ImageObject) -> JSONValue {
    var properties: [String: JSONValue] = [:]
    for key in object.keys {
      guard case .object(var schema) = schema(of: key.value) else { continue }
      schema["description"] = .string(key.meaning)
      properties[key.name] = .object(schema)
    }
    return .object([
      "type": .array([.string("object"), .string("null")]), "properties": .object(properties),
      "patternProperties": .object(["^_": .object([:])]), "additionalProperties": .bool(false),
    ])
  }

  private static func schema(of value: ImageValue) -> JSONValue {
    switch value {
    case .text(nil): .object(["type": types("string")])
    case .text(let standard?):
      .object(
        ["type": types("string")].merging(standard.isEmpty ? [:] : ["default": .string(standard)]) { $1 })
    case .word(let words, let standard, _):
      .object(
        ["enum": .array(words.map(JSONValue.string) + [.null])]
          .merging(standard.isEmpty ? [:] : ["default": .string(standard)]) { $1 })
    case .known(let words):
      .object(["type": types("string"), "examples": .array(words.map(JSONValue.string))])
    case .flag(let standard): .object(["type": types("boolean"), "default": .bool(standard)])
    case .whole: .object(["type": types("integer"), "minimum": .integer(0)])
    case .integer: .object(["type": types("integer")])
    case .list(let element): .object(["type": types("array"), "items": schema(of: element)])
    case .object(let object), .optional(let object): schema(of: object)
    case .texts:
      .object(["type": types("object"), "additionalProperties": .object(["type": .string("string")])])
    case .places(let object):
      .object(["type": types("object"), "additionalProperties": places(object)])
    }
  }

  private static func places(_ object: ImageObject) -> JSONValue {
    let one: JSONValue = .array([
      .object(["type": .string("string"), "minLength": .integer(1)]), schema(of: object),
    ])
    return .object([
      "anyOf": .array([
        .object(["anyOf": one]),
        .object(["type": .string("array"), "items": .object(["anyOf": one]), "minItems": .integer(1)]),
      ])
    ])
  }

  /// `null` is as good as nothing to the decoder.
  private static func types(_ name: String) -> JSONValue { .array([.string(name), .string("null")]) }
}
