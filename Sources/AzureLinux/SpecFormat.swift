import Foundation
// A part of this module that stands alone for `azl-rpm-worker`. Re-exported, because for everybody else specs are
// values like the others here.
@_exported import SpecFormat

extension Packed {
  /// - Throws: when the bytes are not of this type, or more than that.
  package init(packed bytes: some ContiguousBytes) throws {
    self = try bytes.withUnsafeBytes { try Self(packed: $0) }
  }
}
