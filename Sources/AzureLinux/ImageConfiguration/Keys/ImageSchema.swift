/// The JSON Schema of an image configuration or a package list, for editors: made from the tables that the decoder
/// works by. It wants keys in upstream's spelling, although the decoder takes any case, and has the shape only: `azl-dev
/// image check` knows how values fit together.
package struct ImageSchema: Encodable, Sendable {
  private let value: JSONValue

  package init(_ object: ImageObject) {
    let title = object.name == "Configuration" ? "image configuration" : object.name.lowercased()
    var definitions: [String: JSONValue] = [:]
    for object in ImageObject.all { definitions[object.name] = Self.schema(of: object) }
    value = .object([
      "$schema": .string("https://json-schema.org/draft/2020-12/schema"),
      "title": .string("Azure Linux \(title)"), "$ref": Self.reference(to: object)["$ref"] ?? .null,
      "$defs": .object(definitions),
    ])
  }

  package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

  private static func schema(of object: ImageObject) -> JSONValue {
    var properties: [String: JSONValue] = [:]
    for key in object.keys {
      var property = schema(of: key.value)
      property["description"] = .string(key.meaning)
      properties[key.name] = .object(property)
    }
    return .object([
      "type": .array([.string("object"), .string("null")]), "properties": .object(properties),
      "patternProperties": .object(["^_": .object([:])]), "additionalProperties": .bool(false),
    ])
  }

  private static func reference(to object: ImageObject) -> [String: JSONValue] {
    ["$ref": .string("#/$defs/\(object.name.replacing(" ", with: "%20"))")]
  }

  private static func schema(of value: ImageValue) -> [String: JSONValue] {
    switch value {
    case .text(let standard):
      ["type": types("string")].merging(with(standard)) { $1 }
    case .word(let words, let standard, _):
      ["enum": .array(words.map(JSONValue.string) + [.null])].merging(with(standard)) { $1 }
    case .known(let words): ["type": types("string"), "examples": .array(words.map(JSONValue.string))]
    case .flag(let standard): ["type": types("boolean"), "default": .bool(standard)]
    case .whole: ["type": types("integer"), "minimum": .integer(0)]
    case .integer: ["type": types("integer")]
    case .list(let element): ["type": types("array"), "items": .object(schema(of: element))]
    case .object(let object), .optional(let object): reference(to: object)
    case .texts:
      ["type": types("object"), "additionalProperties": .object(["type": .string("string")])]
    case .places(let object):
      ["type": types("object"), "additionalProperties": places(object)]
    }
  }

  private static func with(_ standard: String?) -> [String: JSONValue] {
    standard.map { $0.isEmpty ? [:] : ["default": .string($0)] } ?? [:]
  }

  private static func places(_ object: ImageObject) -> JSONValue {
    let path: JSONValue = .object(["type": .string("string"), "minLength": .integer(1)])
    let whole: JSONValue = .object(
      reference(to: object).merging([
        "type": .string("object"), "required": .array([.string(object.keys[0].name)]),
        "properties": .object([object.keys[0].name: path]),
      ]) { $1 })
    let one: JSONValue = .object(["anyOf": .array([path, whole])])
    let list: JSONValue = .object(["type": .string("array"), "items": one, "minItems": .integer(1)])
    return .object(["anyOf": .array([path, whole, list])])
  }

  /// `null` is as good as nothing to the decoder.
  private static func types(_ name: String) -> JSONValue { .array([.string(name), .string("null")]) }
}
