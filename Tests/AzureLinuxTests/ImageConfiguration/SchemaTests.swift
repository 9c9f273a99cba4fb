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
    let model = try JSONSerialization.jsonObject(with: JSONEncoder().encode(configuration))
    let schema = try JSONSerialization.jsonObject(with: JSONEncoder().encode(ImageSchema(.configuration)))
    let whole = try #require(schema as? [String: Any])
    compare(model, whole, try #require(whole["$defs"] as? [String: [String: Any]]), "")
  }

  private func compare(
    _ value: Any, _ schema: [String: Any], _ definitions: [String: [String: Any]], _ path: String
  ) {
    if let reference = schema["$ref"] as? String {
      let name = reference.replacing("#/$defs/", with: "")
      guard let definition = definitions[name] else { return #expect(Bool(false), "\(reference)") }
      return compare(value, definition, definitions, path)
    }
    switch value {
    case let values as [Any]:
      guard let items = schema["items"] as? [String: Any] else { return }
      for value in values { compare(value, items, definitions, "\(path)[]") }
    case let members as [String: Any]:
      guard let properties = schema["properties"] as? [String: [String: Any]] else { return }
      // an optional object that is not there leaves no member
      #expect(Set(members.keys) == Set(properties.keys).subtracting(["DefaultSystemConfig"]), "\(path)")
      for (name, value) in members {
        if let inner = properties[name] { compare(value, inner, definitions, "\(path).\(name)") }
      }
    case let text as String:
      if let words = schema["enum"] as? [Any] { #expect(words.contains { $0 as? String == text }, "\(path)") }
    default: break
    }
  }
}
