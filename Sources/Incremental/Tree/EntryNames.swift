import AzureLinux

enum EntryNames {
  /// The folder itself and the one above it, and names that nobody's package consists of.
  static func areHidden(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = name.first, let last = name.last else { return true }
    // mostly the first and the last letter tell
    guard
      first == UInt8(ascii: ".") || first == UInt8(ascii: "#") || first == UInt8(ascii: "4")
        || last == UInt8(ascii: "~")
    else { return false }
    let text = String(decoding: name, as: UTF8.self)
    return text == "." || text == ".." || EditorFiles.isOne(text) || EditorFiles.isPrivateFolder(text)
  }
}
