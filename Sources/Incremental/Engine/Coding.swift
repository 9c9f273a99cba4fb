import AzureLinux
import Foundation
import Storage

/// Values and keys are JSON with sorted keys, so that equal values have equal digests in every process.
enum Coding {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    try JSONDecoder().decode(type, from: data)
  }
}

extension Rule {
  package var key: Key {
    get throws {
      Key(kind: Self.kind, parameters: String(decoding: try Coding.encode(self), as: UTF8.self))
    }
  }
}
