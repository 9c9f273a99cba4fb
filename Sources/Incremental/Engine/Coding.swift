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
  package static func encode(_ value: Value) throws -> Data { try Coding.encode(value) }
  package static func decode(_ data: Data) throws -> Value { try Coding.decode(Value.self, from: data) }
}

/// Values of which there are thousands have a form of their own.
extension Rule where Value: Packed {
  package static func encode(_ value: Value) throws -> Data { Data(value.packed) }
  package static func decode(_ data: Data) throws -> Value { try Value(packed: data) }
}

extension Rule {
  package var key: Key {
    get throws {
      Key(kind: Self.kind, parameters: try parameters)
    }
  }

  /// What a trace with this value has as its digest.
  package static func digest(of value: Value) throws -> Digest { Digest.of(try encode(value)) }

  /// JSON with sorted keys, where a rule has no form of its own.
  package var parameters: String {
    get throws { String(decoding: try Coding.encode(self), as: UTF8.self) }
  }

  package static func restored(from parameters: String) throws -> Self {
    try Coding.decode(Self.self, from: Data(parameters.utf8))
  }
}
