import Glibc

/// A path relative to the tree as the kernel has it: bytes, which need not be UTF-8.
struct RawPath: Hashable, Sendable, Comparable {
  /// Ends with a zero.
  private let terminated: [UInt8]

  init(_ path: some Collection<UInt8>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(path.count + 1)
    bytes.append(contentsOf: path)
    bytes.append(0)
    terminated = bytes
  }
  init(_ path: String) { self.init(path.utf8) }

  var bytes: ArraySlice<UInt8> { terminated.dropLast() }

  /// For people and for keys: bytes that are no text are written as `\xff`, so that two names stay two.
  var text: String { bytes.withUnsafeBytes(RawPath.text) }

  static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    if let text = bytes.withMemoryRebound(to: UInt8.self, { String(validating: $0, as: UTF8.self) }) {
      return text
    }
    return bytes.reduce(into: "") { text, byte in
      if byte < 0x80 {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + String(byte, radix: 16)
      }
    }
  }

  func appending(_ name: ArraySlice<UInt8>) -> RawPath { RawPath(bytes + [UInt8(ascii: "/")] + name) }

  // because bytes that end with a zero are a C string, and never none
  func withCString<R>(_ body: (UnsafePointer<CChar>) throws -> R) rethrows -> R {
    try terminated.withUnsafeBytes { try body($0.assumingMemoryBound(to: CChar.self).baseAddress!) }
  }

  static func < (a: RawPath, b: RawPath) -> Bool { a.terminated.lexicographicallyPrecedes(b.terminated) }

  /// The entries of a folder, without what editors leave there and what is private; empty when it cannot be read.
  ///
  /// - Parameter following: also where the path is a link to the folder.
  func entries(in tree: Int32, following: Bool = false) -> [ArraySlice<UInt8>] {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (following ? 0 : O_NOFOLLOW)
    let descriptor = withCString { openat(tree, $0, flags) }
    guard descriptor >= 0, let stream = fdopendir(descriptor) else {
      if descriptor >= 0 { close(descriptor) }
      return []
    }
    defer { closedir(stream) }
    var names: [ArraySlice<UInt8>] = []
    while let entry = readdir(stream) {
      withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        let name = bytes.prefix { $0 != 0 }
        if !EntryNames.areHidden(name) { names.append(ArraySlice(name)) }
      }
    }
    return names
  }
}
