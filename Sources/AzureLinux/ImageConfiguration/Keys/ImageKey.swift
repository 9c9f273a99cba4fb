/// One key of an image configuration or a package list. The decoder, the JSON Schema and `docs/images.md` are made from
/// these; a key that is in no table is unknown to all three.
package struct ImageKey: Sendable {
  package var name: String
  package var value: ImageValue
  package var meaning: String

  init(_ name: String, _ value: ImageValue, _ meaning: String) {
    self.name = name
    self.value = value
    self.meaning = meaning
  }
}

/// What a key holds, as upstream's decoder takes it, and what stands for a missing one.
package indirect enum ImageValue: Sendable {
  /// nil stays apart from empty.
  case text(default: String? = "")
  /// Only these words; blanks around them are let through where `isTrimmed`.
  case word([String], default: String = "", isTrimmed: Bool = false)
  /// Any text is read, but nothing can be made of one that is none of these.
  case known([String])
  case flag(default: Bool = false)
  /// 0 or more.
  case whole
  case integer
  case list(ImageValue)
  case object(ImageObject)
  /// An object that stays apart from an empty one.
  case optional(ImageObject)
  /// Names of the author's choice, each with a text.
  case texts
  /// Names of the author's choice, each with a text that stands for the object's first key, such an object, or a list of
  /// both.
  case places(ImageObject)
}

package struct ImageObject: Sendable {
  /// Heading of its table.
  package var name: String
  package var keys: [ImageKey]
  /// Keys that upstream has in its documents or had in an earlier release: what to do instead.
  package var former: [String: String] = [:]
}

extension ImageObject {
  /// Each object of a configuration once, from the top.
  package static var all: [ImageObject] {
    [
      configuration, disk, target, artifact, rawBinary, partition, system, kernelCommandLine, destination,
      mount,
      script, network, packageRepository, group, user, encryption, verityRoot,
      packageList,
    ]
  }
}
