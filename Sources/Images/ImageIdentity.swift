import AzureLinux
import Storage

/// Every UUID and salt of an image, derived from what the image is made of: the same inputs give the same disk.
package struct ImageIdentity: Hashable, Sendable {
  package let seed: Digest

  package init(seed: Digest) { self.seed = seed }

  /// `inputs` are texts whose order does not matter to the image.
  package init(inputs: [String]) {
    seed = Digest.of((["azl-dev/image-identity/1"] + inputs.sorted()).joined(separator: "\n"))
  }

  /// RFC 9562 version 8: the bits are ours.
  package func uuid(_ purpose: String) -> String {
    var digits = Array(derived(purpose).prefix(32))
    digits[12] = "8"
    digits[16] = "a"
    let text = String(digits)
    var parts: [Substring] = []
    var rest = text[...]
    for length in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return parts.joined(separator: "-")
  }

  /// Of something in it that has a whole identity of its own.
  package func part(_ name: String) -> ImageIdentity {
    ImageIdentity(seed: Digest.of("\(seed.hex) part \(name)"))
  }

  /// Serial number of a FAT file system, eight digits.
  package func volumeID(_ purpose: String) -> String { derived(purpose).prefix(8).uppercased() }

  /// 64 hexadecimal ones.
  package func digits(_ purpose: String) -> String { derived(purpose) }

  /// For crypt(3).
  package func salt(_ purpose: String) -> String { String(derived(purpose).prefix(16)) }

  private func derived(_ purpose: String) -> String { Digest.of("\(seed.hex) \(purpose)").hex }
}
