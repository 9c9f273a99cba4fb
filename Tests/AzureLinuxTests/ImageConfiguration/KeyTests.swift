import Foundation
import Testing

@testable import AzureLinux

/// Every key of the tables, with values that it takes and values that it does not.
@Suite struct ImageKeyTests {
  /// Each key arrives in the value that is made for it, and leaves under its name again.
  @Test func theModelHasEachKeyOfTheTables() throws {
    let configuration = try ImageConfiguration.read(Data(ImageSpecimen.whole.utf8), file: "x").get()
    let encoded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(configuration)) as? NSDictionary
    let given = try JSONSerialization.jsonObject(with: Data(ImageSpecimen.whole.utf8)) as? NSDictionary
    #expect(encoded == given)
  }

  /// The specimen names each key, and each with another value than its default: so the comparison above says something.
  @Test func theSpecimenHasEachKeyOfTheTables() throws {
    guard case .success(let specimen) = JSONValue.parse(Data(ImageSpecimen.whole.utf8)) else {
      return #expect(Bool(false))
    }
    var seen: [String: Set<String>] = [:]
    Self.note(specimen, .configuration, &seen)
    let exempt = [
      "Configuration": ["DefaultSystemConfig"], "SystemConfig": ["IsKickStartBoot"],
      "Package list": ["packages"],
    ]
    for object in ImageObject.all {
      let missing = Set(object.keys.map(\.name)).subtracting(seen[object.name] ?? [])
      #expect(missing == Set(exempt[object.name] ?? []), "\(object.name)")
    }
  }

  private static func note(_ value: JSONValue, _ object: ImageObject, _ seen: inout [String: Set<String>]) {
    guard case .object(let members) = value else { return }
    for key in object.keys {
      guard let value = members[key.name] else { continue }
      let isDefault: Bool =
        switch (key.value, value) {
        case (.text(let text), .string(let given)): text == given
        case (.word(_, let word, _), .string(let given)): word == given
        case (.flag(let flag), .bool(let given)): flag == given
        case (.whole, .integer(let number)), (.integer, .integer(let number)): number == 0
        case (_, .array(let list)): list.isEmpty
        default: false
        }
      if !isDefault { seen[object.name, default: []].insert(key.name) }
      switch (key.value, value) {
      case (.object(let inner), _): note(value, inner, &seen)
      case (.list(.object(let inner)), .array(let values)): for value in values { note(value, inner, &seen) }
      case (.places(let inner), .object(let places)):
        for case .array(let values) in places.values { for value in values { note(value, inner, &seen) } }
      default: break
      }
    }
  }

  /// What a key of each kind takes, and what it does not.
  private static func samples(_ value: ImageValue) -> (good: [String], bad: [(String, ImageRule)]) {
    let noText: [(String, ImageRule)] = [("1", .type), ("true", .type), ("[]", .type), ("{}", .type)]
    switch value {
    case .text: return (["null", "\"x\""], noText)
    case .known(let words):
      return (words.map { "\"\($0)\"" } + ["\"\"", "null"], noText + [("\"other\"", .notMakeable)])
    case .word(let words, _, let isTrimmed):
      let blank: [(String, ImageRule)] =
        isTrimmed ? [] : words.filter { !$0.isEmpty }.map { ("\" \($0)\"", .word) }
      return (words.map { "\"\($0)\"" } + ["null"], noText + blank + [("\"other\"", .word)])
    case .flag: return (["true", "false", "null"], [("1", .type), ("\"true\"", .type), ("{}", .type)])
    case .whole:
      return (
        ["0", "7", "null"],
        [("-1", .type), ("1.5", .type), ("1.0", .type), ("\"1\"", .type), ("true", .type)]
      )
    case .integer: return (["-1", "0", "7", "null"], [("1.5", .type), ("\"1\"", .type), ("false", .type)])
    case .list(let element):
      let inner = samples(element)
      return (
        ["[]", "null"] + inner.good.filter { $0 != "null" }.map { "[\($0)]" },
        [("{}", .type), ("\"x\"", .type)] + inner.bad.map { ("[\($0.0)]", $0.1) }
      )
    case .object, .optional: return (["{}", "null"], [("[]", .type), ("\"x\"", .type), ("1", .type)])
    case .texts:
      return (
        ["{}", "null", "{\"a\": \"b\"}", "{\"_a\": \"b\"}"],
        [("[]", .type), ("{\"a\": 1}", .type), ("{\"_a\": []}", .type)]
      )
    case .places:
      return (
        [
          "{}", "null", "{\"a\": \"/b\"}", "{\"a\": {\"Path\": \"/b\"}}",
          "{\"a\": [\"/b\", {\"path\": \"/c\"}]}",
        ],
        [
          ("[]", .type), ("{\"a\": 1}", .type), ("{\"a\": [[\"/b\"]]}", .type),
          ("{\"a\": {\"Paths\": \"/b\"}}", .unknownKey), ("{\"a\": {\"Path\": 1}}", .type),
        ]
      )
    }
  }

  @Test(arguments: ImageObject.all.map(\.name))
  func eachKeyTakesWhatItsTableSays(name: String) throws {
    let object = try #require(ImageObject.all.first { $0.name == name })
    for key in object.keys {
      let samples = Self.samples(key.value)
      for value in samples.good {
        #expect(shape(object, "{\"\(key.name)\": \(value)}").isEmpty, "\(key.name): \(value)")
      }
      for (value, rule) in samples.bad {
        let findings = shape(object, "{\"\(key.name)\": \(value)}")
        #expect(findings.map(\.rule) == [rule], "\(key.name): \(value)")
        #expect(findings.first?.path.hasPrefix(key.name) == true, "\(key.name): \(value)")
      }
      let typo = shape(object, "{\"\(key.name)s\": null}")
      #expect(typo.map(\.rule) == [.unknownKey] && typo[0].message.contains("did you mean"), "\(key.name)")
      #expect(shape(object, "{\"\(key.name.uppercased())\": null, \"_\(key.name)\": []}").isEmpty)
    }
  }

  private func shape(_ object: ImageObject, _ text: String) -> [ImageFinding] {
    let findings = FindingList(file: "x")
    guard case .success(let value) = JSONValue.parse(Data(text.utf8)) else { return [] }
    _ = ImageShape(findings: findings).read(value, as: object, at: "")
    return findings.all
  }
}
