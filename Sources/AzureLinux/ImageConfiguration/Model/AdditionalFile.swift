extension ImageConfiguration {
  /// One place that a source of `AdditionalFiles` goes to.
  package struct Destination: Hashable, Codable, Sendable {
    package var path: String
    /// Octal digits; nil keeps the source's mode.
    package var permissions: String?

    enum CodingKeys: String, CodingKey {
      case path = "Path"
      case permissions = "Permissions"
    }

    /// Nil for what is no mode from 0 to 777.
    package static func mode(_ digits: String) -> Int? {
      guard !digits.isEmpty, digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "7") ~= $0 }),
        let mode = Int(digits, radix: 8), mode <= 0o777
      else { return nil }
      return mode
    }
  }

  package struct AdditionalFile: Hashable, Sendable {
    /// Relative to the configuration file's folder.
    package var source: String
    /// Absolute, in the image.
    package var destination: String
    /// Octal digits; nil keeps the source's mode.
    package var permissions: String?
  }
}
