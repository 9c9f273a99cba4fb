import Foundation
import Testing

@testable import AzureLinux

/// `schemas/image-configuration.schema.json` and `schemas/package-list.schema.json` are what `image schema` prints, and
/// say what the decoder takes. `AZL_WRITE_DOCS=1 swift test --filter ImageSchema` writes them anew.
@Suite struct ImageSchemaTests {
  private static let schemas = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "schemas")

  @Test(arguments: [
    ("image-configuration", ImageObject.configuration), ("package-list", ImageObject.packageList),
  ])
  func theShippedSchemaIsTheTables(name: String, object: ImageObject) throws {
    let file = Self.schemas.appending(path: "\(name).schema.json")
    let text = try JSONEncoder.snake.encode(ImageSchema(object)) + Data([10])
    if ProcessInfo.processInfo.environment["AZL_WRITE_DOCS"] != nil { try text.write(to: file) }
    #expect(try Data(contentsOf: file) == text)
  }

  /// Wherever the model has a member, the schema has a property of that name, and the other way round.
  @Test func theSchemaAndTheModelAgree() throws {
    let configuration = try ImageConfiguration.read(Data(ImageSpecimen.whole.utf8), file: "x").get()
    guard case .success(let model) = JSONValue.parse(try JSONEncoder().encode(configuration)),
      case .success(let schema) = JSONValue.parse(try JSONEncoder().encode(ImageSchema(.configuration)))
    else { return #expect(Bool(false)) }
    compare(model, schema, "")
  }

  private func compare(_ value: JSONValue, _ schema: JSONValue, _ path: String) {
    guard case .object(let schema) = schema else { return }
    switch value {
    case .array(let values):
      for value in values { if let items = schema["items"] { compare(value, items, "\(path)[]") } }
    case .object(let members):
      guard case .object(let properties)? = schema["properties"] else { return }
      // an optional object that is not there leaves no member
      let names = Set(properties.keys).subtracting(["DefaultSystemConfig"])
      #expect(Set(members.keys) == names, "\(path)")
      for (name, value) in members {
        if let inner = properties[name] { compare(value, inner, "\(path).\(name)") }
      }
    case .string(let text):
      if case .array(let words)? = schema["enum"] { #expect(words.contains(.string(text)), "\(path)") }
    default: break
    }
  }
}
